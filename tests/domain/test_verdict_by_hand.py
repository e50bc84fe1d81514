"""What the verdict query says of single sales on hand-made rows: what worlds seldom have, and its flags."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.domain.learned import Learned
from iahome_fix.domain.lengths import Length
from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.domain.terms import usual
from iahome_fix.domain.verdicts import judge
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs import fingerprint
from iahome_fix.systems.postgres import PostgresDatabase
from iahome_fix.systems.stripe_payments import Session
from tests.checks.app_support import EVERYBODY, App

if TYPE_CHECKING:
    from collections.abc import Mapping

ALICE, BOB, CAROL = EVERYBODY
CAROLS = EVERYBODY[CAROL]
NOW = datetime.now(UTC).replace(microsecond=0)
PAID = NOW - timedelta(hours=10)
TERM = timedelta(hours=72)
CITES = '{"session_id": "cs_live_1"}'
RECONCILED = '{"session_id": "cs_live_1", "reconciled": true}'
FORMER = "99999999-0000-4000-8000-000000000009"


def bought(*, email: str | None = CAROL, metadata: Mapping[str, str] | None = None, **more: Any) -> Session:
    """Module 15, paid ten hours ago with the prefilled address `email`."""
    data: dict[str, Any] = {
        "id": "cs_live_1",
        "created": int(PAID.timestamp()),
        "livemode": True,
        "mode": "payment",
        "status": "complete",
        "payment_status": "no_payment_required",
        "customer_email": email,
        "metadata": {"items_ids": "15", **(metadata or {})},
        **more,
    }
    return Session.of(data, MODULE_ACCESS.checkout)


def judged(app: App, payment: Session | None = None, **chosen: Any) -> Sale:
    (sale,) = every(app, payment or bought(), **chosen)
    return sale


def every(app: App, payment: Session, **chosen: Any) -> list[Sale]:
    assert app.dsn
    with closing(PostgresDatabase(app.dsn, label="test", timeout=10)) as database:
        terms = replace(usual(NOW, TERM), **chosen)
        return list(judge(database, [payment], terms, MODULE_ACCESS, now=NOW, mode="live", tokens=True))


def row(app: App, owner: str = CAROLS, *, ends: float | None = 62, **values: Any) -> None:
    """An access to module 15 as the handler left it; `ends` in hours from now."""
    wanted = {
        "user_id": owner,
        "module_id": 15,
        "expires_at": None if ends is None else at(ends),
        "created_at": at(-10),
        "updated_at": at(-10),
        **values,
    }
    names = ", ".join(wanted)
    marks = ", ".join("%s" for _ in wanted)
    app.sql(f"insert into public.module_access ({names}) values ({marks})", *wanted.values())


def token(app: App, *, made: float, ends: float | None = 90, owner: str = CAROLS) -> None:
    app.sql(
        "insert into public.access_tokens"
        " (id, name, module_id, module_name, created_by, created_at, expires_at)"
        " values ('tok', 't', 15, 'm', %s, %s, %s)",
        owner,
        at(made),
        None if ends is None else at(ends),
    )


def at(hours: float) -> datetime:
    return (NOW + timedelta(hours=hours)).replace(tzinfo=None)


def test_what_is_owed_plainly(app: App) -> None:
    sale = judged(app)
    assert (sale.verdict, sale.owner, sale.ends) == (Verdict.OWED, CAROLS, PAID + TERM)
    assert (sale.as_written, sale.odd, sale.crowded, sale.altered, sale.open) == (True, *[False] * 4)


def test_the_address_of_which_the_handler_takes_note_decides_whether_it_is_as_written(app: App) -> None:
    assert judged(app, bought(metadata={"customer_email": CAROL})).as_written
    assert not judged(app, bought(metadata={"customer_email": CAROL.upper()})).as_written
    assert not judged(app, bought(email=CAROL.upper())).as_written


@pytest.mark.parametrize("written", [f" {CAROL}", f"{CAROL}\u200b", "Carol@example.test"])
def test_a_profile_with_blanks_or_capitals_is_odd(app: App, written: str) -> None:
    app.sql("update public.profiles set email = %s where id = %s", written, CAROLS)
    sale = judged(app)
    assert (sale.owner, sale.odd) == (CAROLS, True)


def test_two_profiles_of_an_address_in_other_letters_are_a_crowd(app: App) -> None:
    app.sql("update public.profiles set email = 'X@Example.test' where id = %s", EVERYBODY[ALICE])
    app.sql("update public.profiles set email = 'x@example.TEST' where id = %s", EVERYBODY[BOB])
    sale = judged(app, bought(email="x@example.test"))
    assert (sale.verdict, sale.crowded, sale.owner) == (Verdict.AMBIGUOUS_CUSTOMER, True, None)
    # Another of its addresses leads to one profile: that is whose it is, and the crowd is said.
    both = judged(app, bought(email="x@example.test", customer_details={"email": CAROL}))
    assert (both.owner, both.crowded) == (CAROLS, True)


def test_a_row_of_the_first_invoice_speaks_for_its_session(app: App) -> None:
    payment = bought(mode="subscription", invoice="in_1", subscription="sub_1")
    row(app, metadata='{"payment_id": "in_1", "session_id": "cs_live_1"}', is_active=False)
    assert judged(app, payment).verdict is Verdict.WITHDRAWN
    app.sql("update public.module_access set is_active = true, expires_at = %s", at(3))
    assert judged(app, payment).verdict is Verdict.SERVED


def test_a_token_whose_access_was_taken_away_opens_nothing(app: App) -> None:
    token(app, made=-4)
    assert judged(app).verdict is Verdict.WAITING_TOKEN
    # By an id that was made before the token, and before the payment, which it does not speak for.
    row(app, token_id="tok", created_at=at(-20), updated_at=at(-1), is_active=False)
    assert judged(app).verdict is Verdict.OWED


def test_an_address_that_the_checkout_altered_is_said_unless_an_id_names_the_buyer(app: App) -> None:
    named = {"customer_email": "carolshop@example.test"}
    assert judged(app, bought(metadata=named)).altered
    assert not judged(app, bought(metadata={**named, "userId": CAROLS})).altered
    assert not judged(app, bought(metadata={"customer_email": CAROL})).altered


def test_what_was_taken_away_is_given_back_by_its_id_alone(app: App) -> None:
    row(app, is_active=False)
    [(found,)] = app.sql("select id::text from public.module_access")
    sale = judged(app)
    assert (sale.verdict, sale.withdrawn) == (Verdict.WITHDRAWN, found)
    assert judged(app, restore=("0",)).verdict is Verdict.WITHDRAWN
    assert judged(app, restore=(found,)).verdict is Verdict.OWED


def test_what_another_row_of_theirs_gave_for_it_was_not_taken_away(app: App) -> None:
    cites = '{"session_id": "cs_live_1"}'
    row(app, metadata=cites, is_active=False)
    assert judged(app).verdict is Verdict.WITHDRAWN
    row(app, metadata=cites, ends=5)
    sale = judged(app)
    assert (sale.verdict, sale.cited, sale.open) == (Verdict.SERVED, True, True)


def test_what_else_an_app_notes_as_a_payment_is_a_part_of_its_session(app: App) -> None:
    row(app, metadata='{"session_id": "cs_live_1", "payment_id": "pi_1"}', ends=5)
    assert judged(app).verdict is Verdict.SERVED


def test_a_session_without_a_module_is_served_by_whatever_row_cites_it(app: App) -> None:
    nameless = bought(metadata={"items_ids": ""})
    assert judged(app, nameless).verdict is Verdict.NO_MODULE
    row(app, metadata='{"session_id": "cs_live_1"}', ends=5)
    sale = judged(app, nameless)
    assert (sale.verdict, sale.granted) == (Verdict.SERVED, 1)


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [(None, Verdict.SERVED), (62, Verdict.SERVED), (61.2, Verdict.SERVED), (60.8, Verdict.OWED)],
)
def test_an_access_that_says_of_no_payment_serves_what_it_covers_an_hour_late(
    app: App, ends: float | None, verdict: Verdict
) -> None:
    row(app, ends=ends)
    assert judged(app).verdict is verdict


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [(None, Verdict.WAITING_TOKEN), (61.2, Verdict.WAITING_TOKEN), (60.8, Verdict.OWED), (20, Verdict.OWED)],
)
def test_a_token_stands_for_an_access_where_it_lasts_as_long(
    app: App, ends: float | None, verdict: Verdict
) -> None:
    token(app, made=-4, ends=ends)
    assert judged(app).verdict is verdict


def test_where_the_term_is_not_known_the_shortest_is_covered(app: App) -> None:
    either = Learned((Length(TERM), Length(timedelta(days=90))))
    row(app, ends=62)
    assert judged(app, learned=either).verdict is Verdict.SERVED
    app.sql("update public.module_access set expires_at = %s", at(20))
    sale = judged(app, learned=either)
    assert (sale.verdict, sale.until, sale.candidates) == (
        Verdict.OWED,
        PAID + timedelta(days=90),
        ("72h", "90d"),
    )


def test_a_row_of_somebody_else_that_cites_the_invoice_was_given_by_hand(app: App) -> None:
    row(app, EVERYBODY[BOB], metadata='{"payment_id": "in_1"}', ends=5)
    sale = judged(app, bought(mode="subscription", invoice="in_1", subscription="sub_1"))
    assert (sale.verdict, sale.given_to) == (Verdict.SERVED, EVERYBODY[BOB])


def test_a_token_whose_access_somebody_else_lost_opens_nothing_either(app: App) -> None:
    token(app, made=-4)
    row(app, EVERYBODY[BOB], token_id="tok", created_at=at(-20), is_active=False)
    assert judged(app).verdict is Verdict.OWED


def test_an_access_of_a_former_id_is_owed_as_it_is_unless_its_module_is_gone(own: App) -> None:
    row(own, "99999999-0000-4000-8000-000000000009", metadata='{"session_id": "cs_live_1"}', ends=5)
    sale = judged(own)
    assert (sale.verdict, sale.former_row is not None) == (Verdict.OWED, True)
    assert sale.ends.replace(tzinfo=None) == at(5)
    own.sql("alter table public.module_access drop constraint module_access_module_id_fkey")
    own.sql("delete from public.modules where id = 15")
    assert judged(own).verdict is Verdict.UNKNOWN_MODULE


@pytest.mark.parametrize(("owner", "verdict"), [(CAROL, Verdict.OWED), (CAROLS.upper(), Verdict.SERVED)])
def test_an_address_or_other_letters_in_place_of_an_id_are_no_former_account(
    app: App, owner: str, verdict: Verdict
) -> None:
    row(app, owner, metadata=CITES, ends=70)
    sale = judged(app)
    assert (sale.verdict, sale.former_row) == (verdict, None)


def test_what_another_profile_has_is_no_former_account_and_what_they_have_besides_is_said_of_nobody(
    app: App,
) -> None:
    row(app, EVERYBODY[BOB], metadata=CITES)
    sale = judged(app)
    assert (sale.verdict, sale.former_row, sale.given_to) == (Verdict.SERVED, None, EVERYBODY[BOB])
    row(app, metadata=CITES, ends=-1, created_at=at(-80))
    assert judged(app).given_to is None


def test_the_access_of_a_former_account_is_not_moved_where_another_one_is_in_its_place(app: App) -> None:
    row(app, FORMER, metadata=CITES)
    assert judged(app).former_row is not None
    row(app, ends=5)
    sale = judged(app)
    assert (sale.verdict, sale.former_row, sale.ends) == (Verdict.OWED, None, PAID + TERM)


@pytest.mark.parametrize(
    ("values", "in_the_way", "over"),
    [
        ({"ends": 5}, True, False),
        ({"ends": -1, "created_at": at(-90)}, True, True),
        ({"ends": 5, "created_at": None}, True, False),
        ({"ends": 5, "created_at": at(-9)}, False, False),  # made after the payment
        ({"ends": 5, "is_active": None}, False, False),
        ({"ends": -1, "created_at": at(-90), "is_active": False}, False, False),
    ],
)
def test_which_row_is_in_the_way_of_the_handlers(
    app: App, values: dict[str, Any], *, in_the_way: bool, over: bool
) -> None:
    row(app, **values)
    sale = judged(app)
    assert (sale.verdict, sale.row_in_way is not None) == (Verdict.OWED, in_the_way)
    assert sale.row_over is over


def test_who_wrote_a_row_is_told_by_it(app: App) -> None:
    row(app, metadata=CITES)
    assert judged(app).by_handler
    app.sql("update public.module_access set metadata = metadata || '{\"reconciled\": true}'")
    assert not judged(app).by_handler


@pytest.mark.parametrize(("ends", "used"), [(5, True), (None, True), (-1, False)])
def test_a_module_that_is_gone_is_in_use_where_an_access_in_force_names_it(
    own: App, ends: float | None, *, used: bool
) -> None:
    own.sql("alter table public.module_access drop constraint module_access_module_id_fkey")
    row(own, EVERYBODY[BOB], module_id=99, ends=ends, created_at=at(-90))
    sale = judged(own, bought(metadata={"items_ids": "99"}))
    assert (sale.verdict, sale.known_module, sale.module_in_use) == (Verdict.UNKNOWN_MODULE, False, used)


def test_a_line_item_names_a_module_by_the_one_title_that_is_not_named(own: App) -> None:
    own.sql("insert into public.modules (id, title) values (20, 'Twin'), (21, 'Twin')")
    titles = ("Stable diffusion", "Twin", " Cogstudio ", "cogstudio pack")
    items = {"data": [{"description": title} for title in titles]}
    found = every(own, bought(line_items=items))
    assert {(sale.module, sale.added) for sale in found} == {("15", False), ("6", True)}


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        # Ended before the end that the handler writes; of what reconcile wrote the term is not known.
        ({"ends": -1, "created_at": at(-9)}, Verdict.WITHDRAWN),
        ({"ends": -1, "created_at": at(-74)}, Verdict.SERVED),
        ({"ends": -1, "created_at": at(-9), "metadata": RECONCILED}, Verdict.SERVED),
        ({"ends": -1, "created_at": at(-9), "metadata": RECONCILED, "is_active": False}, Verdict.WITHDRAWN),
        # An end before its making was written so, unless somebody changed the row.
        ({"ends": -30, "created_at": at(-9), "updated_at": at(-9)}, Verdict.SERVED),
        ({"ends": -30, "created_at": at(-9), "updated_at": at(-8)}, Verdict.WITHDRAWN),
        # Without a time of its making an inactive row counts as ended, unless it was changed after its end.
        ({"ends": -30, "created_at": None, "updated_at": at(-20), "is_active": False}, Verdict.SERVED),
        ({"ends": -30, "created_at": None, "updated_at": at(-31), "is_active": False}, Verdict.WITHDRAWN),
    ],
)
def test_what_is_taken_for_ended_by_a_person(app: App, values: dict[str, Any], verdict: Verdict) -> None:
    row(app, **{"metadata": CITES, **values})
    assert judged(app).verdict is verdict


def test_an_access_of_a_token_ends_with_the_token(app: App) -> None:
    token(app, made=-9.5, ends=-1)
    row(app, token_id="tok", ends=-1, created_at=at(-9))
    assert judged(app).verdict is Verdict.OWED
    app.sql("update public.module_access set expires_at = %s", at(-4))
    assert judged(app).verdict is Verdict.WITHDRAWN


def test_of_several_that_were_taken_away_the_last_one_is_named(app: App) -> None:
    row(app, metadata=CITES, is_active=False, created_at=at(-8), access_type="last")
    row(app, metadata=CITES, is_active=False, created_at=at(-9))
    row(app, metadata=CITES, is_active=False, created_at=None)
    [(last,)] = app.sql("select id::text from public.module_access where access_type = 'last'")
    assert judged(app).taken_row == last


def test_what_this_tool_wrote_shorter_and_the_app_switched_off_at_its_end_was_not_taken_away(
    app: App,
) -> None:
    written = {"session_id": "cs_live_1", "reconciled": True}
    values: dict[str, Any] = {
        "user_id": CAROLS,
        "module_id": 15,
        "access_type": "purchase",
        "token_id": None,
    }
    ends = at(-3)
    mark = fingerprint.of({**values, "expires_at": ends.isoformat(), "is_active": True, "metadata": written})
    signed = json.dumps({**written, "run_id": "20260101-000000-abcdef", "fingerprint": mark})
    off: dict[str, Any] = {"created_at": at(-9), "updated_at": at(-1), "is_active": False}
    row(app, **{**values, **off, "ends": -3, "metadata": signed})
    assert judged(app).verdict is Verdict.SERVED
    app.sql("update public.module_access set expires_at = %s", at(-4))
    assert judged(app).verdict is Verdict.WITHDRAWN


@pytest.mark.parametrize(("minutes", "verdict"), [(4, Verdict.WITHDRAWN), (6, Verdict.OWED)])
def test_what_was_taken_away_before_the_payment_does_not_speak_for_it_but_for_clocks(
    app: App, minutes: int, verdict: Verdict
) -> None:
    row(app, created_at=at(-10 - minutes / 60), is_active=False)
    assert judged(app).verdict is verdict
