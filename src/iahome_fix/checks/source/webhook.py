"""What the webhook's handler does with an event, as its source says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iahome_fix.checks.registry import check
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, fail, ok, warn
from iahome_fix.source import app as source_app
from iahome_fix.source.app import App
from iahome_fix.source.files import SourceFile
from iahome_fix.source.lexer import Sort
from iahome_fix.source.syntax import Stream, declaration, name_of
from iahome_fix.source.tables import TableUse

_VERIFY = ("constructEvent", "constructEventAsync")
_REQUEST = ("req", "request")
_RAW = ("text", "arrayBuffer", "blob", "buffer", "rawBody", "getRawBody", "raw")
_SESSION_CALLS = ("getUser", "getSession", "getServerSession", "getToken", "currentUser")
_BESIDE = frozenset(("payments", "webhook_events", "stripe_events"))


@check("site.source-webhook", N_("the handler verifies, calls and answers as it should"))
def source_webhook(ctx: Seen) -> Finding:
    """The handler has to verify the raw text that was signed, and nobody is signed in while it runs.

    Found by: in the source of the handler: what `constructEvent` is given (a parsed and re-written body fails
    every signature), own routes that it calls although they ask for a signed-in user, and, as a warning,
    writes whose error ends in the answer 200, after which Stripe never tries again.
    Repair: verify `await request.text()`; let the called route take an internal secret instead of a login;
    answer 5xx when a write failed. Then `reconcile`.
    Never: take the login check off a public route; skip the verification; roll the secret.
    """
    app = source_app.app(ctx)
    handler = source_app.handler(app)
    wrong = [*_altered_body(handler), *_needs_login(app)]
    doubtful = [*_unverified(app, handler), *_swallowed(app)]
    facts: dict[str, Any] = {"handler": handler.path}
    if wrong:
        return fail(
            "; ".join([*wrong, *doubtful]),
            hint=_("correct it in the code and deploy it; reconcile serves the payments that it lost"),
            **facts,
        )
    if doubtful:
        return warn(
            "; ".join(doubtful),
            hint=_("a 5xx answer makes Stripe send the event again for up to three days"),
            **facts,
        )
    return ok(
        _("{handler} verifies the raw text and tells when a write failed").format(handler=handler.path),
        **facts,
    )


def _altered_body(handler: SourceFile) -> Iterator[str]:
    stream = handler.main
    verify = next((b for word in _VERIFY for b in stream.calls(word)), None)
    if verify is None:
        return
    where = f"{handler.path}:{stream.tokens[verify].line}"
    arguments = stream.arguments(verify)
    body = arguments[0] if arguments else range(0)
    name = name_of(stream, body)
    given = (stream.given(name, verify) if name else None) or body
    if any(stream.name(p, "stringify") for p in given):
        yield _(
            "{where} verifies a body that was parsed and written anew, which is not what was signed"
        ).format(where=where)
    elif _ends_in(stream, given, "json") or (_ends_in(stream, given, "body") and not _is_raw_body(handler)):
        yield _("{where} verifies the parsed body instead of the raw text").format(where=where)
    elif any(stream.name(p, *_RAW) for p in given) and _consumed_before(stream, given, verify):
        yield _("{where} reads the body as JSON before its raw text, which is gone then").format(where=where)


def _is_raw_body(handler: SourceFile) -> bool:
    """In the pages router the body is raw only where its parser is switched off; in the app router it is a
    stream of raw bytes anyway."""
    if "pages/" not in handler.path:
        return True
    stream = handler.main
    return any(
        stream.sign(place + 1, ":") and stream.name(place + 2, "false") for place in stream.find("bodyParser")
    )


def _ends_in(stream: Stream, span: range, word: str) -> bool:
    """Whether the value of the span is `….word` or `….word()`."""
    places = [p for p in span if stream.name(p, word) and stream.sign(p - 1, ".", "?.")]
    if not places:
        return False
    rest = range(places[-1] + 1, span.stop)
    return all(
        stream.sign(p, "(", ")", "!") or stream.name(p, "as", "string", "any", "unknown") for p in rest
    )


def _consumed_before(stream: Stream, given: range, verify: int) -> bool:
    start = max((p for p in stream.find("POST") if p < verify), default=0)
    for word in _REQUEST:
        for place in stream.find(word, "json", within=range(start, min(given.start, verify))):
            if stream.sign(place + 3, "("):
                return True
    return False


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
    refuses = any(
        token.sort is Sort.NUMBER and token.value == "401"
        for stream in target.streams
        for token in stream.tokens
    )
    return refuses and any(
        next(stream.calls(word), None) is not None for stream in target.streams for word in _SESSION_CALLS
    )


def _unverified(app: App, handler: SourceFile) -> Iterator[str]:
    files = app.checkout.reached_from(handler)
    if not any(word in file.text for file in files for word in (*_VERIFY, "createHmac", "verifyHeader")):
        yield _("{path} verifies no signature: anybody could send it a payment").format(path=handler.path)


def _swallowed(app: App) -> Iterator[str]:
    own = {file.path for file in app.checkout.reached_from(source_app.handler(app))}
    lost = [
        use
        for use in app.handler_tables()
        if use.adds and use.table not in _BESIDE and use.file.path in own and not _is_told(use)
    ]
    if lost:
        yield _("when the write at {where} fails, the handler answers 200 all the same").format(
            where=", ".join(use.where for use in lost[:3])
        )


def _is_told(use: TableUse) -> bool:
    """Whether a failed write ends in an exception or in an answer that is no 2xx, as far as can be seen."""
    stream = use.stream
    if any(call.name == "throwOnError" for call in use.calls):
        return True
    error = _error_name(stream, use.place)
    if error is None:
        return False
    for place in range(use.place, len(stream)):
        if _declares(stream, place, error):
            return False
        if stream.name(place, "if") and stream.sign(place + 1, "("):
            condition = range(place + 2, stream.end(place + 1))
            if any(stream.name(p, error) for p in condition):
                return _tells(stream, stream.end(place + 1) + 1)
    return False


def _error_name(stream: Stream, place: int) -> str | None:
    """What the statement around `place` calls the error: `const { error: failure } = await …`."""
    start = declaration(stream, place)
    if start is None:
        return None
    if not stream.sign(start + 1, "{"):
        # `const result = await …; if (result.error)`
        return "error"
    for part in stream.arguments(start + 1):
        if part and stream.name(part.start, "error"):
            return stream.tokens[part.stop - 1].value if len(part) > 1 else "error"
    return None


def _declares(stream: Stream, place: int, name: str) -> bool:
    """Whether a new variable of that name begins here, so that what follows is about another error."""
    if not (stream.name(place, "const", "let", "var") and stream.sign(place + 1, "{")):
        return False
    return any(part and stream.name(part.stop - 1, name) for part in stream.arguments(place + 1))


def _tells(stream: Stream, place: int) -> bool:
    """Whether the block, or the one statement, at `place` throws or answers with an error."""
    if stream.sign(place, "{"):
        block = range(place, stream.end(place))
    else:
        block = range(place, min(place + 30, len(stream)))
    for p in block:
        token = stream.at(p)
        if token is None:
            break
        if stream.name(p, "throw", "reject"):
            return True
        if token.sort is Sort.NUMBER and token.value.isdigit() and 400 <= int(token.value) <= 599:
            return True
        if stream.sign(place, "{") is False and stream.sign(p, ";"):
            break
    return False
