"""What the webhook's handler does with an event, as its source says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iahome_fix.checks.registry import check
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, unknown, warn
from iahome_fix.source import app as source_app
from iahome_fix.source.app import App
from iahome_fix.source.edits import diff
from iahome_fix.source.files import SourceFile
from iahome_fix.source.handling.faults import faults_of
from iahome_fix.source.handling.model import VERIFIES, Handler
from iahome_fix.source.nodes import calls

_SESSION_CALLS = ("getUser", "getSession", "getServerSession", "getToken", "currentUser")
_VERIFYING = (*VERIFIES, "createHmac", "verifyHeader", "parseEventNotification", "importKey")


@check("site.source-webhook", N_("the handler verifies, calls and answers as it should"))
def source_webhook(ctx: Seen) -> Finding:
    """The handler has to be where Next.js looks for it, verify the raw text that was signed, wait for what it
    writes, and say so when a write failed. Nobody is signed in while it runs.

    Found by: the source of the handler and of what it calls. It fails for exports that Next.js does not call
    (a default export or another case in the app router, a file that is no route), a body that was parsed or
    read before it is verified (in the pages router without `config.api.bodyParser` false), a signature or
    secret of another kind, the edge runtime with what it lacks, promises that nobody waits for (supabase-js
    sends a statement only when it is awaited), words that Stripe does not know (event types, states of a
    session, fields that moved), a login that it asks for itself, and own routes that it calls although
    they ask for a signed-in user. It warns of writes whose error ends in the answer 200, after which Stripe
    never tries again.
    Repair: the diff of the finding has the corrected lines where they can be written down; deploy them, then
    `reconcile`.
    Never: take the login check off a public route; skip the verification; roll the secret.
    """
    app = source_app.app(ctx)
    if app.handler is None and app.misplaced:
        return _misplaced(app)
    handler = app.handling()
    found = list(faults_of(handler))
    clear = [fault for fault in found if not fault.doubtful]
    wrong = [*(fault.sentence for fault in clear if fault.serious), *_needs_login(app)]
    doubtful = [*_unverified(handler), *(fault.sentence for fault in clear if not fault.serious)]
    facts: dict[str, Any] = {"handler": handler.file.path}
    if app.root:
        facts["app"] = app.root
    if app.other_handlers:
        facts["other_handlers"] = [file.path for file in app.other_handlers]
    corrected = diff(edit for fault in clear for edit in fault.edits)
    if corrected:
        facts["diff"] = corrected
    if wrong:
        return fail(
            _("; ").join(dict.fromkeys([*wrong, *doubtful])),
            hint=_("correct it in the code and deploy it; reconcile serves the payments that it lost"),
            **facts,
        )
    if handler.file.unread or any(fault.serious for fault in found):
        return _unreadable(handler, facts)
    if doubtful:
        return warn(
            _("; ").join(doubtful),
            hint=_("a 5xx answer makes Stripe send the event again for up to three days")
            if any(fault.unanswered for fault in clear) or not clear
            else _("correct it in the code and deploy it; reconcile serves the payments that it lost"),
            **facts,
        )
    return ok(
        _("{handler} verifies the raw text and says so when a write failed").format(
            handler=handler.file.path
        ),
        **facts,
    )


def _misplaced(app: App) -> Finding:
    file = app.misplaced[0]
    folder = file.path.rpartition("/")[0]
    return fail(
        _("{path} verifies Stripe's events, but Next.js takes it for no route: {why}").format(
            path=file.path, why=_why_no_route(file)
        ),
        hint=_("name it {path}, deploy it, then reconcile").format(path=f"{folder}/route.ts")
        if "/app/" in f"/{file.path}"
        else _("move it below {path}, deploy it, then reconcile").format(path="pages/api"),
        handler=file.path,
    )


def _why_no_route(file: SourceFile) -> str:
    bases = file.app.bases if file.app is not None else ()
    inside = (file.app.inside(file.path) if file.app is not None else None) or file.path
    ignored = inside.startswith(("src/app/", "src/pages/")) and not inside.startswith(
        tuple(base + "/" for base in bases)
    )
    if ignored:
        outer = inside.split("/")[1]
        return _("there is a folder {outer} beside src, and then src/{outer} is not looked at").format(
            outer=outer
        )
    if any(part.startswith("_") for part in inside.split("/")[:-1]):
        return _("folders that begin with _ are private")
    return _("in the app router a route is a file named route")


def _unreadable(handler: Handler, facts: dict[str, Any]) -> Finding:
    broken = next((node for node in handler.file.tree.walk() if node.kind == "ERROR"), handler.file.tree)
    return unknown(
        _("{where} could not be read, so what the handler does with an event is not known").format(
            where=handler.file.at(broken)
        ),
        **facts,
    )


def _needs_login(app: App) -> Iterator[str]:
    seen: set[str] = set()
    for file in app.of_handler:
        # Routes that are only reached over HTTP are asked from their own code, too; what matters is who asks.
        for route, line, target in source_app.own_routes(app.checkout, file):
            if route not in seen and file.path not in seen and _asks_for_login(target):
                seen.add(route)
                yield _(
                    "{where} calls {route}, which wants a signed-in user and answers 401 to the handler"
                ).format(where=f"{file.path}:{line}", route=route)


def _asks_for_login(target: SourceFile) -> bool:
    refuses = any(node.kind == "number" and node.text == "401" for node in target.tree.walk())
    return refuses and next(calls(target.tree, *_SESSION_CALLS), None) is not None


def _unverified(handler: Handler) -> Iterator[str]:
    if not any(word in file.text for file in handler.files for word in _VERIFYING):
        yield _("{path} verifies no signature: anybody could send it a payment").format(
            path=handler.file.path
        )
