"""What a middleware does with a request of nobody who is signed in: a small part of the language, worked out.

What is not understood is unknown, and an unknown is no finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from iahome_fix.source.following import DEEPEST, Follower, Placed
from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    arguments,
    called,
    literal,
    member_of,
    parameters,
    path_of,
    plain,
    receiver,
    template_of,
    text_of,
    unawaited,
)
from iahome_fix.source.patterns import matches
from iahome_fix.source.scopes import How, lookup, values_of

_SESSION = ("getUser", "getSession", "getClaims", "getToken", "auth", "getServerSession", "currentUser")
_NOBODY = ("user", "session", "claims", "userId", "sub", "token", "auth", "sessionClaims", "email", "id")
_PROTECTS = ("protect", "redirectToSignIn")
LANGUAGES = ("next-intl/middleware", "next-intl/server", "next-i18n-router", "next-international/middleware")
"""Packages whose middleware puts a language in front of addresses, by redirect or by rewrite."""


class Kind(Enum):
    """What an expression is worth, where it is no plain value."""

    UNKNOWN = "unknown"
    SIGNED_OUT = "signed out"
    """What is asked of a session: its parts are null."""


UNKNOWN, SIGNED_OUT = Kind.UNKNOWN, Kind.SIGNED_OUT


@dataclass(frozen=True)
class Answer:
    """What a function does: `turned` away at a place, or passes (None); `known` whether that is certain."""

    turned: Placed | None = None
    known: bool = True
    value: Any = None


_OPEN = Answer(known=False, value=UNKNOWN)


class Request:
    """A POST to `path`, by nobody who is signed in."""

    def __init__(self, follower: Follower, path: str) -> None:
        self._follower = follower
        self._path = path

    def run(self, function: Placed, given: Mapping[Node, Any] | None = None, depth: int = 0) -> Answer:
        """What a function answers."""
        body = function.node.get("body")
        if body is None or depth > DEEPEST:
            return _OPEN
        known = dict(given or {})
        if body.kind != "statement_block":
            return self._returned(Placed(function.file, body), known, depth)
        found = self._block(Placed(function.file, body), known, depth)
        return found if found is not None else Answer(value=None)

    def _block(self, at: Placed, given: dict[Node, Any], depth: int) -> Answer | None:
        for child in at.node.children:
            found = self._statement(Placed(at.file, child), given, depth)
            if found is not None:
                return found
        return None

    def _statement(self, at: Placed, given: dict[Node, Any], depth: int) -> Answer | None:
        node = at.node
        if node.kind == "return_statement":
            if not node.children:
                return Answer()
            return self._returned(Placed(at.file, node.children[0]), given, depth)
        if node.kind == "throw_statement":
            return _OPEN
        if node.kind == "if_statement":
            return self._if(at, given, depth)
        if node.kind in ("statement_block", "else_clause", "try_statement"):
            inner = node.get("body") if node.kind == "try_statement" else node
            return self._block(Placed(at.file, inner), given, depth) if inner is not None else None
        if node.kind == "expression_statement" and node.children:
            call = unawaited(node.children[0])
            if call is not None and call.kind == "call_expression" and called(call) in _PROTECTS:
                return Answer(Placed(at.file, call))
            return None
        if any(part.kind == "return_statement" for part in node.walk_here()):
            return _OPEN
        return None

    def _if(self, at: Placed, given: dict[Node, Any], depth: int) -> Answer | None:
        condition, then = at.node.get("condition"), at.node.get("consequence")
        other = at.node.get("alternative")
        if condition is None or then is None:
            return _OPEN
        worth = truth(self.value(Placed(at.file, condition), given, depth))
        if worth is True:
            return self._statement(Placed(at.file, then), given, depth)
        if worth is False:
            return self._statement(Placed(at.file, other), given, depth) if other is not None else None
        first = self._statement(Placed(at.file, then), given, depth)
        second = self._statement(Placed(at.file, other), given, depth) if other is not None else None
        if first is None and second is None:
            return None
        same = first is not None and second is not None and bool(first.turned) and bool(second.turned)
        return first if same else _OPEN

    def _returned(self, at: Placed, given: dict[Node, Any], depth: int) -> Answer:
        """What a returned expression answers; its value, too, for a function that only computes."""
        node = unawaited(at.node)
        if node is None:
            return Answer()
        name, path = called(node), path_of(node.get("function") or node.get("constructor"))
        if node.kind == "call_expression":
            if name in _PROTECTS or name == "redirect" or path == ("redirect",):
                return Answer(Placed(at.file, node))
            if path is not None and path[-2:] in (("NextResponse", "next"), ("NextResponse", "rewrite")):
                return Answer(known=path[-1] == "next")
            if path is not None and path[-2:] in (("NextResponse", "json"), ("Response", "json")):
                return self._status(Placed(at.file, node))
            if self.puts_language(self._follower, Placed(at.file, node)):
                return Answer(Placed(at.file, node))
            function = self._follower.called(Placed(at.file, node))
            if function is not None:
                return self.run(
                    function, self._passed(function, Placed(at.file, node), given, depth), depth + 1
                )
        if node.kind == "new_expression" and path in (("Response",), ("NextResponse",)):
            return self._status(Placed(at.file, node))
        if node.kind == "identifier":
            binding = lookup(node, node.text)
            values = values_of(binding) if binding is not None and binding.how is How.VALUE else []
            answers = [self._returned(Placed(at.file, value), given, depth + 1) for value in values[:4]]
            if depth < DEEPEST and answers and binding is not None and not binding.path:
                plainly = all(a.known and a.turned is None and a.value is None for a in answers)
                if plainly and all(unawaited(v) is not None and called(unawaited(v)) for v in values):  # type: ignore[arg-type]
                    return answers[0]
        value = self.value(at, given, depth)
        return Answer(known=value is not UNKNOWN, value=value)

    @staticmethod
    def puts_language(follower: Follower, at: Placed) -> bool:
        """`handle(request)` of next-intl's createMiddleware, `i18nRouter(request, …)`."""
        function = plain(at.node.get("function"))
        if function is None or function.kind != "identifier":
            return False
        if follower.module_of(function) == "next-i18n-router":
            return True
        for made in follower.values(Placed(at.file, function)):
            maker = made.node.get("function") if made.node.kind == "call_expression" else None
            if maker is not None and maker.kind == "identifier":
                return follower.module_of(maker) in LANGUAGES
        return False

    def _status(self, at: Placed) -> Answer:
        given = arguments(at.node)
        options = literal(given[1]) if len(given) > 1 else None
        entry = options.get("status") if options is not None else None
        if entry is not None and entry.value.text.isdigit() and int(entry.value.text) >= 300:
            return Answer(at)
        return _OPEN

    def _passed(self, function: Placed, call: Placed, given: dict[Node, Any], depth: int) -> dict[Node, Any]:
        values = arguments(call.node)
        return {
            pattern: self.value(Placed(call.file, values[place]), given, depth + 1)
            for place, pattern in enumerate(parameters(function.node))
            if place < len(values) and pattern.kind == "identifier"
        }

    def value(self, at: Placed, given: Mapping[Node, Any], depth: int = 0) -> Any:
        """What an expression is worth; UNKNOWN where that depends on more than the request."""
        node = unawaited(at.node)
        if node is None or depth > DEEPEST:
            return UNKNOWN
        simple = {"true": True, "false": False, "null": None, "undefined": None}
        if node.kind in simple:
            return simple[node.kind]
        text = text_of(node)
        if text is not None:
            return text
        if node.kind == "template_string":
            return self._template(Placed(at.file, node), given, depth)
        if node.kind == "array":
            return [self.value(Placed(at.file, child), given, depth + 1) for child in node.children]
        if node.kind in ("binary_expression", "unary_expression"):
            return self._operation(Placed(at.file, node), given, depth)
        if node.kind in ("member_expression", "subscript_expression"):
            return self._member(Placed(at.file, node), given, depth)
        if node.kind == "identifier":
            return self._name(Placed(at.file, node), given, depth)
        if node.kind == "call_expression":
            return self._call(Placed(at.file, node), given, depth)
        if node.kind == "regex":
            return node
        return UNKNOWN

    def _template(self, at: Placed, given: Mapping[Node, Any], depth: int) -> Any:
        text = template_of(at.node) or ""
        for part in at.node.children:
            if part.kind == "template_substitution" and part.children:
                value = self.value(Placed(at.file, part.children[0]), given, depth + 1)
                if not isinstance(value, str):
                    return UNKNOWN
                text = text.replace("${}", value, 1)
        return text

    def _operation(self, at: Placed, given: Mapping[Node, Any], depth: int) -> Any:
        operator = (at.node.get("operator") or at.node).text
        if at.node.kind == "unary_expression":
            inner = at.node.get("argument")
            worth = truth(self.value(Placed(at.file, inner), given, depth + 1)) if inner is not None else None
            return UNKNOWN if operator != "!" or worth is None else not worth
        sides = [at.node.get("left"), at.node.get("right")]
        left, right = (self.value(Placed(at.file, s), given, depth + 1) if s else UNKNOWN for s in sides)
        if operator in ("&&", "||"):
            stops = operator == "||"
            worth, other = truth(left), truth(right)
            if worth is stops:
                return left
            if worth is None:
                return stops if other is stops else UNKNOWN
            return right
        if operator == "??":
            return right if left is None else left
        if operator in ("===", "==", "!==", "!="):
            if isinstance(left, Kind) or isinstance(right, Kind):
                return UNKNOWN
            return (left == right) is (operator in ("===", "=="))
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return left + right
        return UNKNOWN

    def _member(self, at: Placed, given: Mapping[Node, Any], depth: int) -> Any:
        member = member_of(at.node)
        if member is None:
            return UNKNOWN
        if member[1] == "pathname":
            return self._path
        if member[1] == "method":
            return "POST"
        if member[1] == "auth" and member[0].kind == "identifier":
            return None
        if _of_headers(member[0]):
            return _header(member[1])
        around = self.value(Placed(at.file, member[0]), given, depth + 1)
        if around is SIGNED_OUT:
            return None if member[1] in _NOBODY else SIGNED_OUT if member[1] == "data" else UNKNOWN
        if around is None:
            return None
        if isinstance(around, str) and member[1] == "length":
            return len(around)
        return UNKNOWN

    def _name(self, at: Placed, given: Mapping[Node, Any], depth: int) -> Any:
        binding = lookup(at.node, at.node.text)
        if binding is None:
            return UNKNOWN
        if binding.node in given:
            return given[binding.node]
        if binding.path and binding.path[-1] == "pathname":
            return self._path
        if binding.how is How.PARAMETER and binding.path and binding.path[-1] in ("token", "auth"):
            return None
        if binding.how is How.VALUE and binding.path:
            value = binding.value
            inside = self.value(Placed(at.file, value), given, depth + 1) if value is not None else UNKNOWN
            if inside is SIGNED_OUT or inside is None:
                return (
                    None
                    if binding.path[-1] in _NOBODY
                    else SIGNED_OUT
                    if binding.path[-1] == "data"
                    else UNKNOWN
                )
            return UNKNOWN
        found = [v for v in self._follower.values(at) if v.node is not at.node]
        if len(found) != 1:
            return UNKNOWN
        return self.value(found[0], given, depth + 1)

    def _call(self, at: Placed, given: Mapping[Node, Any], depth: int) -> Any:
        name, values, inner = called(at.node), arguments(at.node), receiver(at.node)
        function = self._follower.called(at)
        if function is not None and function.node.get("body") is not None:
            answer = self.run(function, self._passed(function, at, dict(given), depth), depth + 1)
            return answer.value if answer.known and answer.turned is None else UNKNOWN
        if name in _SESSION:
            of_client = inner is not None
            return SIGNED_OUT if of_client or name == "auth" else None
        path = path_of(at.node.get("function"))
        if path is not None and name == "get" and "cookies" in path:
            return None
        if name == "get" and len(values) == 1 and _of_headers(inner):
            return _header(text_of(values[0]))
        if name == "has" and len(values) == 1 and _of_headers(inner):
            return UNKNOWN if _header(text_of(values[0])) is UNKNOWN else bool(_header(text_of(values[0])))
        if path is not None and name == "has" and "cookies" in path:
            return False
        if name == "Boolean" and values:
            worth = truth(self.value(Placed(at.file, values[0]), given, depth + 1))
            return UNKNOWN if worth is None else worth
        matcher = self._route_matcher(at)
        if matcher is not None:
            return matcher
        if inner is None:
            return UNKNOWN
        return self._method(at, self.value(Placed(at.file, inner), given, depth + 1), given, depth)

    def _route_matcher(self, at: Placed) -> Any:
        """`isPublic(request)` of Clerk's createRouteMatcher."""
        function = plain(at.node.get("function"))
        if function is None or function.kind != "identifier":
            return None
        for made in self._follower.values(Placed(at.file, function)):
            if made.node.kind == "call_expression" and called(made.node) == "createRouteMatcher":
                given = arguments(made.node)
                listed = self.value(Placed(made.file, given[0]), {}, 2) if given else UNKNOWN
                if not isinstance(listed, list) or any(not isinstance(one, str) for one in listed):
                    return UNKNOWN
                worth = [matches(one, self._path) for one in listed]
                return True if True in worth else UNKNOWN if None in worth else False
        return None

    def _method(self, at: Placed, around: Any, given: Mapping[Node, Any], depth: int) -> Any:
        name, values = called(at.node), arguments(at.node)
        if not values:
            return UNKNOWN
        if name in ("some", "every") and isinstance(around, list) and values[0].kind in FUNCTIONS:
            return self._any(Placed(at.file, values[0]), around, given, depth, every=name == "every")
        first = self.value(Placed(at.file, values[0]), given, depth + 1)
        if name == "test" and isinstance(around, Node) and isinstance(first, str):
            return _search(around, first)
        if name == "match" and isinstance(around, str) and isinstance(first, Node):
            return _search(first, around)
        if name in ("includes", "has") and isinstance(around, list) and isinstance(first, str):
            return True if first in around else UNKNOWN if UNKNOWN in around else False
        if isinstance(around, str) and isinstance(first, str):
            if name == "startsWith":
                return around.startswith(first)
            if name == "endsWith":
                return around.endswith(first)
            if name == "includes":
                return first in around
        return UNKNOWN

    def _any(
        self, at: Placed, listed: list[Any], given: Mapping[Node, Any], depth: int, *, every: bool
    ) -> Any:
        pattern = next(iter(parameters(at.node)), None)
        if pattern is None or pattern.kind != "identifier":
            return UNKNOWN
        worth = []
        for one in listed:
            answer = self.run(at, {**given, pattern: one}, depth + 1)
            worth.append(truth(answer.value) if answer.known else None)
        if every:
            return False if False in worth else UNKNOWN if None in worth else True
        return True if True in worth else UNKNOWN if None in worth else False


def _of_headers(node: Node | None) -> bool:
    """Whether it is the headers of the request: `request.headers`, `headers()`, a name for them."""
    found = unawaited(node)
    if found is not None and found.kind == "call_expression":
        return called(found) == "headers"
    path = path_of(found)
    return path is not None and path[-1].lower() in ("headers", "headerslist", "headerlist")


def _header(name: str | None) -> Any:
    """What Stripe sends under this name: a signature; no login of any kind."""
    if name is None:
        return UNKNOWN
    if name.lower() == "stripe-signature":
        return "t=0,v1=0"
    return None if name.lower() in ("authorization", "cookie", "proxy-authorization") else UNKNOWN


def truth(value: Any) -> bool | None:
    """Whether a value counts as true; None where it is not known."""
    if value is UNKNOWN:
        return None
    if value is SIGNED_OUT or isinstance(value, (list, Node)):
        return True
    return bool(value)


def _search(pattern: Node, text: str) -> Any:
    body = pattern.get("pattern")
    try:
        return re.search(body.text, text) is not None if body is not None else UNKNOWN
    except (re.error, RecursionError):
        return UNKNOWN
