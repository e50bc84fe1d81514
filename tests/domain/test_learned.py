"""How long a module was sold, by the rows that the handler wrote: the rule, and what the database says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iahome_fix.cli.terms import parsed
from iahome_fix.domain import learned
from iahome_fix.domain.lengths import LATEST, Length, distinct, length_of
from iahome_fix.domain.terms import Terms
from iahome_fix.errors import UsageError
from iahome_fix.profile import MODULE_ACCESS, USER_APPLICATIONS_MONTH, USER_APPLICATIONS_YEAR
from iahome_fix.profile.model import Term

MONTH, YEAR = Length(months=1), Length(months=12)


def days(count: int) -> Length:
    return Length(timedelta(days=count))


def at(month: int, day: int = 1) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def group(fits: str, first: datetime, last: datetime | None = None, module: str = "metube") -> dict[str, Any]:
    """One row of sql/domain/terms."""
    moments = {"first": first.isoformat(), "last": (last or first).isoformat()}
    return {"module_id": module, "fits": fits.split(), "rows": 1, **moments}


def texts(*rows: dict[str, Any], paid: datetime, module: str = "metube") -> tuple[str, ...]:
    """Which lengths a payment may have bought."""
    found = learned.of_rows(rows, USER_APPLICATIONS_MONTH)
    return tuple(one.text for one in distinct(found.of(module, paid), paid))


def test_a_month_is_counted_as_the_handler_counts_it() -> None:
    assert MONTH.after(datetime(2026, 1, 31, 8, 30, tzinfo=UTC)) == datetime(2026, 3, 3, 8, 30, tzinfo=UTC)
    assert MONTH.after(datetime(2026, 12, 15, tzinfo=UTC)) == datetime(2027, 1, 15, tzinfo=UTC)
    assert YEAR.after(datetime(2024, 2, 29, tzinfo=UTC)) == datetime(2025, 3, 1, tzinfo=UTC)
    for late in (LATEST - timedelta(days=3), datetime.max.replace(tzinfo=UTC)):
        assert MONTH.after(late) == YEAR.after(late) == days(90).after(late) == LATEST


@pytest.mark.parametrize("text", ["72h", "30d", "14d", "month", "year"])
def test_a_length_is_said_as_it_is_read(text: str) -> None:
    assert length_of(text, "--x").text == text


def test_one_length_of_all_rows_is_that_of_all_times() -> None:
    rows = [group("90d", at(3), at(5))]
    assert texts(*rows, paid=at(1)) == texts(*rows, paid=at(4)) == texts(*rows, paid=at(9)) == ("90d",)


def test_a_version_that_sold_for_another_length_has_rows_of_another_time() -> None:
    rows = [group("month", at(1), at(3)), group("30d", at(5), at(8))]
    assert texts(*rows, paid=at(2)) == ("month",)
    assert texts(*rows, paid=at(7)) == ("30d",)
    assert texts(*rows, paid=at(12)) == ("30d",)
    # Between the two it may be either; in April they are the same, which is enough.
    assert texts(*rows, paid=at(3, 20)) == ("30d", "month")
    assert texts(*rows, paid=at(4, 10)) == ("30d",)


def test_rows_of_one_time_that_say_different_things_leave_it_open() -> None:
    rows = [group("30d", at(1), at(6)), group("90d", at(2), at(8))]
    for month in (1, 4, 9):
        assert texts(*rows, paid=at(month)) == ("30d", "90d")


def test_a_row_that_somebody_made_longer_is_no_version_of_the_app() -> None:
    usual = {**group("30d", at(1), at(8)), "rows": 20}
    assert texts(usual, {**group("90d", at(3)), "rows": 2}, paid=at(4)) == ("30d",)
    assert texts(usual, {**group("90d", at(3)), "rows": 3}, paid=at(4)) == ("30d", "90d")
    # Of another time it is another version, however few there are.
    assert texts(usual, {**group("90d", at(11)), "rows": 1}, paid=at(12)) == ("90d",)


def test_what_fits_two_lengths_is_told_by_the_rows_that_fit_one() -> None:
    both = group("30d month", at(4), at(6))
    assert texts(both, group("month", at(7)), paid=at(8)) == ("month",)
    assert texts(both, group("30d", at(7)), paid=at(8)) == ("30d",)
    # By itself it leaves the day open by which they differ.
    assert texts(both, paid=at(7)) == ("30d", "month")
    # Rows of another length say nothing of it.
    assert texts(both, group("90d", at(9)), paid=at(5)) == ("30d", "month")


def test_a_module_without_a_row_may_have_been_sold_for_each_length_of_its_version() -> None:
    assert texts(paid=at(1)) == ("30d", "month", "90d")
    assert texts(group("90d", at(1)), paid=at(1), module="other") == ("30d", "month", "90d")
    guide = learned.of_rows([], MODULE_ACCESS)
    assert guide.of("15", at(1)) == (Length(timedelta(hours=72)),)
    year = learned.of_rows([], USER_APPLICATIONS_YEAR)
    assert year.of("15", at(1)) == (days(365),)


def test_what_the_operators_file_states_is_asked_of_no_row() -> None:
    rows = [group("90d", at(1)), group("90d", at(1), module="own")]
    stated = replace(USER_APPLICATIONS_MONTH, term=Term(timedelta(days=60), is_stated=True))
    assert learned.of_rows(rows, stated).of("metube", at(1)) == (days(60),)
    single = Term(timedelta(days=30), by_module=(("own", timedelta(days=7)),), sells=("30d", "90d"))
    found = learned.of_rows(rows, replace(USER_APPLICATIONS_MONTH, term=single))
    assert (found.of("own", at(1)), found.of("metube", at(1))) == ((days(7),), (days(90),))


def test_the_operators_word_counts_before_the_rows_and_that_of_a_module_before_that_of_all() -> None:
    rows = learned.of_rows([group("90d", at(1))], USER_APPLICATIONS_MONTH)
    terms = Terms(at(1), timedelta(days=30), learned=rows)
    assert terms.sold_until(at(1), "metube") == at(1) + timedelta(days=90)
    assert terms.candidates(at(1), "metube") == ()
    assert terms.candidates(at(1), "other") == ("30d", "month", "90d")
    assert terms.covered_from(at(1), "other") == at(1) + timedelta(days=30)
    assert terms.sold_until(at(1), "other") == at(1) + timedelta(days=90)
    said = replace(terms, by_module={"other": days(7)})
    assert (said.candidates(at(1), "other"), said.sold_until(at(1), "other")) == ((), at(1, 8))
    every = replace(said, chosen=days(2))
    assert (every.sold_until(at(1), "metube"), every.sold_until(at(1), "other")) == (at(1, 3), at(1, 8))
    assert replace(terms, from_now=True).ends(at(1), at(2), "metube") == at(2) + timedelta(days=90)


def test_two_thousand_modules_are_no_more_than_two_thousand_entries() -> None:
    rows = [group("30d", at(1), module=f"m{number}") for number in range(2_000)]
    found = learned.of_rows(rows, USER_APPLICATIONS_MONTH)
    assert {found.of(f"m{number}", at(2)) for number in range(2_000)} == {(days(30),)}


def test_the_option_takes_one_length_for_all_and_one_for_each_module() -> None:
    _since, every, single = parsed("90d", ["72h", "librespeed=30d", "a=b=month"])
    assert (every, single) == (Length(timedelta(hours=72)), {"librespeed": days(30), "a=b": MONTH})
    assert parsed("90d", None)[1:] == (None, {})
    assert parsed("90d", ["30d", "30d"])[1] == days(30)
    for wrong in (["30d", "90d"], ["metube=30d", "metube=90d"], ["=30d"], ["metube="], ["metube"]):
        with pytest.raises(UsageError) as refusal:
            parsed("90d", wrong)
        assert "--access-duration" in refusal.value.message
