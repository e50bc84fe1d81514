"""F24 with the app's source: the key is seen, and there is nothing to guess."""

from __future__ import annotations

from tests.checks.source_support import HANDLER
from tests.faults.model import Fault, Outside, command, site, source

SERVER, PUBLIC = "SUPABASE_SERVICE_ROLE_KEY", "NEXT_PUBLIC_SUPABASE_ANON_KEY"

FAULT = Fault(
    what="the handler's client is made with the public key",
    inject=(site(handler_role="anon"), source((HANDLER, SERVER, PUBLIC))),
    cause="site.source-key",
    says=f"the handler goes to Supabase with the public key ({HANDLER}:5); under that key it grants nothing,"
    " without any error: no right to select profiles",
    before={"carol": [], "alice": ["15"]},
    hint=f"use {SERVER} there, on the server only",
    quiet=("site.webhook-handler", "payments.unfulfilled"),
    repair=(
        site(handler_role="service_role"),
        source((HANDLER, PUBLIC, SERVER)),
        command("reconcile", "--yes"),
    ),
    after={"carol": ["15"]},
    outside=Outside(
        cause="site.webhook-handler",
        says={
            "site.webhook-handler": "either its code has the public (anon) key, to which profiles is empty"
        },
    ),
)
