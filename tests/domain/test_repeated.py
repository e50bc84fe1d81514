"""What is called paid twice, on hand-made sales."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from iahome_fix.domain.repeated import paid_again
from iahome_fix.domain.sale import Sale, Verdict
from tests.domain.test_sale import NOW, SALE, paid_by, session


def sale(number: int, minutes: float, *, cited: bool = False, **more: object) -> Sale:
    """A served sale of one customer for module 15, paid so many minutes ago."""
    created = NOW - timedelta(hours=5, minutes=minutes)
    paid = session(id=f"cs_{number}", created=int(created.timestamp()), **paid_by(age=NOW - created), **more)
    return replace(SALE, session=paid, owner="carol", module="15", verdict=Verdict.SERVED, cited=cited)


def ids(*sales: Sale) -> list[str]:
    return [one.session.id for one in paid_again(sales)]


def test_all_but_the_one_with_the_row_are_named() -> None:
    assert ids(sale(1, 30), sale(2, 20, cited=True), sale(3, 10)) == ["cs_1", "cs_3"]


def test_where_no_row_cites_any_the_first_one_was_bought() -> None:
    assert ids(sale(1, 30), sale(2, 20)) == ["cs_2"]


def test_who_is_served_twice_or_at_another_time_or_elsewhere_did_not_pay_twice() -> None:
    first = sale(1, 300, cited=True)
    assert ids(first, sale(2, 290, cited=True)) == []
    assert ids(first, sale(2, 200)) == []
    assert ids(first, replace(sale(2, 290), module="6")) == []
    assert ids(first, replace(sale(2, 290), owner="bob")) == []
    assert ids(first, replace(sale(2, 290), owner=None)) == []
    assert ids(first, replace(sale(2, 290), verdict=Verdict.OWED)) == []


def test_what_cost_nothing_or_was_refunded_in_part_or_is_a_renewal_is_none_of_it() -> None:
    first, again = sale(1, 30, cited=True), sale(2, 20)
    both = {"items_ids": "15,6"}
    assert ids(first, sale(2, 20, amount_total=0)) == []
    assert ids(first, sale(2, 20, metadata=both)) == ["cs_2"]
    part = replace(sale(2, 20, metadata=both).session, refunded_amount=400)
    assert ids(first, replace(again, session=part)) == []
    assert ids(first, replace(again, session=replace(again.session, payment_id=again.session.id))) == []
