"""Whether Next.js finds the handler: its file, its name, its shape."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, instead
from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import METHODS, Fault, Handler
from iahome_fix.source.nodes import FUNCTIONS, Node, called, calls, member_of, parameters, receiver, returned
from iahome_fix.source.routes import Sort
from iahome_fix.source.scopes import is_name, lookup

_ANSWERS = ("status", "json", "send", "end", "writeHead", "setHeader")


def faults(handler: Handler) -> Iterator[Fault]:
    """Exports that Next.js does not call, and handlers of the other router's shape."""
    if handler.in_app_router:
        yield from _of_app_router(handler)
    else:
        yield from _of_pages_router(handler)
    yield from _settings(handler)


def _of_app_router(handler: Handler) -> Iterator[Fault]:
    file, exports = handler.file, handler.exports
    if "POST" not in exports.names and handler.follower.exported(file, "POST") is None:
        if exports.unknown:
            return
        wrong = next((name for name in sorted(exports.names) if name.upper() == "POST"), None)
        at = exports.own.get(wrong or "default") or Placed(file, file.tree)
        if wrong is not None:
            sentence = _("{where} exports {name}, but Next.js calls POST: every event is answered 405")
        elif "default" in exports.names:
            sentence = _(
                "{where} exports its handler as default, which a route of the app router ignores:"
                " every event is answered 405; it has to be a function named POST"
            )
        else:
            sentence = _("{where} exports no function POST, so that every event is answered 405")
        yield Fault(
            at, sentence.format(where=at.where, name=wrong), edits=_renamed(at, wrong), whole=wrong is None
        )
        return
    entry = handler.entry
    answer = _second_used(entry) if entry is not None and entry.file in handler.files else None
    if entry is not None and answer is not None:
        yield Fault(
            Placed(entry.file, answer),
            _(
                "{where} answers through a second parameter, which is no response in the app router:"
                " it throws"
            ).format(where=entry.file.at(answer)),
        )


def _of_pages_router(handler: Handler) -> Iterator[Fault]:
    file, exports = handler.file, handler.exports
    if "default" not in exports.names:
        # A plain `module.exports = …` counts as the default export.
        found = next((exports.own[name] for name in METHODS if name in exports.own), None)
        if exports.unknown:
            return
        at = found or Placed(file, file.tree)
        yield Fault(
            at,
            _("{where} exports no default function, which is what the pages router calls").format(
                where=at.where
            ),
            whole=found is None,
        )
        return
    if file.placed is not None and file.placed.sort is Sort.PAGE:
        at = exports.own.get("default") or Placed(file, file.tree)
        yield Fault(
            at,
            _("{path} is a page and no API route: in the pages router these stand in pages/api").format(
                path=file.path
            ),
        )
        return
    entry = handler.entry
    if entry is not None and handler.edge is None and entry.file in handler.files:
        lost = next((r for r in returned(entry.node) if _is_response(r)), None)
        if lost is not None and _second_used(entry) is None and len(parameters(entry.node)) < 2:
            yield Fault(
                Placed(entry.file, lost),
                _(
                    "{where} returns a Response, which the pages router does not send: the event is never"
                    " answered"
                ).format(where=entry.file.at(lost)),
            )


def _settings(handler: Handler) -> Iterator[Fault]:
    dynamic = handler.setting("dynamic") if handler.in_app_router else None
    found = (
        handler.follower.exported(handler.file, "dynamic") if dynamic in ("force-static", "error") else None
    )
    if found is not None:
        # Next.js, packages/next/src/server/route-modules/app-route/module.ts: forceStaticRequestHandlers.
        yield Fault(
            found,
            _(
                "{where} says dynamic = '{value}', under which a route sees no headers of the request,"
                " the signature among them"
            ).format(where=found.where, value=dynamic),
            edits=(instead(found.file, found.node, "'force-dynamic'"),),
        )


def _renamed(at: Placed, wrong: str | None) -> tuple[Edit, ...]:
    """The export under its right name, where only the name is wrong."""
    node = at.node
    if wrong is not None:
        name = node.get("name") or _declared_name(node)
        return (instead(at.file, name, "POST"),) if name is not None else ()
    around = node.parent
    if node.kind not in FUNCTIONS or around is None or around.kind != "export_statement":
        return ()
    if len(parameters(node)) > 1:
        return ()
    if node.kind == "arrow_function":
        default = around.first("default")
        return (Edit(at.file, default.start, node.start, "const POST = "),) if default is not None else ()
    default, given = around.first("default"), node.get("parameters")
    if default is None or given is None:
        return ()
    start = "async function POST" if node.has("async") else "function POST"
    return (Edit(at.file, default.start, given.start, start),)


def _declared_name(value: Node) -> Node | None:
    around = value.parent
    if around is not None and around.kind == "variable_declarator":
        return around.get("name")
    return None


def _second_used(entry: Placed) -> Node | None:
    """Where the entry answers through its second parameter, as in the pages router."""
    given = parameters(entry.node)
    if len(given) < 2 or given[1].kind != "identifier":
        return None
    binding = lookup(entry.node.get("body") or entry.node, given[1].text)
    for call in calls(entry.node, *_ANSWERS):
        inner = receiver(call)
        while inner is not None and inner.kind == "call_expression" and called(inner) in _ANSWERS:
            inner = receiver(inner)
        if is_name(inner, binding):
            return call
    return None


def _is_response(node: Node) -> bool:
    if node.kind == "new_expression":
        name = node.get("constructor")
        return name is not None and name.text in ("Response", "NextResponse")
    if node.kind == "call_expression" and called(node) == "json":
        found = member_of(node.get("function"))
        return found is not None and found[0].text in ("Response", "NextResponse")
    return False
