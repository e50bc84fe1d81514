"""What stands before the webhook's route in the source: middleware, redirects and settings of next.config."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from iahome_fix.i18n import _
from iahome_fix.source.answers import LANGUAGES, Request
from iahome_fix.source.edits import Edit, indent_of, instead
from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.following import Follower, Placed
from iahome_fix.source.handling.model import Fault
from iahome_fix.source.nodes import (
    Literal,
    Node,
    arguments,
    called,
    literal,
    literals,
    parameters,
    text_of,
)
from iahome_fix.source.patterns import matches
from iahome_fix.source.routes import NextApp

_NAMES = ("middleware", "proxy")
_CONFIGS = tuple(f"next.config.{end}" for end in ("js", "mjs", "cjs", "ts", "mts"))
_NEXT_AUTH = ("next-auth/middleware",)


def in_the_way(
    checkout: Checkout, follower: Follower, app: NextApp, asked: str, route: str
) -> Iterator[Fault]:
    """What keeps a POST to the address `asked` from the handler at `route`."""
    yield from _of_config(checkout, follower, app, asked, route)
    found = _middleware(checkout, app)
    if found is not None:
        yield from _of_middleware(follower, found, route)


def _middleware(checkout: Checkout, app: NextApp) -> SourceFile | None:
    """The file that Next.js runs before every route: beside `app` and `pages`."""
    beside = {posixpath.dirname(base) for base in app.bases}
    for folder in sorted(beside):
        for name in _NAMES:
            for end in ("ts", "js", "tsx", "jsx"):
                path = posixpath.join(app.root, folder, f"{name}.{end}")
                if path in checkout.files:
                    return checkout.files[path]
    return None


def _of_middleware(follower: Follower, file: SourceFile, route: str) -> Iterator[Fault]:
    if _is_caught(follower, file, route) is not True:
        return
    exports = follower.exports(file)
    name = next((n for n in (*_NAMES, "default") if n in exports.names), None)
    if name is None:
        return
    if name in exports.passed_on or _is_next_auth(follower, exports.own.get(name)):
        statement = next((n for n in file.tree.children if _is_of_next_auth(n)), None)
        if statement is not None:
            at = Placed(file, statement)
            everybody = _("everybody who is not signed in")
            yield _turned(at, file, route, everybody, _left_out(follower, file, route))
        return
    at = exports.own[name]
    made = follower.values(at)
    for value in made:
        if value.node.kind == "call_expression":
            fault = _of_wrapper(follower, value, file, route)
            if fault is not None:
                yield fault
                return
            if called(value.node) in ("withAuth", "authMiddleware"):
                return
    function = follower.declared(at)
    if function is None:
        return
    answer = Request(follower, route).run(function)
    if answer.known and answer.turned is not None and Request.puts_language(follower, answer.turned):
        if route.startswith("/api/"):
            yield _in_a_language(answer.turned, route, _let_through(function, route))
    elif answer.known and answer.turned is not None:
        yield _turned(
            answer.turned, file, route, _("everybody who is not signed in"), _let_through(function, route)
        )


def _is_of_next_auth(statement: Node) -> bool:
    return text_of(statement.get("source")) in _NEXT_AUTH


def _left_out(follower: Follower, file: SourceFile, route: str) -> tuple[Edit, ...]:
    """A matcher that leaves the address out, where there is none yet."""
    if follower.exported(file, "config") is not None:
        return ()
    end = "" if file.text.endswith("\n") else "\n"
    text = f"{end}\nexport const config = {{ matcher: ['/((?!{route[1:]}).*)'] }}\n"
    return (Edit(file, len(file.text.encode()), len(file.text.encode()), text),)


def _is_next_auth(follower: Follower, at: Placed | None) -> bool:
    return at is not None and at.node.kind == "identifier" and follower.module_of(at.node) in _NEXT_AUTH


def _of_wrapper(follower: Follower, call: Placed, file: SourceFile, route: str) -> Fault | None:
    """Middleware that a package makes: it turns people away by itself."""
    function = call.node.get("function")
    source = follower.module_of(function) if function is not None and function.kind == "identifier" else None
    given = arguments(call.node)
    if called(call.node) == "authMiddleware" and (source or "").startswith("@clerk/"):
        options = literal(given[0]) if given else None
        listed = (
            [] if options is None else [*_listed(options, "publicRoutes"), *_listed(options, "ignoredRoutes")]
        )
        if None in listed or (given and options is None) or (options is not None and not options.whole):
            return None
        if any(matches(one, route) is not False for one in listed if one is not None):
            return None
        return _turned(
            call, file, route, _("everybody who is not signed in"), _made_public(call, options, route)
        )
    if source in LANGUAGES and route.startswith("/api/"):
        return _in_a_language(call, route, _without_api(follower, file))
    if called(call.node) == "withAuth" and source in _NEXT_AUTH:
        options = next((found for one in given if (found := literal(one)) is not None), None)
        callbacks = options.get("callbacks") if options is not None else None
        inner = literal(callbacks.value) if callbacks is not None else None
        authorized = inner.get("authorized") if inner is not None else None
        if authorized is None:
            return _turned(call, file, route, _("everybody who is not signed in"))
        decides = follower.declared(Placed(call.file, authorized.value))
        answer = Request(follower, route).run(decides) if decides is not None else None
        if answer is not None and answer.known and answer.value is False:
            return _turned(call, file, route, _("everybody who is not signed in"))
    return None


def _made_public(call: Placed, options: Literal | None, route: str) -> tuple[Edit, ...]:
    """The address among those that nobody has to be signed in for."""
    entry = options.get("publicRoutes") if options is not None else None
    if entry is not None and entry.value.kind == "array":
        inside = f"'{route}', " if entry.value.children else f"'{route}'"
        return (Edit(call.file, entry.value.start + 1, entry.value.start + 1, inside),)
    if options is not None:
        return (
            Edit(call.file, options.node.start + 1, options.node.start + 1, f" publicRoutes: ['{route}'],"),
        )
    given = call.node.get("arguments")
    return (instead(call.file, given, f"({{ publicRoutes: ['{route}'] }})"),) if given is not None else ()


def _without_api(follower: Follower, file: SourceFile) -> tuple[Edit, ...]:
    """`api` among what the matcher's pattern leaves out."""
    found = follower.exported(file, "config")
    made = literal(found.node) if found is not None else None
    entry = made.get("matcher") if made is not None else None
    if found is None or entry is None or found.file is not file:
        return ()
    parts = entry.value.children if entry.value.kind == "array" else [entry.value]
    if len(parts) != 1 or not (text_of(parts[0]) or "").startswith("/((?!"):
        return ()
    return (instead(file, parts[0], parts[0].text.replace("/((?!", "/((?!api|", 1)),)


