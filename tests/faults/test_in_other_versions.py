"""The catalogue in shops of the later versions: the same faults, where they have a meaning there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.sandbox.site_database import MONTH, YEAR
from tests.faults import hints, versions
from tests.faults.test_faults import CATALOGUE, assert_named, run_fix

if TYPE_CHECKING:
    from tests.faults.conftest import OpenLater
    from tests.faults.model import Fault

WITHOUT: dict[str, str] = {
    "a column, index or constraint that their table does not have": (
        "d02 d07 d10 d11 d13 d19_renewals d21_updates d26 f12 f13 f16_schema_cache_misses f19 f30_row f32 f58"
        " f66 f80 g01_trigger_refuses g04 g06_token_id m04 x21"
    ),
    "a table that they do not give accesses by, or that migrate makes": (
        "f11 f14 f15 f20 f21 f28 f29 f30_token f31 f57_table g08 g15_token s04"
    ),
    "the app's source, which the catalogue has of the guide's time": (
        "f17 f24_the_source f39 f51_the_source f52 f86 f87"
    ),
    "what the guide's rows say of their payment, or of the handler": (
        "d23 f34 f85 g15_owner g16 w02_challenge_for_this w02_too_many"
    ),
    "the guide's own term, or another version's table": "d22_a_part d28 f18 g14 m03",
    "the table as the Data API serves it, which their page does not ask for first": "f16_schema_cache_stale",
}
"""Where a fault has no meaning in them, since it is about this; by the beginnings of names."""
WITHOUT_THERE: dict[str, dict[str, str]] = {
    YEAR: {
        "a version that is known by what its rows say": "g03_enum",
        "a column that its handler fills": "g06_created_at",
        "the name of a policy, quoted": "d18 g17",
    },
    MONTH: {
        "a profile, which its page does not ask for": "f23 f25 f36_email f37 g13 x02 x05",
        "a module by its number, or several in one payment": "d24 f35 f47 f82 f83_checkout",
        "an owner who is a text": "d17 d18 d19_gate d25 f64 g05 g15 g17",
        "a sequence, or a key that is a number": "f22 f27 g07 t02 t03 x24",
        "the guide's path": "d05 f41 w03_endpoint_of",
        "a term that is one for all, not learned from the rows that are gone": "f57_rows",
        "the words of the guide's columns": "g03_enum g06_created_at",
    },
}
_OWED = {"cause": "payments.unfulfilled", "says": "without the access", "hint": ""}
OTHERWISE: dict[str, dict[str, Any]] = {
    # A row names no payment there, so what is missing is named, not who did not write it.
    "f57_rows_wiped": _OWED,
    # The forgotten endpoint is at a path of theirs in one of them only.
    "x04_forgotten_tunnel_and_silent_handler": {"statuses": {}, "notes": {}},
    # And its term is not over after five days.
    "f48_past_outage": {
        "says": "1 payment was not delivered and its customer has nothing",
        "fix": "reconcile",
    },
    # Their handler changes no row.
    "x20_only_columns_granted": {"says": "the server (service_role) has no right to user_applications"},
}
"""What is said of a fault in other words, for what the table does not say."""
IN_SHORT = {
    ("f27_grants_missing", YEAR),
    ("f40_endpoint_missing", MONTH),
    ("f51_handler_writes_nothing", YEAR),
    ("f57_rows_wiped", YEAR),
    ("g03_check_refuses_purchases", MONTH),
    ("d04_refunded", MONTH),
}
"""Those that run with the rest of the suite; all others are run by hand, with `-m wide`."""


def has_a_meaning(name: str, version: str) -> bool:
    """Is there such a fault in that version?"""
    lists = (*WITHOUT.values(), *WITHOUT_THERE[version].values())
    return not any(name.startswith(beginning) for text in lists for beginning in text.split())


CASES = [
    pytest.param(name, version, marks=() if (name, version) in IN_SHORT else pytest.mark.wide)
    for name in CATALOGUE
    for version in (YEAR, MONTH)
    if has_a_meaning(name, version)
]


def fault_of(version: str, name: str) -> Fault:
    """The entry as it is to be found there: only a person changes their table."""
    fault = CATALOGUE[name]
    by_hand = fault.fix is not None and fault.fix.split()[0] in ("migrate", "backfill")
    there = replace(
        fault,
        says=versions.in_words_of(version, fault.says),
        hint="" if by_hand else versions.in_words_of(version, fault.hint),
        notes={key: versions.in_words_of(version, text) for key, text in fault.notes.items()},
        before=versions.pages(version, fault.before),
        after=versions.pages(version, fault.after),
        fix=None if by_hand else fault.fix,
        repair=() if by_hand else fault.repair,
    )
    changes = OTHERWISE.get(name, {})
    if changes.get("cause"):
        changes = {"quiet": (), "statuses": {}, "notes": {}, **changes}
    return replace(there, **changes)


@pytest.mark.parametrize(("name", "version"), CASES)
def test_the_cause_is_named_there_too(open_later: OpenLater, name: str, version: str) -> None:
    fault = fault_of(version, name)
    world = open_later(version, fault.regime, kind=versions.KINDS[version])
    for step in fault.inject:
        step(world)
    fault.then(world)
    assert {who: world.page(who) for who in fault.before} == fault.before
    found = world.look()
    assert_named(found, fault)
    hints.hold(world, found.document["checks"])
    if fault.fix is not None and fault.fix_is_enough:
        run_fix(world, found, fault)
    if fault.follows_hint:
        assert fault.cause
        hints.follow(world, found.check(fault.cause)["hint"])
    for step in fault.repair:
        step(world)
    if fault.fix or fault.follows_hint or fault.repair:
        again = world.look()
        assert again.causes == list(fault.left), again.shown()
        assert {who: world.page(who) for who in fault.after} == fault.after


def test_each_exception_is_one_of_the_catalogue() -> None:
    texts = [*WITHOUT.values(), *(text for one in WITHOUT_THERE.values() for text in one.values())]
    listed = {beginning for text in texts for beginning in text.split()}
    assert {b for b in listed if not any(name.startswith(b) for name in CATALOGUE)} == set()
    assert set(OTHERWISE) | {name for name, _version in IN_SHORT} <= CATALOGUE.keys()
