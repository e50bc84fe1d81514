"""With which address and key the source makes its Supabase clients. Keys are judged, never kept or shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from iahome_fix.settings.kinds import Kind, jwt_payload, kind_of
from iahome_fix.source.files import SourceFile
from iahome_fix.source.following import DEEPEST, Follower, Placed
from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    arguments,
    called,
    calls,
    literal,
    member_of,
    path_of,
    plain,
    receiver,
    text_of,
    unawaited,
)
from iahome_fix.source.scopes import How, binding_of, values_of

SERVER, PUBLIC, UNKNOWN = "service_role", "anon", "unknown"

_MADE_WITH_KEY = ("createClient", "createServerClient", "createBrowserClient")
# These read the public variables by themselves and act as the visitor who calls.
_MADE_FOR_VISITOR = (
    *("createRouteHandlerClient", "createServerActionClient", "createServerComponentClient"),
    *("createMiddlewareClient", "createPagesServerClient", "createPagesBrowserClient"),
    *("createClientComponentClient", "createServerSupabaseClient", "createBrowserSupabaseClient"),
)
_SUPABASE = ("@supabase/", "npm:@supabase/", "jsr:@supabase/", "https://esm.sh/@supabase/")


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: variables of the environment, best first, or a text in the source.

    The text itself is left out of the repr, since it may be a key.
    """

    variables: tuple[str, ...] = ()
    text: str | None = field(default=None, repr=False)
    node: Placed | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class SupabaseClient:
    """A client that the source makes by `call`. `key` is None where it could not be followed."""

    file: SourceFile
    line: int
    address: Origin | None
    key: Origin | None
    for_visitor: bool = False
    call: Node | None = field(default=None, repr=False, compare=False)

    @property
    def where(self) -> str:
        return f"{self.file.path}:{self.line}"

    @property
    def role(self) -> str:
        """The role of its key: SERVER, PUBLIC or UNKNOWN."""
        if self.for_visitor:
            return PUBLIC
        if self.key is None:
            return UNKNOWN
        if self.key.variables:
            return role_by_name(self.key.variables[0])
        return _role_by_look(self.key.text or "")

    @property
    def falls_back(self) -> bool:
        """Whether the public key is taken, without a word, where the server's is not set."""
        return (
            self.role == SERVER
            and self.key is not None
            and any(role_by_name(name) == PUBLIC for name in self.key.variables[1:])
        )

    @property
    def written_in(self) -> bool:
        """Whether the key stands in the source, so that no variable changes it."""
        return self.key is not None and not self.key.variables and self.key.text is not None


def client_of(follower: Follower, at: Placed, files: tuple[SourceFile, ...] = ()) -> SupabaseClient | None:
    """The client that an expression is, followed through names, helpers and imports; None when it cannot be
    told. `files`: where to look for who calls a function that is given its client.
    """
    return next(_of(follower, at, files, 0), None)


def clients_of(follower: Follower, files: Iterable[SourceFile]) -> tuple[SupabaseClient, ...]:
    """Every client that these files make."""
    return tuple(
        client
        for file in files
        if "create" in file.text
        for call in calls(file.tree, *_MADE_WITH_KEY, *_MADE_FOR_VISITOR)
        if (client := _made(follower, Placed(file, call))) is not None
    )


def origin_of(follower: Follower, at: Placed) -> Origin | None:
    """What an expression such as `process.env.A || process.env.B!` is made of."""
    variables: list[str] = []
    text: str | None = None
    place: Placed | None = None
    for part in _alternatives(follower, at, 0):
        name = variable_of(part.node)
        if name is not None:
            variables.append(name)
            place = place or part
        elif text is None and (found := text_of(part.node)):
            text = found
            place = place or part
    if not variables and text is None:
        return None
    return Origin(tuple(dict.fromkeys(variables)), text, place)


def variable_of(node: Node | None) -> str | None:
    """The variable in `process.env.NAME`, `process.env['NAME']`, `env.NAME`, `Deno.env.get('NAME')`."""
    found = plain(node)
    if found is None:
        return None
    if found.kind == "identifier":
        # `const { NAME } = process.env`
        binding = binding_of(found)
        if binding is None or len(binding.path) != 1 or (path_of(binding.value) or ("",))[-1] != "env":
            return None
        return binding.path[0]
    path = path_of(found)
    if path is not None and len(path) >= 2 and path[-1].isupper():
        if path[-2] == "env" or path[-2].lower() in ("serverenv", "clientenv", "env"):
            return path[-1]
        return None
    if found.kind == "call_expression":
        return _read_by_call(found)
    return None