def _listed(options: Literal, key: str) -> list[str | None]:
    entry = options.get(key)
    if entry is None:
        return []
    return [text_of(child) for child in entry.value.children] if entry.value.kind == "array" else [None]


def _turned(at: Placed, file: SourceFile, route: str, whom: str, edits: tuple[Edit, ...] = ()) -> Fault:
    where = at.where if at.node.parent is not None else file.path
    return Fault(
        at,
        _("{where} turns away {whom}, Stripe too: its matcher catches {route}").format(
            where=where, whom=whom, route=route
        ),
        edits=edits,
    )


def _in_a_language(at: Placed, route: str, edits: tuple[Edit, ...]) -> Fault:
    return Fault(
        at,
        _(
            "{where} puts a language in front of every address, and its matcher catches {route}: Stripe is"
            " redirected, or meets a page that is not there"
        ).format(where=at.where, route=route),
        edits=edits,
    )


def _let_through(function: Placed, route: str) -> tuple[Edit, ...]:
    body = function.node.get("body")
    pattern = next((p for p in reversed(parameters(function.node)) if p.kind == "identifier"), None)
    if body is None or body.kind != "statement_block" or pattern is None or not body.children:
        return ()
    first = body.children[0]
    text = f"if ({pattern.text}.nextUrl.pathname === '{route}') return\n{indent_of(first)}"
    return (Edit(function.file, first.start, first.start, text),)


