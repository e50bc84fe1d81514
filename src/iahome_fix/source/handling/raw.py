"""Reading the raw body: what does it in either router, and how it is written."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.edits import Edit, behind, instead
from iahome_fix.source.files import SourceFile
from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import Fault, Handler
from iahome_fix.source.handling.tracing import is_request
from iahome_fix.source.nodes import (
    Literal,
    Node,
    arguments,
    called,
    function_around,
    is_async,
    literal,
    member_of,
    receiver,
    text_of,
    unawaited,
)
from iahome_fix.source.scopes import lookup

_NODE_READERS = ("micro", "raw-body", "get-raw-body", "@vercel/micro")
_CONFIG = "export const config = { api: { bodyParser: false } }"
_FUNCTION = """

async function rawBody(request{type}) {{
  const chunks = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}}
"""


def node_reader(handler: Handler, origin: Placed) -> str | None:
    """The package whose function reads a stream of Node's, where a call is one of it."""
    if origin.node.kind != "call_expression":
        return None
    function = origin.node.get("function")
    found = member_of(function)
    name = found[0] if found is not None else function
    if name is None or name.kind != "identifier":
        return None
    source = handler.follower.module_of(name)
    return source if source in _NODE_READERS else None


def read_text(handler: Handler, origin: Placed) -> tuple[Edit, ...]:
    """`(await request.json())`, written anew or not, as `await request.text()`, where it stands so."""
    outer = origin.node
    given = arguments(outer)
    inner = unawaited(given[0]) if called(outer) in ("stringify", "parse") and given else outer
    if inner is None or not handler.answers_by_response:
        return ()
    asked = receiver(inner)
    if inner.kind != "call_expression" or called(inner) not in ("json", "formData") or asked is None:
        member = member_of(inner)
        if member is None or member[1] != "body" or not is_request(handler, Placed(origin.file, member[0])):
            return ()
        return (instead(origin.file, outer, f"await {member[0].text}.text()"),)
    return (instead(origin.file, outer, f"{'await ' if inner is not outer else ''}{asked.text}.text()"),)


def read_raw(handler: Handler, origin: Placed, request: Node) -> tuple[Edit, ...]:
    """The raw body of a request of the pages router, in the place of what was taken for it."""
    around = function_around(origin.node)
    outer = origin.node.parent
    if around is None or not is_async(around) or origin.file is not handler.file:
        return ()
    awaited = outer is not None and outer.kind == "await_expression"
    of_type = ": AsyncIterable<Uint8Array>" if origin.file.path.endswith((".ts", ".tsx")) else ""
    text = f"{'' if awaited else 'await '}rawBody({request.text})"
    end = behind(origin.file, origin.file.tree, _FUNCTION.format(type=of_type))
    config, made, entry = _config(handler)
    off = entry is not None and entry.text == "false"
    return (
        instead(origin.file, origin.node, text),
        *(() if off else _switched_off(handler.file, config, made, entry)),
        end,
    )


def parsed_by_next(handler: Handler) -> Iterator[Fault]:
    """In the pages router Next.js has read and parsed the body, unless `config.api.bodyParser` is false."""
    config, made, entry = _config(handler)
    if config is None and "config" in handler.exports.names:
        return  # what another file says is not seen here
    if entry is not None and entry.text == "false":
        return
    if config is not None and (made is None or not _is_whole(made)):
        return
    reading = _reading(handler)
    if reading is not None:
        yield Fault(
            reading,
            _(
                "{where} wants the raw body, but Next.js has parsed it before: the file exports no config"
                " with api.bodyParser false"
            ).format(where=reading.where),
            edits=_switched_off(handler.file, config, made, entry),
            whole=True,
        )


def _config(handler: Handler) -> tuple[Node | None, Literal | None, Node | None]:
    """What the file exports as `config`, as a literal, and its `api.bodyParser`."""
    found = handler.exports.own.get("config")
    node = found.node if found is not None else None
    if node is not None and node.kind == "identifier":
        binding = lookup(node, node.text)
        node = binding.value if binding is not None else None
    made = literal(node)
    api = made.get("api") if made is not None else None
    inside = literal(api.value) if api is not None else None
    entry = inside.get("bodyParser") if inside is not None else None
    return node, made, entry.value if entry is not None else None


def _is_whole(made: Literal) -> bool:
    api = made.get("api")
    inside = literal(api.value) if api is not None else None
    return made.whole and (api is None or (inside is not None and inside.whole))


def _switched_off(
    file: SourceFile, config: Node | None, made: Literal | None, entry: Node | None
) -> tuple[Edit, ...]:
    if entry is not None:
        return (instead(file, entry, "false"),)
    if made is not None:
        api = made.get("api")
        inside = literal(api.value) if api is not None else None
        place = inside.node if inside is not None else made.node
        text = " bodyParser: false," if inside is not None else " api: { bodyParser: false },"
        return (Edit(file, place.start + 1, place.start + 1, text),)
    if config is not None:
        return ()
    for node in file.tree.children:
        # `const config = …` that is there and not exported.
        names = [child.get("name") for child in node.children if child.kind == "variable_declarator"]
        if any(name is not None and name.text == "config" for name in names):
            inner = literal(node.children[-1].get("value"))
            if inner is not None and "bodyParser" in inner.node.text:
                return (Edit(file, node.start, node.start, "export "),)
            return ()
    imports = [node for node in file.tree.children if node.kind == "import_statement"]
    if imports:
        return (behind(file, imports[-1], f"\n\n{_CONFIG}"),)
    return (Edit(file, 0, 0, f"{_CONFIG}\n\n"),)


def _reading(handler: Handler) -> Placed | None:
    """Where the handler reads its request as a stream."""
    for file in handler.files:
        for node in file.tree.walk():
            placed = Placed(file, node)
            if node.kind == "for_in_statement" and node.has("await"):
                right = node.get("right")
                if right is not None and is_request(handler, Placed(file, right)):
                    return placed
            if node.kind != "call_expression":
                continue
            given = arguments(node)
            if node_reader(handler, placed) is not None:
                return placed
            inner = receiver(node)
            listens = called(node) == "on" and given and text_of(given[0]) in ("data", "readable")
            if listens and inner is not None and is_request(handler, Placed(file, inner)):
                return placed
            # `buffer(request)` of node:stream/consumers
            reads = called(node) in ("buffer", "text", "arrayBuffer") and given
            own = reads and handler.follower.called(placed) is not None
            if reads and not own and is_request(handler, Placed(file, given[0])):
                return placed
    return None
