"""Answers of another shape, and what others wrote into those of the right one."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from iahome_fix.facts.queries import Answer, Record, records
from iahome_fix.facts.seen import Key
from iahome_fix.facts.shapes import SHAPES
from iahome_fix.model import Status
from iahome_fix.systems.data_api import Reply
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.expected import UNEXPECTED, Misfit, Shape, require
from tests.checks.by_hand import shop
from tests.checks.by_hand.every import CASES, Changed, read_by
from tests.checks.by_hand.seen import By
from tests.checks.by_hand.unseen import MAY_DO_WITHOUT

WRONG: tuple[Any, ...] = (None, True, "x", 1.5, [], {})


def misshapen() -> Iterator[Changed]:
    """Answers of which one column is missing, or is of another kind; each query once of each check."""
    seen = set()
    for case in CASES:
        for key, value in read_by(case).items():
            shape = SHAPES.get(str(key[1])) if len(key) > 1 else None
            if shape is not None and isinstance(value, Answer) and value and (case.check, key) not in seen:
                seen.add((case.check, key))
                for way, first in _misshapen(value[0], shape):
                    yield Changed(case, key, way, _asked(key, [first, *value[1:]]))


def _misshapen(row: Record, shape: Shape) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for column in shape.fields:
        yield f"no {column}", {name: value for name, value in row.items() if name != column}
        for wrong in WRONG:
            other = {**row, column: wrong}
            if not _fits(other, shape):
                yield f"{column} is {wrong!r}", other


def _fits(row: Mapping[str, Any], shape: Shape) -> bool:
    try:
        require(dict(row), shape)
    except Misfit:
        return False
    return True


def _asked(key: Key, rows: list[Any]) -> By:
    return By(lambda *_asked: records(str(key[1]), rows))


@pytest.mark.parametrize("one", list(misshapen()), ids=lambda one: one.id)
def test_an_answer_of_another_shape_is_unknown_by_name(one: Changed) -> None:
    found = one.case.finding({one.key: one.instead})
    if (one.case.check, str(one.key[0])) not in MAY_DO_WITHOUT:
        assert found.status is Status.UNKNOWN
        assert found.evidence["code"] == UNEXPECTED
        assert str(one.key[1]) in found.detail


def test_every_query_of_the_shop_has_its_shape() -> None:
    asked = {str(key[1]) for key in shop.healthy() if key[0] in ("queries.of_database", "queries.of_rows")}
    assert asked <= SHAPES.keys()


SECRET = f"whsec_{secrets.token_hex(16)}"
HOSTILE = {
    "two lines": "two\nlines",
    "escape": "\x1b[31mred",
    "secret": f"key {SECRET}",
    "braces": "{0} {name} %s",
    "backwards": "\u202eright",
    "letters": "\u00e9\u6f22\U0001f511",
    "SQL": "'; drop table x; --",
    "long": "x" * 5000,
}
OF_OTHERS = (
    *("name", "body", "reason", "value", "example", "login", "obstacle", "policy", "object", "function"),
    *("statement", "modules_gone", "newest", "oldest", "columns"),
)
"""Columns whose texts others write; the rest are words of the catalog, of this tool, or ids."""


def written(value: Any, put: str) -> Any:
    """The value with what others wrote into it; the same where nobody can."""
    if isinstance(value, Answer):
        return Answer(
            Record("q", {n: put if n in OF_OTHERS and isinstance(v, str) else v for n, v in row.items()})
            for row in value
        )
    if isinstance(value, Reply) and value.message:
        return replace(value, message=put)
    return SqlError(value.sqlstate, put) if type(value) is SqlError else value


def hostile() -> Iterator[Changed]:
    for case in CASES:
        for key, value in read_by(case).items():
            if written(value, "") is not value and written(value, "") != value:
                yield Changed(case, key, "others", value)


@pytest.mark.parametrize("one", list(hostile()), ids=lambda one: one.id)
def test_what_others_wrote_is_said_without_a_crash(one: Changed) -> None:
    for way, put in HOSTILE.items():
        found = one.case.finding({one.key: written(one.instead, put)})
        assert "by itself" not in found.detail, way
        assert json.dumps([found.detail, found.hint, dict(found.evidence)], default=str)
