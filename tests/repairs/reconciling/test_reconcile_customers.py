"""Whose access it is, and what they have already."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from iahome_fix.repairs.journal.run import new_run_id
from tests.checks.app_support import EVERYBODY, App, ago
from tests.repairs.reconciling.support import (
    ALICE,
    BOB,
    CAROL,
    TERM,
    apply,
    groups,
    naive,
    plan,
    rows,
)

# Who the customer is


@pytest.mark.parametrize(
    ("typed", "group"),
    [
        ("Carol@Example.TEST", "to_create"),
        ("  carol@example.test ", "to_create"),
        ("carol+shop@example.test", "unknown_customer"),
        ("ca.rol@example.test", "unknown_customer"),
        ("carol@example.tes", "unknown_customer"),
        ("carol", "unknown_customer"),
        ("%@example.test", "unknown_customer"),
        ("carol@example.test\u0000", "to_create"),
    ],
)
def test_the_address_is_compared_without_case_and_outer_blanks_alone(
    app: App, typed: str, group: str
) -> None:
    app.buys(typed, 15, pay=False)
    assert groups(plan(app)) == {group: 1}


def test_every_address_of_the_session_is_asked_and_two_customers_are_nobody(app: App) -> None:
    app.buys(ALICE, 15, pay=False, customer_details={"email": CAROL}, metadata={"items_ids": "15"})
    app.buys("dave@example.test", 6, pay=False, metadata={"items_ids": "6", "userEmail": BOB})
    app.buys(None, 13, pay=False, metadata={"items_ids": "13", "userEmail": BOB})
    found = plan(app)
    assert groups(found) == {"to_create": 2, "ambiguous_customer": 1}
    apply(app, found)
    assert set(rows(app, "user_id, module_id")) == {(EVERYBODY[BOB], 6), (EVERYBODY[BOB], 13)}


def test_the_user_id_of_the_metadata_is_asked_first(app: App) -> None:
    named = {"items_ids": "15", "userId": EVERYBODY[CAROL]}
    app.buys("dave@example.test", 15, pay=False, metadata=named)
    app.buys(BOB, 6, pay=False, metadata={**named, "items_ids": "6"})
    app.buys(BOB, 13, pay=False, metadata={"items_ids": "13", "userId": "nobody's"})
    found = plan(app)
    assert groups(found) == {"to_create": 2, "ambiguous_customer": 1}
    apply(app, found)
    assert set(rows(app, "user_id, module_id")) == {(EVERYBODY[CAROL], 15), (EVERYBODY[BOB], 13)}


def test_a_profile_in_other_letters_is_the_customer(app: App) -> None:
    app.sql("update public.profiles set email = ' Carol@Example.test' where email = %s", CAROL)
    app.buys(CAROL, 15, pay=False)
    assert apply(app, plan(app)) == 1


def test_of_two_profiles_neither_is_preferred_unless_one_is_equal_letter_by_letter(app: App) -> None:
    app.sql("update public.profiles set email = 'Carol@example.test' where email = %s", BOB)
    app.buys("CAROL@example.test", 15, pay=False)
    found = plan(app)
    assert groups(found) == {"ambiguous_customer": 1}
    assert apply(app, found) == 0
    app.buys("Carol@example.test", 6, pay=False)
    app.buys(CAROL, 13, pay=False)
    assert apply(app, plan(app)) == 2
    assert set(rows(app, "user_id, module_id")) == {(EVERYBODY[BOB], 6), (EVERYBODY[CAROL], 13)}


# What they have


@pytest.mark.parametrize(
    ("row", "covered"),
    [
        ({"session_id": None, "hours": None}, True),
        ({"session_id": None, "hours": 72}, True),
        ({"session_id": None, "hours": 71.2}, True),
        ({"session_id": None, "hours": 60}, False),
        ({"session_id": "THE ONE", "hours": -5}, True),
        ({"session_id": "another", "hours": 10}, False),
    ],
)
def test_what_counts_as_covered(app: App, row: dict[str, Any], *, covered: bool) -> None:
    session = app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 15, session if row["session_id"] == "THE ONE" else row["session_id"], row["hours"])
    found = plan(app)
    assert groups(found) == {"covered" if covered else "to_create": 1}
    assert apply(app, found) == (0 if covered else 1)


@pytest.mark.parametrize("carries", [True, False])
def test_what_a_person_switched_off_stays_off(app: App, *, carries: bool) -> None:
    session = app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 15, session if carries else None, 80)
    app.sql("update public.module_access set is_active = false")
    found = plan(app)
    assert groups(found) == {"withdrawn": 1}
    assert [one.row_id for one in found.withdrawn] == [str(row[0]) for row in rows(app, "id")]
    assert apply(app, found) == 0
    assert rows(app, "is_active") == [(False,)]


def test_the_access_of_somebody_else_or_to_something_else_covers_nothing(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.grant(CAROL, 6, None, None)
    app.grant(BOB, 15, None, None)
    assert apply(app, plan(app)) == 1


def test_a_row_that_is_active_but_over_makes_way(app: App) -> None:
    app.grant(CAROL, 15, "cs_old", -5, note="kept")
    session = app.buys(CAROL, 15, pay=False)
    run_id = new_run_id()
    assert apply(app, plan(app), run_id) == 1
    (old, new) = rows(app, "id, is_active, metadata")
    assert (old[1], new[1]) == (False, True)
    assert old[2].pop("deactivated_at")
    assert old[2] | {"deactivated_before": None} == {
        "session_id": "cs_old",
        "note": "kept",
        "deactivated_by": "iahome-fix",
        "deactivated_because": "expired",
        "deactivated_for_session": session,
        "deactivated_run_id": run_id,
        "deactivated_before": None,
    }
    assert old[2]["deactivated_before"]["metadata"] == {"session_id": "cs_old", "note": "kept"}
    assert new[2]["replaces"] == str(old[0])


def test_a_shorter_access_is_replaced_by_the_longer_one_and_both_say_so(app: App) -> None:
    app.grant(CAROL, 15, None, 10)
    session = app.buys(CAROL, 15, pay=False)
    found = plan(app)
    assert found.warnings == {"replaces": 1}
    assert apply(app, found) == 1
    (old, new) = rows(app, "id, is_active, expires_at, metadata")
    assert (old[1], new[1]) == (False, True)
    assert old[2] < new[2]
    assert old[3]["deactivated_because"] == "replaced"
    assert old[3]["deactivated_for_session"] == session
    assert new[3]["replaces"] == str(old[0])
    assert groups(plan(app)) == {"covered": 1}


def test_nobody_is_shortened_between_plan_and_apply(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    found = plan(app)
    app.grant(CAROL, 15, None, 200)
    assert apply(app, found) == 0
    assert rows(app, "is_active") == [(True,)]


def test_a_module_that_was_bought_twice_lasts_until_the_later_term_ends(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(hours=50))
    later = ago(hours=20)
    app.buys(CAROL, 15, pay=False, created=later)
    app.buys(CAROL, 15, pay=False, created=ago(days=20))
    found = plan(app)
    assert groups(found) == {"to_create": 1, "covered": 2}
    assert apply(app, found) == 1
    assert rows(app, "expires_at, is_active") == [(naive(later) + TERM, True)]
    for from_now in (False, True):
        assert groups(plan(app, from_now=from_now)) == {"covered": 3}


def test_bought_twice_and_over_is_one_access_from_now(app: App) -> None:
    app.buys(CAROL, 15, pay=False, created=ago(days=30))
    app.buys(CAROL, 15, pay=False, created=ago(days=20))
    assert groups(plan(app)) == {"over": 2}
    found = plan(app, from_now=True)
    assert groups(found) == {"to_create": 1, "covered": 1}
    assert apply(app, found) == 1
    assert abs(rows(app, "expires_at")[0][0] - naive(found.made + TERM)) < timedelta(seconds=2)
    assert groups(plan(app, from_now=True)) == {"covered": 2}


def test_a_customer_with_a_waiting_token_is_left_to_backfill(app: App) -> None:
    app.buys(CAROL, 15, pay=False)
    app.buys(BOB, 15, pay=False, created=ago(days=9))
    add = (
        "insert into public.access_tokens (name, module_id, module_name, created_by, expires_at)"
        " values ('t', 15, 'm', %s, timezone('utc', now()) + %s::interval)"
    )
    app.sql(add, EVERYBODY[CAROL], "30 days")
    app.sql(add, EVERYBODY[BOB], "-6 days")
    found = plan(app)
    assert groups(found) == {"covered": 2}
    assert found.warnings == {"waiting_token": 1}, "the other one was served by its token, which is over"


def test_without_a_table_of_tokens_the_rest_works(own: App) -> None:
    own.sql("alter table public.access_tokens drop column expires_at cascade")
    own.buys(CAROL, 15, pay=False)
    assert apply(own, plan(own)) == 1
    own.sql("drop table public.access_tokens cascade")
    own.buys(BOB, 15, pay=False)
    assert apply(own, plan(own)) == 1
