"""Which profile a shop is judged by, from what was seen of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iahome_fix.profile.seen import FIRST, GUIDE, LATER, ONLY_MONTH, Seen, TableSeen
from iahome_fix.profile.shop import contradiction, shop_of
from iahome_fix.profile.signs import Outside

NOW = datetime(2026, 3, 1, tzinfo=UTC)
GUIDES_COLUMNS = frozenset(("id", "user_id", "module_id", "is_active"))
MONTHS_COLUMNS = frozenset((*GUIDES_COLUMNS, "module_title", "usage_count", "max_usage"))


def table(age: float | None = None, version: str | None = None, **more: Any) -> TableSeen:
    """One that the handler wrote last so many days ago."""
    newest = None if age is None else NOW - timedelta(days=age)
    given = {"rows": age is not None, "unmatched": newest, "columns": GUIDES_COLUMNS, **more}
    return TableSeen(kind="r", newest=newest, version=version, **given)


def chosen(guide: TableSeen, later: TableSeen, **more: Any) -> tuple[str, bool]:
    shop = shop_of(Seen({GUIDE: guide, LATER: later}, **more))
    return shop.profile.name, shop.other is not None


ABSENT = TableSeen()
YEAR, MONTH = "user_applications_year", "user_applications_month"


@pytest.mark.parametrize(
    ("guide", "later", "name", "doubt"),
    [
        # The guide's, with the other table empty, or absent, or older.
        (table(0.1), table(), GUIDE, False),
        (table(0.1), ABSENT, GUIDE, False),
        (table(0.1), table(3, "year"), GUIDE, False),
        # Its table was never made, and nothing but an unused one of the other version is there.
        (ABSENT, table(), GUIDE, False),
        (ABSENT, ABSENT, GUIDE, False),
        # Rows of nobody's handler say little.
        (ABSENT, table(rows=True), GUIDE, True),
        # The later versions, by what their handlers wrote.
        (ABSENT, table(0.1, "year"), YEAR, False),
        (ABSENT, table(0.1, "month"), MONTH, False),
        # Somebody made the guide's table beside them; empty, or filled by this tool.
        (table(), table(0.1, "month"), MONTH, False),
        (table(rows=True), table(0.1, "month"), MONTH, True),
        # Their table as they have it, with no row yet, and no other.
        (ABSENT, table(columns=MONTHS_COLUMNS), MONTH, False),
        # Both are written: in the middle of a change, and long after it.
        (table(0.2), table(0.1, "year"), GUIDE, True),
        (table(40), table(0.1, "month"), MONTH, True),
        # The other one has the same accesses as well: nothing is missing in the guide's.
        (table(0.2), table(0.1, "year", unmatched=None), GUIDE, False),
    ],
)
def test_the_rows_of_the_handlers_tell_the_version(
    guide: TableSeen, later: TableSeen, name: str, doubt: bool
) -> None:
    assert chosen(guide, later) == (name, doubt)


def test_the_page_decides_where_it_is_seen() -> None:
    guide, later = table(0.2), table(0.1, "year")
    assert chosen(guide, later, page=frozenset((LATER,))) == (YEAR, False)
    assert chosen(guide, later, page=frozenset((GUIDE,))) == (GUIDE, False)
    assert chosen(guide, later, page=frozenset((GUIDE, LATER))) == (GUIDE, True)
    assert chosen(guide, replace(later, reads=5)) == (YEAR, False)
    assert chosen(replace(guide, reads=5), later) == (GUIDE, False)
    # Its webhook grants in the other table: where it lies, the page does not read.
    assert chosen(table(reads=5), later) == (GUIDE, True)


def test_what_could_not_be_read_speaks_for_no_other_version() -> None:
    shop = shop_of(Seen(told=False))
    assert shop.profile.name == GUIDE
    assert "nothing could be read" in shop.why


UNREAD = TableSeen(kind="r", columns=GUIDES_COLUMNS, unread=True)


@pytest.mark.parametrize(
    ("guide", "later", "certain"),
    [
        # Held by somebody else it is no empty table: the other one's rows do not decide.
        (UNREAD, table(3, "year"), False),
        (ABSENT, UNREAD, False),
        (table(), UNREAD, False),
        # Nothing speaks for the other one, or what was read decides.
        (UNREAD, ABSENT, True),
        (UNREAD, table(), True),
        (table(0.1), UNREAD, True),
    ],
)
def test_a_table_that_gave_no_answer_is_no_empty_one(
    guide: TableSeen, later: TableSeen, certain: bool
) -> None:
    shop = shop_of(Seen({GUIDE: guide, LATER: later}))
    assert (shop.profile.name, shop.certain) == (GUIDE, certain)
    assert shop_of(Seen({GUIDE: guide, LATER: later}, page=frozenset((LATER,)))).certain


EARLY_PATH, LATE_PATH = "/api/webhooks/stripe", "/api/stripe-webhook"


def outside(
    sends: str | None = None, sells: str | None = None, answers: str | None = None, *silent: str
) -> Outside:
    """Of each: what it says (several with blanks between), "" for nothing, None where it was not told."""
    sets = [None if one is None else frozenset(one.split()) for one in (sends, sells, answers)]
    return Outside(sets[0], sets[1], sets[2], silent)


GUIDES_ROWS = table(rows=True)
"""Rows of nobody's handler."""


