"""Follows a value to where it comes from: through names, calls and imports, within the checkout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.source.nodes import (
    FUNCTIONS,
    Node,
    arguments,
    called,
    calls,
    literal,
    member_of,
    name_of,
    path_of,
    plain,
    returned,
    text_of,
    unawaited,
)
from iahome_fix.source.scopes import Binding, How, binding_of, lookup, values_of

if TYPE_CHECKING:
    from iahome_fix.source.files import Checkout, SourceFile

DEEPEST = 8


@dataclass(frozen=True)
class Placed:
    """A node with the file that it stands in."""

    file: SourceFile
    node: Node

    @property
    def where(self) -> str:
        return self.file.at(self.node)


@dataclass(frozen=True)
class Exports:
    """What a file exports: by name the declaration or expression, or another file's name; `stars` are the
    files of `export * from`, of which `unknown` says whether one is not of the checkout.
    """

    own: dict[str, Placed]
    passed_on: dict[str, tuple[SourceFile | None, str]]
    stars: tuple[SourceFile, ...]
    unknown: bool

    @property
    def names(self) -> frozenset[str]:
        return frozenset((*self.own, *self.passed_on))


class Follower:
    """Follows values through the files of one checkout."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self._exports: dict[str, Exports] = {}

    def exports(self, file: SourceFile) -> Exports:
        """What the file exports."""
        if file.path not in self._exports:
            self._exports[file.path] = self._read_exports(file)
        return self._exports[file.path]

    def exported(self, file: SourceFile, name: str, depth: int = 0) -> Placed | None:
        """The declaration or expression that a file exports under a name, wherever it stands."""
        if depth > DEEPEST:
            return None
        exports = self.exports(file)
        if name in exports.own:
            return exports.own[name]
        if name in exports.passed_on:
            other, original = exports.passed_on[name]
            return self.exported(other, original, depth + 1) if other is not None else None
        for other in exports.stars:
            found = self.exported(other, name, depth + 1) if name != "default" else None
            if found is not None:
                return found
        return None

    def imported(self, file: SourceFile, binding: Binding) -> Placed | None:
        """What an imported name stands for in the checkout; None for a package's."""
        source = binding.source
        other = self.checkout.resolve(file, source) if source else None
        if other is None:
            return None
        # All of a file that is required may be one function.
        return self.exported(other, "default" if binding.exported == "*" else binding.exported)

    def module_of(self, name: Node) -> str | None:
        """The specifier that a name is imported from."""
        binding = binding_of(name)
        return binding.source if binding is not None else None

    def declared(self, at: Placed, depth: int = 0) -> Placed | None:
        """The function that an expression stands for: a function, a name of one, what wraps one."""
        node = plain(at.node)
        if node is None or depth > DEEPEST:
            return None
        if node.kind in FUNCTIONS:
            return Placed(at.file, node)
        if node.kind in ("identifier", "shorthand_property_identifier"):
            binding = binding_of(node)
            if binding is None:
                return None
            if binding.how is How.FUNCTION and binding.value is not None:
                return Placed(at.file, binding.value)
            if binding.how is How.IMPORT:
                found = self.imported(at.file, binding)
                return self.declared(found, depth + 1) if found is not None else None
            if binding.how is How.VALUE and not binding.path:
                for value in values_of(binding):
                    found = self.declared(Placed(at.file, value), depth + 1)
                    if found is not None:
                        return found
            return None
        if node.kind == "call_expression":
            made = self._made(at.file, node, depth)
            if made is not None:
                return made
            # `withLogging(async (request) => …)`: what is wrapped does the work.
            for argument in reversed(arguments(node)):
                found = self.declared(Placed(at.file, argument), depth + 1)
                if found is not None:
                    return found
        return self._member(at.file, node, depth)

    def _made(self, file: SourceFile, call: Node, depth: int) -> Placed | None:
        """The function that a function of the checkout returns: `createHandler()`."""
        maker = call.get("function")
        made_by = self.declared(Placed(file, maker), depth + 1) if maker is not None else None
        for result in self.results(made_by, depth + 1) if made_by is not None else ():
            node = plain(result.node)
            if node is not None and node.kind in FUNCTIONS:
                return Placed(result.file, node)
        return None

    def _member(self, file: SourceFile, node: Node, depth: int) -> Placed | None:
        """The function behind `object.method`: of an object literal, a class, a namespace import."""
        found = member_of(node)
        around = plain(found[0]) if found else None
        if found is None or around is None:
            return None
        if around.kind == "this":
            owner = node.above("class_body")
            return self._method(Placed(file, owner), found[1]) if owner is not None else None
        if around.kind != "identifier":
            return None
        binding = binding_of(around)
        if binding is not None and binding.how is How.IMPORT and binding.exported == "*":
            source = binding.source
            other = self.checkout.resolve(file, source) if source else None
            inside = self.exported(other, found[1]) if other is not None else None
            return self.declared(inside, depth + 1) if inside is not None else None
        for value in self.values(Placed(file, around), depth + 1):
            made = literal(value.node)
            entry = made.get(found[1]) if made is not None else None
            if entry is not None:
                return self.declared(
                    Placed(value.file, entry.value if entry.value.kind != "pair" else entry.node)
                )
            if value.node.kind == "new_expression":
                name = value.node.get("constructor")
                inside = self._class(Placed(value.file, name)) if name is not None else None
                body = inside.node.get("body") if inside is not None else None
                if inside is not None and body is not None:
                    return self._method(Placed(inside.file, body), found[1])
        return None

    def _class(self, at: Placed) -> Placed | None:
        binding = binding_of(at.node) if at.node.kind == "identifier" else None
        if binding is None:
            return None
        if binding.how is How.IMPORT:
            return self.imported(at.file, binding)
        value = binding.value
        return Placed(at.file, value) if value is not None and value.kind == "class_declaration" else None

    @staticmethod
    def _method(body: Placed, name: str) -> Placed | None:
        for child in body.node.children:
            named = child.get("name")
            if child.kind == "method_definition" and named is not None and named.text == name:
                return Placed(body.file, child)
        return None

    def called(self, at: Placed) -> Placed | None:
        """The function of the checkout that a call runs; None for a package's."""
        function = at.node.get("function")
        return self.declared(Placed(at.file, function)) if function is not None else None

    def values(self, at: Placed, depth: int = 0, seen: set[Node] | None = None) -> Iterator[Placed]:
        """The expressions that an expression may stand for, names and imports followed; `await` is dropped.

        Names that are taken out of something, parameters, and what comes from a package stand for themselves.
        `seen`: the names that were followed on the way here.
        """
        node = unawaited(at.node)
        seen = set() if seen is None else seen
        if node is None:
            return
        if depth > DEEPEST:
            yield Placed(at.file, node)
            return
        if node.kind in ("identifier", "shorthand_property_identifier"):
            binding = lookup(node, node.text)
            if binding is not None and binding.node in seen:
                return
            seen |= {binding.node} if binding is not None else set()
            followed = list(self._given(at.file, binding)) if binding is not None else []
            for one in followed:
                yield from self.values(one, depth + 1, seen)
            if not followed:
                yield Placed(at.file, node)
        elif node.kind == "ternary_expression":
            for field in ("consequence", "alternative"):
                part = node.get(field)
                if part is not None:
                    yield from self.values(Placed(at.file, part), depth + 1, seen)
        elif node.kind in ("member_expression", "subscript_expression"):
            inside = list(self._entries(at.file, node, depth))
            for one in inside:
                yield from self.values(one, depth + 1, seen)
            if not inside:
                yield Placed(at.file, node)
        else:
            yield Placed(at.file, node)

    def _given(self, file: SourceFile, binding: Binding) -> Iterator[Placed]:
        if binding.how is How.IMPORT:
            found = self.imported(file, binding)
            if found is not None:
                yield found
        elif binding.how is How.VALUE and not binding.path:
            for value in values_of(binding):
                yield Placed(file, value)
        elif binding.how is How.VALUE and binding.value is not None and len(binding.path) == 1:
            # `const { KEY } = config`
            for given in self.values(Placed(file, binding.value), DEEPEST - 2):
                made = literal(given.node)
                entry = made.get(binding.path[0]) if made is not None else None
                if entry is not None:
                    yield Placed(given.file, entry.value)

    def _entries(self, file: SourceFile, node: Node, depth: int) -> Iterator[Placed]:
        """What `config.key` stands for, where `config` is an object literal of the checkout."""
        found = member_of(node)
        if found is None or path_of(node) is None or (path_of(node) or ("",))[0] == "process":
            return
        around = plain(found[0])
        binding = binding_of(around) if around is not None and around.kind == "identifier" else None
        if binding is not None and binding.how is How.IMPORT and binding.exported == "*":
            source = binding.source
            other = self.checkout.resolve(file, source) if source else None
            inside = self.exported(other, found[1]) if other is not None else None
            if inside is not None:
                yield inside
            return
        for value in self.values(Placed(file, found[0]), depth + 1):
            made = literal(value.node)
            if made is None and value.node.kind == "call_expression" and called(value.node) == "freeze":
                made = literal(next(iter(arguments(value.node)), None))
            entry = made.get(found[1]) if made is not None else None
            if entry is not None:
                yield Placed(value.file, entry.value)

    def texts(self, at: Placed) -> list[str]:
        """The strings that an expression may be; empty where it is no string that the source shows."""
        found = [text_of(value.node) for value in self.values(at)]
        return [text for text in found if text is not None] if all(t is not None for t in found) else []

    def results(self, at: Placed, depth: int = 0) -> Iterator[Placed]:
        """What a function of the checkout returns, as expressions of it."""
        if depth < DEEPEST:
            for value in returned(at.node):
                yield Placed(at.file, value)

    def callers(self, files: tuple[SourceFile, ...], function: Placed) -> Iterator[Placed]:
        """The calls of a function in these files."""
        name = own_name(function.node)
        if name is None:
            return
        for file in files:
            for call in calls(file.tree, *self._names(file, function, name)):
                found = self.called(Placed(file, call))
                if found is not None and found.node is function.node:
                    yield Placed(file, call)

    def _names(self, file: SourceFile, function: Placed, name: str) -> tuple[str, ...]:
        if file is function.file or name in file.text:
            return (name, "default") if name == "default" else (name,)
        return tuple(self._default_imports(file))

    @staticmethod
    def _default_imports(file: SourceFile) -> Iterator[str]:
        for node in file.tree.children:
            clause = node.first("import_clause") if node.kind == "import_statement" else None
            name = clause.first("identifier") if clause is not None else None
            if name is not None:
                yield name.text

    def _read_exports(self, file: SourceFile) -> Exports:
        own: dict[str, Placed] = {}
        passed_on: dict[str, tuple[SourceFile | None, str]] = {}
        stars: list[SourceFile] = []
        unknown = False
        for node in file.tree.children:
            if node.kind == "expression_statement":
                own.update(_of_commonjs(file, node))
            if node.kind != "export_statement":
                continue
            source = text_of(node.get("source"))
            other = self.checkout.resolve(file, source) if source else None
            clause = node.first("export_clause")
            if clause is not None:
                for one in clause.children:
                    name = one.get("name")
                    if name is None:
                        continue
                    alias = (one.get("alias") or name).text.strip("'\"")
                    if source is None:
                        own[alias] = Placed(file, name)
                    else:
                        passed_on[alias] = (other, name.text)
            elif source is not None:
                named = node.first("namespace_export")
                if named is None:
                    stars += [other] if other is not None else []
                    unknown = unknown or other is None
            else:
                own.update(_of_declaration(file, node))
        return Exports(own, passed_on, tuple(stars), unknown)