def _read_by_call(call: Node) -> str | None:
    """`requireEnv('NAME')` and the like."""
    given = arguments(call)
    text = text_of(given[0]) if given else None
    name = (called(call) or "").lower()
    before = path_of(receiver(call)) if receiver(call) is not None else None
    if text is None or not text.isupper() or not ("env" in name or (before and before[-1] == "env")):
        return None
    return text


def _alternatives(follower: Follower, at: Placed, depth: int) -> Iterator[Placed]:
    """The parts of `a || b`, `a ?? b`, names and objects followed; the first is taken where it is set."""
    if depth > DEEPEST:
        return
    node = unawaited(at.node)
    if node is None:
        return
    operator = node.get("operator")
    if node.kind == "binary_expression" and operator is not None and operator.text in ("||", "??"):
        for field_name in ("left", "right"):
            side = node.get(field_name)
            if side is not None:
                yield from _alternatives(follower, Placed(at.file, side), depth + 1)
        return
    if node.kind == "call_expression" and _read_by_call(node) is None:
        # `clean(process.env.KEY)`, `process.env.KEY.trim()`, `getKey()`.
        inner = receiver(node)
        function = follower.called(Placed(at.file, node))
        if function is not None:
            found = [
                part
                for result in follower.results(function)
                for part in _alternatives(follower, result, depth + 1)
                if variable_of(part.node) is not None
            ]
            yield from found
            # `required(process.env.KEY, 'KEY')` gives back what it is given.
            for given in () if found else arguments(node)[:1]:
                yield from _alternatives(follower, Placed(at.file, given), depth + 1)
        elif inner is not None and called(node) in ("trim", "toString", "replace"):
            yield from _alternatives(follower, Placed(at.file, inner), depth + 1)
        elif called(node) == "String":
            for given in arguments(node)[:1]:
                yield from _alternatives(follower, Placed(at.file, given), depth + 1)
        return
    if variable_of(node) is not None or text_of(node) is not None:
        yield Placed(at.file, node)
        return
    for value in follower.values(Placed(at.file, node)):
        if value.node is node:
            yield value
        else:
            yield from _alternatives(follower, value, depth + 1)


def _of(
    follower: Follower, at: Placed, files: tuple[SourceFile, ...], depth: int
) -> Iterator[SupabaseClient]:
    if depth > DEEPEST:
        return
    node = unawaited(at.node)
    if node is None:
        return
    if node.kind == "call_expression":
        made = _made(follower, Placed(at.file, node))
        if made is not None:
            yield made
            return
        function = follower.called(Placed(at.file, node))
        if function is not None:
            yield from _returned(follower, function, files, depth)
        elif called(node) in ("schema", "setAuth", "from"):
            inner = receiver(node)
            if inner is not None:
                yield from _of(follower, Placed(at.file, inner), files, depth + 1)
        return
    if node.kind == "identifier":
        binding = binding_of(node)
        if binding is not None and binding.how is How.PARAMETER:
            yield from _given(follower, Placed(at.file, node), files, depth)
            return
        if binding is not None and binding.how is How.VALUE and binding.path:
            # `const { supabase } = createClients()`
            for value in values_of(binding):
                yield from _part(follower, Placed(at.file, value), binding.path[-1], files, depth)
            return
    if node.kind == "binary_expression":
        for side in ("right", "left"):
            part = node.get(side)
            if part is not None:
                yield from _of(follower, Placed(at.file, part), files, depth + 1)
        return
    found = False
    for one in follower.values(Placed(at.file, node)):
        if one.node is not node:
            found = True
            yield from _of(follower, one, files, depth + 1)
    if not found and node.kind == "member_expression":
        yield from _of_member(follower, Placed(at.file, node), files, depth)


def _returned(
    follower: Follower, function: Placed, files: tuple[SourceFile, ...], depth: int
) -> Iterator[SupabaseClient]:
    for result in follower.results(function):
        yield from _of(follower, result, files, depth + 1)