@pytest.mark.parametrize("guide", [ABSENT, table()])
@pytest.mark.parametrize("later", [ABSENT, table()])
@pytest.mark.parametrize(
    ("found", "name", "certain"),
    [
        # A plain shop of the guide, also one to which nobody sends yet, and one where nobody can be asked.
        (outside(EARLY_PATH, "items_ids", EARLY_PATH), GUIDE, True),
        (outside(EARLY_PATH, "", ""), GUIDE, True),
        (outside("", "", ""), GUIDE, True),
        (outside(None, None, None), GUIDE, True),
        (outside(None, None, EARLY_PATH, "Stripe"), GUIDE, True),
        (outside("", "", None), GUIDE, True),
        # A later one: what the app does is enough, an address that somebody registered is not.
        (outside(LATE_PATH, "moduleId", LATE_PATH), MONTH, True),
        (outside(None, None, LATE_PATH, "Stripe"), MONTH, True),
        (outside(LATE_PATH, "moduleId", None), MONTH, True),
        (outside("/api/stripe/webhook", "", ""), MONTH, False),
        # The address is wrong, and the app says so.
        (outside(LATE_PATH, "items_ids", EARLY_PATH), GUIDE, True),
        # Or only the checkout is seen, and the site answers nowhere: an address alone is a wrong one.
        (outside(LATE_PATH, "items_ids", None), GUIDE, True),
        (outside(LATE_PATH, "items_ids", ""), GUIDE, True),
        (outside(EARLY_PATH, "moduleId", LATE_PATH), MONTH, True),
        # The checkout names what it sells by other keys than its handler reads.
        (outside(EARLY_PATH, "moduleId", EARLY_PATH), GUIDE, True),
        (outside("", "moduleId", EARLY_PATH), GUIDE, True),
        (outside("", "moduleId", None), GUIDE, False),
        (outside("", "moduleId", f"{EARLY_PATH} {LATE_PATH}"), GUIDE, False),
        (outside(EARLY_PATH, "moduleId", None), GUIDE, False),
        # In the middle of a change.
        (outside(LATE_PATH, "moduleId", EARLY_PATH), GUIDE, False),
        (outside("", "items_ids", LATE_PATH), GUIDE, False),
        (outside("", "items_ids moduleId", f"{EARLY_PATH} {LATE_PATH}"), GUIDE, False),
        # Silence is no sign of a version of which there is no row.
        (outside(None, None, "", "Stripe"), GUIDE, True),
        (outside(None, None, None, "Stripe", "https://shop.test"), GUIDE, True),
    ],
)
def test_where_no_row_tells_stripe_and_the_site_do(
    guide: TableSeen, later: TableSeen, found: Outside, name: str, certain: bool
) -> None:
    seen = Seen({GUIDE: guide, LATER: later}, outside=found)
    assert not replace(seen, outside=None).settled
    shop = shop_of(seen)
    assert (shop.profile.name, shop.certain) == (name, certain), shop.why
    assert shop.certain or shop.settles


def test_who_did_not_tell_has_not_said_that_rows_of_another_version_mean_nothing() -> None:
    by_hand = table(rows=True)
    silent = outside(None, None, None, "Stripe", "https://shop.test")
    shop = shop_of(Seen({GUIDE: ABSENT, LATER: by_hand}, outside=silent))
    assert (shop.profile.name, shop.other, shop.certain) == (GUIDE, LATER, False)
    assert "Stripe, https://shop.test did not say" in shop.why
    assert shop.settles
    empty = shop_of(Seen({GUIDE: ABSENT, LATER: table()}, outside=silent))
    assert (empty.profile.name, empty.certain) == (GUIDE, True)
    assert "did not say where payments are sent" in empty.why


