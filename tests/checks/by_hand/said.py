"""Which statuses the code of a check can return, by the words for findings that it reaches."""

from __future__ import annotations

import ast
from types import FunctionType

from iahome_fix import model
from iahome_fix.model import Check, Status
from tests.checks.sql_files import nodes, reached

_WORDS = {getattr(model, status.value): status for status in Status}


def statuses(check: Check) -> frozenset[Status]:
    """Those that the function returns, itself or through the checks' other functions that it calls."""
    assert isinstance(check.run, FunctionType)
    return frozenset(
        _WORDS[word]
        for function in reached(check.run)
        for node in nodes(function)
        if isinstance(node, ast.Name)
        and isinstance(word := function.__globals__.get(node.id), FunctionType)
        and word in _WORDS
    )
