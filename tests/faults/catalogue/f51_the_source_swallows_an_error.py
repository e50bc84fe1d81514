"""F51 with the app's source: it has the right key, so it is the error that nobody is told."""

from __future__ import annotations

from tests.checks.source_support import HANDLER
from tests.faults.model import Fault, Outside, site, source

TOLD = "return Response.json({ error: 'grant' }, { status: 500 })"

FAULT = Fault(
    what="the handler logs the error of its write and answers 200",
    inject=(site(handler="noop"), source((HANDLER, TOLD, "console.error(grantError)"))),
    cause="site.webhook-handler",
    says="has no row; its code has the server's key, so the error of a write is swallowed: the server's log",
    before={"carol": [], "alice": ["15"]},
    hint="site.source-webhook names the line",
    quiet=("payments.unfulfilled",),
    statuses={"site.source-key": "ok", "site.source-webhook": "warn"},
    notes={"site.source-webhook": f"when the write at {HANDLER}:16 fails, the handler answers 200"},
    fix="reconcile",
    after={"carol": ["15"]},
    outside=Outside(
        cause="site.webhook-handler",
        says={"site.webhook-handler": "or the error of a write is swallowed: the app's source (doctor --app"},
    ),
)
