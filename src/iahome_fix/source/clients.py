"""With which address and key the source makes its Supabase clients. Keys are judged, never kept or shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from iahome_fix.settings.kinds import Kind, jwt_payload, kind_of
from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.lexer import Sort
from iahome_fix.source.syntax import Stream, literal, name_of

SERVER, PUBLIC, UNKNOWN = "service_role", "anon", "unknown"

_MADE_WITH_KEY = ("createClient", "createServerClient", "createBrowserClient")
# These read the public variables by themselves and act as the visitor who calls.
_MADE_FOR_VISITOR = (
    *("createRouteHandlerClient", "createServerActionClient", "createServerComponentClient"),
    *("createMiddlewareClient", "createPagesServerClient", "createPagesBrowserClient"),
    *("createClientComponentClient", "createServerSupabaseClient"),
)
_DEEPEST = 6


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: variables of the environment, best first, or a text in the source.

    The text itself is left out of the repr, since it may be a key.
    """

    variables: tuple[str, ...] = ()
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SupabaseClient:
    """A client that the source makes. `origin` is None where the key could not be followed."""

    file: SourceFile
    line: int
    address: Origin | None
    key: Origin | None
    for_visitor: bool = False

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
            return _role_by_name(self.key.variables[0])
        return _role_by_look(self.key.text or "")

    @property
    def falls_back(self) -> bool:
        """Whether the public key is taken, without a word, where the server's is not set."""
        return (
            self.role == SERVER
            and self.key is not None
            and any(_role_by_name(name) == PUBLIC for name in self.key.variables[1:])
        )

    @property
    def written_in(self) -> bool:
        """Whether the key stands in the source, so that no variable changes it."""
        return self.key is not None and not self.key.variables and self.key.text is not None


def client_of(checkout: Checkout, file: SourceFile, name: str) -> SupabaseClient | None:
    """The client that `name` is in the file, followed through imports; None when it cannot be told."""
    return _named(checkout, file, name, 0)


def clients_of(checkout: Checkout, files: Iterable[SourceFile]) -> tuple[SupabaseClient, ...]:
    """Every client that these files make."""
    return tuple(
        client for file in files for stream in file.streams for client in _made(checkout, file, stream, None)
    )


def _named(checkout: Checkout, file: SourceFile, name: str, depth: int) -> SupabaseClient | None:
    if depth > _DEEPEST:
        return None
    given = file.main.given(name)
    if given is not None:
        made = next(_made(checkout, file, file.main, given), None)
        if made is not None:
            return made
        called = _called(file.main, given)
        if called is not None and called != name:
            return _named(checkout, file, called, depth + 1)
    function = _function(file.main, name)
    if function is not None:
        return next(_made(checkout, file, file.main, function), None)
    for other, exported in _imported(checkout, file, name):
        found = _named(checkout, other, exported, depth + 1)
        if found is None:
            every = list(_made(checkout, other, other.main, None))
            found = every[0] if len(every) == 1 else None
        if found is not None:
            return found
    return None


def _made(
    checkout: Checkout, file: SourceFile, stream: Stream, within: range | None
) -> Iterator[SupabaseClient]:
    for maker in (*_MADE_WITH_KEY, *_MADE_FOR_VISITOR):
        for bracket in stream.calls(maker, within=within):
            line = stream.tokens[bracket].line
            arguments = stream.arguments(bracket)
            if maker in _MADE_FOR_VISITOR:
                yield SupabaseClient(file, line, None, None, for_visitor=True)
            elif len(arguments) >= 2:
                yield SupabaseClient(
                    file,
                    line,
                    _origin(checkout, file, stream, arguments[0], 0),
                    _origin(checkout, file, stream, arguments[1], 0),
                )


def _origin(checkout: Checkout, file: SourceFile, stream: Stream, span: range, depth: int) -> Origin | None:
    """What an expression such as `process.env.A || process.env.B!` is made of."""
    if depth > _DEEPEST or not span:
        return None
    variables = tuple(
        stream.tokens[place + 4].value
        for place in stream.find("process", "env", within=span)
        if stream.sign(place + 3, ".", "?.") and stream.name(place + 4)
    ) + tuple(
        stream.tokens[place + 4].value
        for place in stream.find("process", "env", within=span)
        if stream.sign(place + 3, "[") and (token := stream.at(place + 4)) and token.sort is Sort.TEXT
    )
    texts = [stream.tokens[p].value for p in span if stream.tokens[p].sort is Sort.TEXT]
    text = next((t for t in texts if t and t not in variables), None)
    if variables:
        return Origin(variables, text)
    if text is not None:
        return Origin((), text)
    name = name_of(stream, span)
    if name is not None:
        return _origin_of_name(checkout, file, stream, name, depth)
    return _origin_of_member(checkout, file, stream, span, depth)


def _origin_of_name(
    checkout: Checkout, file: SourceFile, stream: Stream, name: str, depth: int
) -> Origin | None:
    given = stream.given(name)
    if given is not None:
        return _origin(checkout, file, stream, given, depth + 1)
    if stream is not file.main:
        return _origin_of_name(checkout, file, file.main, name, depth + 1)
    for other, exported in _imported(checkout, file, name):
        found = other.main.given(exported)
        if found is not None:
            return _origin(checkout, other, other.main, found, depth + 1)
    return None


def _origin_of_member(
    checkout: Checkout, file: SourceFile, stream: Stream, span: range, depth: int
) -> Origin | None:
    """`config.key`, where `config` is an object literal of this file or of an imported one."""
    if len(span) != 3 or not stream.name(span.start) or not stream.sign(span.start + 1, "."):
        return None
    name, key = stream.tokens[span.start].value, stream.tokens[span.start + 2].value
    for other, exported in ((file, name), *_imported(checkout, file, name)):
        given = other.main.given(exported)
        found = literal(other.main, given) if given is not None else None
        entry = found.get(key) if found is not None else None
        if entry is not None:
            return _origin(checkout, other, other.main, entry.value, depth + 1)
    return None


def _called(stream: Stream, span: range) -> str | None:
    """The function whose result the span is: `getClient()`, `await getClient()`."""
    at = span.start
    while stream.name(at, "await", "new"):
        at += 1
    return stream.tokens[at].value if stream.name(at) and stream.sign(at + 1, "(") else None


def _function(stream: Stream, name: str) -> range | None:
    """The body of `function name(…) {…}` or `const name = (…) => …`."""
    for place in stream.find("function"):
        if stream.name(place + 1, name):
            bracket = stream.bracket(place + 2)
            if bracket is not None:
                at = stream.end(bracket) + 1
                while at < len(stream) and not stream.sign(at, "{"):
                    at += 1
                return range(at, min(stream.end(at), len(stream)))
    return None


def _imported(
    checkout: Checkout, file: SourceFile, name: str, depth: int = 0
) -> Iterator[tuple[SourceFile, str]]:
    """The file that `name` is imported from, and what it is called there; then where that one has it from."""
    if depth > _DEEPEST:
        return
    stream = file.main
    for place in stream.find("from"):
        token = stream.at(place + 1)
        if token is None or token.sort is not Sort.TEXT:
            continue
        other = checkout.resolve(file, token.value)
        start = place
        while start > 0 and not stream.name(start, "import", "export"):
            start -= 1
        if other is None or not any(stream.name(p, name) for p in range(start, place)):
            continue
        original = name
        for p in range(start, place - 2):
            if stream.name(p + 1, "as") and stream.name(p + 2, name) and stream.name(p):
                original = stream.tokens[p].value
        yield other, original
        yield from _imported(checkout, other, original, depth + 1)


def _role_by_name(variable: str) -> str:
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