def _is_caught(follower: Follower, file: SourceFile, route: str) -> bool | None:
    """Whether the middleware's matcher catches an address."""
    found = follower.exported(file, "config")
    if found is None:
        return True
    made = literal(found.node)
    entry = made.get("matcher") if made is not None else None
    if made is None or not made.whole:
        return None
    if entry is None:
        return True
    patterns: list[str | None] = []
    for value in follower.values(Placed(found.file, entry.value)):
        parts = value.node.children if value.node.kind == "array" else [value.node]
        patterns += [_pattern(part) for part in parts]
    if None in patterns:
        return None
    worth = [matches(one, route) for one in patterns if one is not None]
    return True if True in worth else None if None in worth else False


def _pattern(node: Node) -> str | None:
    text = text_of(node)
    made = literal(node) if text is None else None
    if made is None:
        return text
    source = made.get("source")
    return text_of(source.value) if source is not None and made.keys <= {"source", "locale"} else None


def _of_config(
    checkout: Checkout, follower: Follower, app: NextApp, asked: str, route: str
) -> Iterator[Fault]:
    file = next(
        (checkout.files[p] for name in _CONFIGS if (p := posixpath.join(app.root, name)) in checkout.files),
        None,
    )
    options = _options(follower, file) if file is not None else None
    if file is None or options is None:
        return
    output, slash, base = (options.get(key) for key in ("output", "trailingSlash", "basePath"))
    if output is not None and text_of(output.value) == "export":
        yield Fault(
            Placed(file, output.node),
            _("{where} says output 'export': such a site has no routes that take a POST").format(
                where=file.at(output.node)
            ),
            edits=(),
        )
    skipped = options.get("skipTrailingSlashRedirect")
    goes_on = skipped is not None and skipped.value.text == "true"
    if slash is not None and slash.value.text == "true" and not asked.endswith("/") and not goes_on:
        yield Fault(
            Placed(file, slash.node),
            _(
                "{where} says trailingSlash: {asked} is answered by a redirect, which Stripe does not"
                " follow; it has to post to {asked}/"
            ).format(where=file.at(slash.node), asked=asked),
            edits=(instead(file, slash.node, f"{slash.node.text}, skipTrailingSlashRedirect: true"),),
        )
    prefix = text_of(base.value) if base is not None else None
    if base is not None and prefix and not (asked == prefix or asked.startswith(prefix + "/")):
        yield Fault(
            Placed(file, base.node),
            _(
                "{where} says basePath '{prefix}': the handler is at {there}, and Stripe posts to {asked}"
            ).format(where=file.at(base.node), prefix=prefix, there=prefix + route, asked=asked),
        )
    yield from _redirects(follower, Placed(file, options.node), options, asked)


def _options(follower: Follower, file: SourceFile) -> Literal | None:
    """The object of next.config, through the functions that packages wrap it into."""
    found = follower.exported(file, "default")
    waiting = [found] if found is not None else []
    for _step in range(6):
        if not waiting:
            return None
        at = waiting.pop()
        for value in follower.values(at):
            made = literal(value.node)
            if made is not None:
                return made
            if value.node.kind == "call_expression" and arguments(value.node):
                waiting.append(Placed(value.file, arguments(value.node)[0]))
    return None


def _redirects(follower: Follower, at: Placed, options: Literal, asked: str) -> Iterator[Fault]:
    entry = options.get("redirects")
    function = follower.declared(Placed(at.file, entry.value)) if entry is not None else None
    if entry is not None and function is None and entry.node.kind == "method_definition":
        function = Placed(at.file, entry.node)
    for result in follower.results(function) if function is not None else ():
        for value in follower.values(result):
            for one in literals(value.node):
                source = one.get("source")
                pattern = text_of(source.value) if source is not None else None
                conditional = "has" in one.keys or "missing" in one.keys or not one.whole
                if source is not None and pattern and not conditional and matches(pattern, asked):
                    yield Fault(
                        Placed(value.file, one.node),
                        _("{where} redirects {asked}, which Stripe does not follow").format(
                            where=value.file.at(source.node), asked=asked
                        ),
                    )
