"""Which SQL files the code of a check names, itself or through what it calls in the parts below checks."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from iahome_fix import sql
from iahome_fix.facts.seen import Fact
from iahome_fix.model import Check
from iahome_fix.schema.requirements import FOLDER

_PACKAGES = ("iahome_fix.checks", "iahome_fix.facts", "iahome_fix.source", "iahome_fix.domain")


def named_by(check: Check) -> frozenset[str]:
    """The files, as a check declares them."""
    assert isinstance(check.run, FunctionType)
    words = {word for function in reached(check.run) for word in _words(function)}
    parts = {part for word in words for part in word.split("+")}
    return frozenset(file for word in parts for file in (word, f"{FOLDER}/{word}") if _is_file(file))


def _is_file(name: str) -> bool:
    return len(name) < 80 and name.count("/") == 1 and (sql.folder() / f"{name}.sql").is_file()


def reached(start: FunctionType) -> Iterator[FunctionType]:
    """The function and all of the package that it calls or hands on, directly or not."""
    seen: dict[int, FunctionType] = {}
    waiting = [start]
    while waiting:
        function = waiting.pop()
        if id(function) not in seen and function.__module__.startswith(_PACKAGES):
            seen[id(function)] = function
            found = (value.find if isinstance(value, Fact) else value for value in _values(function))
            waiting += [value for value in found if isinstance(value, FunctionType)]
    yield from seen.values()


def _words(function: FunctionType) -> Iterator[str]:
    for node in nodes(function):
        if isinstance(node, ast.Constant):
            yield from _strings(node.value)
    for value in _values(function):
        yield from _strings(value)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (tuple, list, frozenset, set)):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))


def _values(function: FunctionType) -> Iterator[Any]:
    """What the names in a function mean: its globals, and the attributes of the modules among them."""
    known = function.__globals__
    for node in nodes(function):
        if isinstance(node, ast.Name) and not isinstance(known.get(node.id), ModuleType):
            yield known.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = known.get(node.value.id)
            if isinstance(module, ModuleType) and module.__name__.startswith(_PACKAGES):
                yield getattr(module, node.attr, None)
            elif isinstance(module, Fact):
                yield module


def nodes(function: FunctionType) -> Iterator[ast.AST]:
    """The body of a function, without its decorators: what a check declares stands there."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    for statement in definition.body:
        yield from ast.walk(statement)