def _of_declaration(file: SourceFile, node: Node) -> dict[str, Placed]:
    declared, value = node.get("declaration"), node.get("value")
    if node.has("default"):
        found = value or declared
        return {"default": Placed(file, found)} if found is not None else {}
    if declared is None:
        return {}
    name = declared.get("name")
    if name is not None:
        return {name.text: Placed(file, declared)}
    result: dict[str, Placed] = {}
    for one in declared.children:
        pattern = one.get("name") if one.kind == "variable_declarator" else None
        if pattern is None:
            continue
        if pattern.kind == "identifier":
            result[pattern.text] = Placed(file, one.get("value") or pattern)
        else:
            result |= {
                part.text: Placed(file, part)
                for part in pattern.walk()
                if part.kind in ("shorthand_property_identifier_pattern", "identifier")
            }
    return result


def _of_commonjs(file: SourceFile, statement: Node) -> dict[str, Placed]:
    """`module.exports = …`, `module.exports.x = …`, `exports.x = …`."""
    node = statement.children[0] if statement.children else None
    left = path_of(node.get("left")) if node is not None and node.kind == "assignment_expression" else None
    right = node.get("right") if node is not None else None
    if left is None or right is None:
        return {}
    if left == ("module", "exports"):
        made = literal(right)
        named = {p.key: Placed(file, p.value) for p in made.properties} if made is not None else {}
        return {"default": Placed(file, right), **named}
    if left[:1] == ("exports",) and len(left) == 2:
        return {left[1]: Placed(file, right)}
    if left[:2] == ("module", "exports") and len(left) == 3:
        return {left[2]: Placed(file, right)}
    return {}


def own_name(function: Node) -> str | None:
    """The name that a function is called by in its file."""
    name = function.get("name")
    if name is not None:
        return name.text
    around = function.parent
    while around is not None and around.kind in ("call_expression", "arguments", "parenthesized_expression"):
        around = around.parent
    if around is not None and around.kind == "variable_declarator":
        return name_of(around.get("name"))
    if around is not None and around.kind == "pair":
        key = around.get("key")
        return key.text if key is not None else None
    return None
