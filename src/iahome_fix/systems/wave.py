"""Several questions in one way to the server and back, where what one of them does wrong spoils no other.

They are asked one after the other inside sql/session/wave.sql, each in an exception block of its own that is
rolled back, in a read-only transaction; nothing is pipelined, since a transaction pooler mixes the rows of
pipelined queries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.systems import acting, expected, reads
from iahome_fix.systems.database import Params, Question, Row
from iahome_fix.systems.database_errors import Named
from iahome_fix.systems.expected import UnexpectedResponse
from iahome_fix.systems.postgres_refusals import as_error

Answer = list[Row] | ToolError | None
"""Rows, or why there are none; None for a question that was not begun, the time being over."""

ANSWERS = "session/answers"
"""The query that reads what came of them."""

_PART = expected.Shape(
    {},
    {"rows": expected.LIST, "error": expected.OBJECT, "late": expected.YES_NO},
    others=False,
)
_ANY = expected.Shape({})
_NAMED = ("schema", "table", "column", "constraint", "detail", "hint", "context")


def asking(limits: Params, questions: Sequence[Question]) -> list[str]:
    """The statements of a transaction that asks the questions, but for the last one, `ANSWERS`.

    `limits`: of the transaction, as sql/session/begin.sql takes them; all questions together have the time of
    one statement.
    """
    asked = [
        {
            "before": [reads.whole()] if one.login is None else [],
            "trial": one.login and acting.trial(one.login, acting.uses(one.statement)),
            "query": reads.query(one.statement, one.params, one.login),
        }
        for one in questions
    ]
    wave = sql.load("session/wave")
    if any(one.login for one in questions):
        wave = acting.in_wave(wave)
    return [
        *reads.beginning(limits),
        reads.written(sql.load("session/asked"), {"asked": json.dumps(asked)}),
        wave,
    ]


def answers(rows: Sequence[Row], count: int) -> list[Answer]:
    """What came of each of `count` questions, from the rows of `ANSWERS`. Raises UnexpectedResponse."""
    try:
        parts = expected.rows(expected.parsed(str(rows[0]["answers"])), _PART, count=count)
        return [_answer(part) for part in parts]
    except (expected.Misfit, LookupError) as misfit:
        raise UnexpectedResponse(_("the answers to several questions"), str(misfit)) from None


def _answer(part: Row) -> Answer:
    if "rows" in part:
        return list(expected.rows(part["rows"], _ANY))
    if "error" not in part:
        return None
    error = part["error"]
    named = {name: scrub(str(error[name])) for name in _NAMED if error.get(name)}
    return as_error(str(error["sqlstate"]), str(error["message"]), Named(**named))
