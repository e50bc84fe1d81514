"""Which profile a shop is judged by, from what was seen of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iahome_fix.profile.shop import GUIDE, LATER, Seen, TableSeen, shop_of

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