def test_rows_that_are_there_are_enough_for_one_more() -> None:
    silent = outside(None, None, None, "Stripe")
    assert shop_of(Seen({GUIDE: GUIDES_ROWS, LATER: ABSENT}, outside=silent)).certain
    late = shop_of(Seen({GUIDE: GUIDES_ROWS, LATER: ABSENT}, outside=outside(LATE_PATH, "moduleId", "")))
    assert (late.profile.name, late.other) == (MONTH, GUIDE)


def test_the_keys_of_the_sessions_are_enough_where_the_table_is_that_of_the_last_versions() -> None:
    later = table(columns=ONLY_MONTH)
    keys = outside("", "moduleId", f"{EARLY_PATH} {LATE_PATH}")
    shop = shop_of(Seen({GUIDE: table(), LATER: later}, outside=keys))
    assert (shop.profile.name, shop.certain) == (MONTH, True)


@pytest.mark.parametrize("how", ["hidden", "unread"])
def test_rows_that_cannot_be_seen_are_not_none(how: str) -> None:
    unseen = replace(ABSENT, kind="r", columns=GUIDES_COLUMNS, unread=how == "unread", hidden=how == "hidden")
    early = outside(EARLY_PATH, "items_ids", EARLY_PATH)
    # The version that sold for a year had the same keys and the same address.
    assert not shop_of(Seen({GUIDE: ABSENT, LATER: unseen}, outside=early)).certain
    assert not shop_of(Seen({GUIDE: unseen, LATER: table(1, "year")}, outside=early)).certain
    late = shop_of(Seen({GUIDE: ABSENT, LATER: unseen}, outside=outside("", "moduleId", LATE_PATH)))
    assert (late.profile.name, late.certain) == (MONTH, True)
    assert shop_of(Seen({GUIDE: table(1), LATER: unseen})).certain


def test_the_handlers_source_tells_where_the_page_is_not_given() -> None:
    rows = {GUIDE: table(0.1), LATER: table(3, "year")}
    handler = frozenset((LATER,))
    assert shop_of(Seen(rows, handler=handler)).profile.name == YEAR
    both = Seen(rows, page=frozenset((GUIDE,)), handler=handler)
    assert (shop_of(both).profile.name, shop_of(both).other) == (GUIDE, LATER)
    assert "writes user_applications" in (contradiction(shop_of(both), both, Outside()) or "")
    assert contradiction(shop_of(both), replace(both, handler=frozenset((GUIDE,))), Outside()) is None


def test_what_is_asked_of_others_is_asked_only_where_the_tables_do_not_tell() -> None:
    assert Seen({GUIDE: table(1), LATER: table(3, "year")}).settled
    assert Seen({GUIDE: ABSENT, LATER: table(1, "month")}).settled
    assert Seen({GUIDE: ABSENT, LATER: table(columns=MONTHS_COLUMNS)}).settled
    assert Seen({GUIDE: ABSENT, LATER: table(writes=3)}).settled
    assert Seen(told=False).settled
    assert Seen({GUIDE: table(), LATER: ABSENT}, page=frozenset((LATER,))).settled


def test_a_server_that_is_seen_to_write_a_table_tells_the_version() -> None:
    assert chosen(table(), table(writes=3)) == (YEAR, False)
    assert chosen(table(writes=3), table()) == (GUIDE, False)
    assert chosen(table(writes=3), table(writes=3)) == (GUIDE, False)


@pytest.mark.parametrize(("sold_by", "certain"), [((), False), (None, False), (("items_ids",), True)])
def test_the_table_of_the_first_version_alone_tells_no_profile(
    sold_by: tuple[str, ...] | None, certain: bool
) -> None:
    outside = Outside(sold_by=None if sold_by is None else frozenset(sold_by))
    found = shop_of(Seen({FIRST: TableSeen(kind="r")}, outside=outside))
    assert (found.profile.name, found.certain) == (GUIDE, certain)
    assert (FIRST in found.why) is not certain
    assert shop_of(Seen({FIRST: TableSeen(kind="r"), GUIDE: table()}, outside=outside)).certain