def _part(
    follower: Follower, at: Placed, key: str, files: tuple[SourceFile, ...], depth: int
) -> Iterator[SupabaseClient]:
    """The client under a key of what a helper returns."""
    node = unawaited(at.node)
    function = follower.called(Placed(at.file, node)) if node and node.kind == "call_expression" else None
    if function is None:
        return
    for result in follower.results(function):
        for value in follower.values(result):
            made = literal(value.node)
            entry = made.get(key) if made is not None else None
            if entry is not None:
                yield from _of(follower, Placed(value.file, entry.value), files, depth + 1)


def _given(
    follower: Follower, at: Placed, files: tuple[SourceFile, ...], depth: int
) -> Iterator[SupabaseClient]:
    """The client that a function is given by those who call it."""
    binding = binding_of(at.node)
    function = at.node.above(*FUNCTIONS)
    while function is not None and binding is not None and not binding.node.within(function):
        function = function.above(*FUNCTIONS)
    if binding is None or function is None or binding.path:
        return
    for call in follower.callers(files, Placed(at.file, function)):
        given = arguments(call.node)
        if binding.index < len(given):
            yield from _of(follower, Placed(call.file, given[binding.index]), files, depth + 1)


def _of_member(
    follower: Follower, at: Placed, files: tuple[SourceFile, ...], depth: int
) -> Iterator[SupabaseClient]:
    """`this.client`, set in the class or given as a field of it."""
    member = member_of(at.node)
    body = at.node.above("class_body")
    if member is None or body is None or path_of(member[0]) != ("this",):
        return
    for node in body.walk():
        name = node.get("name") or node.get("property")
        value = node.get("value")
        if node.kind == "public_field_definition" and name and name.text == member[1] and value is not None:
            yield from _of(follower, Placed(at.file, value), files, depth + 1)
        elif node.kind == "assignment_expression" and path_of(node.get("left")) == ("this", member[1]):
            right = node.get("right")
            if right is not None:
                yield from _of(follower, Placed(at.file, right), files, depth + 1)


def _made(follower: Follower, at: Placed) -> SupabaseClient | None:
    """The client that a call of a maker makes; a function of the checkout that has a maker's name is none."""
    name = called(at.node)
    function = plain(at.node.get("function"))
    original = name
    if function is not None and function.kind == "identifier":
        binding = binding_of(function)
        if binding is not None and binding.how is How.IMPORT:
            if not (binding.source or "").startswith(_SUPABASE):
                return None
            original = binding.exported
        elif binding is not None:
            return None
    line = at.node.line
    given = arguments(at.node)
    if original in _MADE_FOR_VISITOR:
        return _for_visitor(follower, at, given)
    if original not in _MADE_WITH_KEY or len(given) < 2:
        return None
    return SupabaseClient(
        at.file,
        line,
        origin_of(follower, Placed(at.file, given[0])),
        origin_of(follower, Placed(at.file, given[1])),
        call=at.node,
    )


def _for_visitor(follower: Follower, at: Placed, given: list[Node]) -> SupabaseClient:
    """These take the public key, unless their options name another."""
    options = literal(given[1]) if len(given) > 1 else None
    key = options.get("supabaseKey") if options is not None else None
    if key is None:
        return SupabaseClient(at.file, at.node.line, None, None, for_visitor=True)
    return SupabaseClient(at.file, at.node.line, None, origin_of(follower, Placed(at.file, key.value)))


def role_by_name(variable: str) -> str:
    """The role of the key that a variable of this name holds."""
    upper = variable.upper()
    if "SERVICE" in upper or "SECRET" in upper or "ADMIN" in upper:
        return SERVER
    return PUBLIC if "ANON" in upper or "PUBLISHABLE" in upper or "PUBLIC_KEY" in upper else UNKNOWN


def _role_by_look(text: str) -> str:
    kind = kind_of(text)
    if kind is Kind.JWT:
        role = (jwt_payload(text) or {}).get("role")
        return role if role in (SERVER, PUBLIC) else UNKNOWN
    return {Kind.SUPABASE_PRIVATE: SERVER, Kind.SUPABASE_PUBLISHABLE: PUBLIC}.get(kind or Kind.WEB, UNKNOWN)
