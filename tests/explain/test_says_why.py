"""Names of fields by which a row says that a person meant it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from iahome_fix import sql
from iahome_fix.explain.due import _by_whom
from iahome_fix.explain.privacy import Shown
from iahome_fix.explain.rows import OURS, Access, Term

OPEN, OVER = Term(None, True, False), Term(None, False, True)


def access(metadata: dict[str, Any], *, active: bool | None = False, term: Term = OPEN) -> Access:
    return Access("1", "u", "15", "purchase", None, active, term, None, None, metadata)


MEANT = (
    *("deactivated_by", "deactivation_reason", "revoked_at", "revokedBy", "withdrawn_by", "WITHDREW"),
    *("refunded", "refund_id", "canceled_at", "cancelled_by", "removed_by", "disabled_by", "isDisabled"),
)


def says(dsn: str, metadata: dict[str, Any]) -> tuple[bool, bool]:
    """Whether a row with these metadata says why it was switched off, and why it ended."""
    rule = sql.load("domain/says_why").replace("/* held */", "a.held")
    ended = rule.replace("/* more */", "||'|ended'")
    with psycopg.connect(dsn) as connection:
        found = connection.execute(
            f"select {rule}, {ended} from (values (%s::jsonb)) as a (held)".encode(), (json.dumps(metadata),)
        ).fetchone()
    assert found is not None
    return found[0], found[1]


def test_a_field_says_that_it_was_meant(shared: str) -> None:
    for name in MEANT:
        assert says(shared, {"session_id": "cs_1", name: None}) == (True, True), name


def test_an_end_is_no_reason_for_switching_off_and_other_names_say_nothing(shared: str) -> None:
    assert says(shared, {"ended_by": 1}) == (False, True)
    other = {"session_id": "cs_1", "amount": 990, "payment_method": "stripe", "run_id": "r"}
    assert says(shared, other) == (False, False)


@pytest.mark.parametrize(
    ("row", "off"),
    [
        (access({}), True),
        (access({}, active=None), True),
        (access({}, active=True), False),
        (access({}, term=OVER), False),
        (access({"deactivated_by": OURS}), False),
        (access({"deactivated_by": "boss"}), True),
    ],
)
def test_switched_off_is_before_its_end_and_by_a_person(row: Access, off: bool) -> None:
    assert row.switched_off is off


@pytest.mark.parametrize(
    ("active", "term", "force"),
    [(True, OPEN, True), (True, OVER, False), (None, OPEN, False), (False, OPEN, False)],
)
def test_in_force_is_active_and_not_over(active: bool | None, term: Term, force: bool) -> None:
    assert access({}, active=active, term=term).in_force is force


@pytest.mark.parametrize(
    "name",
    ["deactivated_by", "revoked_by", "withdrawn_by", "disabled_by", "removed_by", "cancelled_by"],
)
def test_whoever_is_noted_is_named_and_masked(name: str) -> None:
    case: Any = SimpleNamespace(tools=SimpleNamespace(shown=Shown(emails=False)))
    said = _by_whom(case, access({"session_id": "cs_1", name: "boss" + "@example.test"}))
    assert "by b…s@e…e.test" in said
    for nobody in ({}, {name: ""}, {name: None}, {"created_by": "x"}):
        assert "by whom is not noted" in _by_whom(case, access(nobody))
