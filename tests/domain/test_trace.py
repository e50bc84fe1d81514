"""The nine steps of a payment's way: what stops it first, and what a report says of each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.overview import overview
from iahome_fix.checks.steps import LEFT, general, step_of
from iahome_fix.domain.sums import Overview, Reason, Sums
from iahome_fix.domain.trace import ORDER, Said, Stage, State, Step, stop, trace
from iahome_fix.facts.sales import unserved
from iahome_fix.model import Finding, Report, Result, Status
from tests.domain.test_sale import SALE

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context

CHECKS = {check.id: check for check in CHAIN}


def report(**statuses: Status) -> Report:
    """A report in which these checks (`_` for `.` and then `-`) say so, and all others are fine."""
    named = {name.replace("__", ".").replace("_", "-"): status for name, status in statuses.items()}
    assert named.keys() <= CHECKS.keys()
    return Report(
        tuple(
            Result(check, Finding(named.get(check.id, Status.OK), f"what {check.id} says")) for check in CHAIN
        )
    )


def test_where_nothing_is_said_every_step_holds() -> None:
    stages = trace(())
    assert [stage.step for stage in stages] == list(ORDER) == list(Step)
    assert {stage.state for stage in stages} == {State.HOLDS}
    assert stop(stages) is None


def test_a_payment_stops_at_the_first_step_that_stops_it() -> None:
    written = Said(Step.WRITTEN, State.STOPS, "schema.types", "no")
    sent = Said(Step.SENT, State.STOPS, "stripe.endpoint", "none")
    assert stop(trace([written])) == Stage(Step.WRITTEN, State.STOPS, "schema.types", "no")
    assert stop(trace([written, sent])) == Stage(Step.SENT, State.STOPS, "stripe.endpoint", "none")


def test_what_stops_comes_before_what_cannot_be_told_and_what_is_its_own_before_what_is_everybodys() -> None:
    untold = Said(Step.SENT, State.UNKNOWN, None, "older than 30 days")
    general_stop = Said(Step.SENT, State.STOPS, "stripe.endpoint", "none")
    own_stop = Said(Step.SENT, State.STOPS, "stripe.undelivered", "waits")
    assert trace([], [untold])[0].state is State.UNKNOWN
    assert trace([general_stop], [untold])[0].check == "stripe.endpoint"
    assert trace([general_stop], [own_stop])[0].check == "stripe.undelivered"


@pytest.mark.parametrize(
    ("check", "step"),
    [
        ("stripe.endpoint-events", Step.SENT),
        ("site.webhook-secret", Step.ACCEPTED),
        ("site.webhook-handler", Step.UNDERSTOOD),
        ("payments.unknown-customer", Step.CUSTOMER),
        ("payments.no-module", Step.MODULE),
        ("data.row-in-the-way", Step.FREE),
        ("schema.module-access", Step.WRITTEN),
        ("permissions.service-role", Step.WRITTEN),
        ("data.rows-lost", Step.KEPT),
        ("permissions.owner-reads", Step.SHOWN),
        ("data.tokens-without-access", None),
        ("payments.unfulfilled", None),
    ],
)
def test_each_check_speaks_for_its_step(check: str, step: Step | None) -> None:
    assert check in CHECKS
    assert step_of(check) is step


def test_what_fails_stops_and_what_could_not_be_told_is_not_called_fine() -> None:
    found = general(report(stripe__endpoint=Status.FAIL, schema__types=Status.UNKNOWN))
    assert [(said.step, said.state, said.check) for said in found] == [
        (Step.SENT, State.STOPS, "stripe.endpoint"),
        (Step.WRITTEN, State.UNKNOWN, "schema.types"),
    ]
    for quiet in (Status.OK, Status.WARN):
        assert general(report(schema__types=quiet)) == ()
    (blocked,) = general(report(schema__types=Status.BLOCKED))
    assert (blocked.step, blocked.state) == (Step.WRITTEN, State.UNKNOWN)


def test_what_is_about_some_payments_or_about_safety_stops_nobody_else() -> None:
    assert general(report(data__email_case=Status.FAIL, payments__no_module=Status.FAIL)) == ()
    assert general(report(permissions__anon=Status.FAIL)) == ()


class Known:
    """A run that read these sales."""

    def __init__(self, *sales: object) -> None:
        self.sales = sales

    @property
    def results(self) -> Mapping[str, Result]:
        """No check said anything."""
        return {}

    def known(self, _name: str) -> tuple[object, ...]:
        return self.sales

    def see(self, fact: object, _args: object) -> object:
        """None of them is served, and no check speaks for any of them but by what the sale shows."""
        return self.sales if fact is unserved else {}

    def status(self, _check: str) -> None:
        """None was blocked."""


def reasons(found: Overview | None) -> list[tuple[str, str | None, int]]:
    assert found is not None
    return [(r["check"], r["step"], r["sales"]) for r in found.as_json()["reasons"]]


def test_the_sums_name_the_step_at_which_sales_stop_the_earlier_ones_first() -> None:
    odd = replace(SALE, odd=True, module="6")
    looked = cast("Context", Known(SALE, odd, replace(SALE, module="13")))
    broken = report(schema__types=Status.FAIL)
    assert reasons(overview(looked, broken)) == [
        ("data.email-case", "customer", 1),
        ("schema.types", "written", 2),
    ]
    assert reasons(overview(cast("Context", Known(SALE)), report())) == [(LEFT, None, 1)]


def test_of_causes_at_one_step_the_one_of_more_sales_comes_first() -> None:
    def reason(check: str, step: Step | None, sales: int) -> Reason:
        return Reason(check, step, Sums(sales=sales, customers=sales))

    found = Overview(
        Sums(),
        Sums(),
        Sums(),
        (
            reason("site.webhook-handler", Step.UNDERSTOOD, 5),
            reason("site.free-orders", Step.UNDERSTOOD, 1),
            reason("schema.customers-refused", Step.WRITTEN, 9),
            reason(LEFT, None, 2),
        ),
    )
    chain = ("schema.customers-refused", "data.deactivated", "site.free-orders", "site.webhook-handler", LEFT)
    assert found.arranged(chain) == (*chain[:2], chain[3], chain[2], LEFT)
    assert Overview(Sums(), Sums(), Sums()).arranged(chain) == chain
