"""Which step of a payment's way each check speaks for, and what a report says of the steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from iahome_fix.domain.trace import ORDER, Said, State, Step
from iahome_fix.model import Kind, Link, Status

if TYPE_CHECKING:
    from iahome_fix.model import Report, Result

LEFT = "payments.unfulfilled"
"""What is left when every step holds today: from before the last repair, or nobody knows why."""

_STEPS = {
    "env.stripe-webhook-secret": Step.ACCEPTED,
    "env.stripe-secret-key": Step.ACCEPTED,
    "env.site-url": Step.ACCEPTED,
    "stripe.undelivered": Step.ACCEPTED,
    "payments.items-named": Step.UNDERSTOOD,
    "site.free-orders": Step.UNDERSTOOD,
    "site.checkout-address": Step.UNDERSTOOD,
    "payments.renewals": Step.UNDERSTOOD,
    "site.webhook-handler": Step.UNDERSTOOD,
    "site.source-webhook": Step.UNDERSTOOD,
    "site.source-metadata": Step.UNDERSTOOD,
    "site.source-checkout": Step.SENT,
    "schema.profiles": Step.CUSTOMER,
    "payments.unknown-customer": Step.CUSTOMER,
    "data.email-case": Step.CUSTOMER,
    "data.profile-email": Step.CUSTOMER,
    "data.profiles-missing": Step.CUSTOMER,
    "schema.modules": Step.MODULE,
    "payments.no-module": Step.MODULE,
    "data.row-in-the-way": Step.FREE,
    "data.rows-lost": Step.KEPT,
    "data.deactivated": Step.KEPT,
    "data.ended-early": Step.KEPT,
    "data.account-remade": Step.SHOWN,
    "data.owner-form": Step.SHOWN,
    "permissions.owner-reads": Step.SHOWN,
    "site.encours": Step.SHOWN,
    "site.source-filters": Step.SHOWN,
    "site.source-tables": Step.SHOWN,
    "site.source-page-columns": Step.SHOWN,
    "site.source-page-variables": Step.SHOWN,
    "site.source-columns": Step.WRITTEN,
}
_OF_SOME = (
    *("stripe.undelivered", "site.free-orders", "site.checkout-address", "site.webhook-handler"),
    "schema.customers-refused",
)
"""Checks that speak of some payments; those of the links data and payments all do."""
_OF_LINKS = {
    "env": Step.WRITTEN,
    "supabase": Step.WRITTEN,
    "schema": Step.WRITTEN,
    "permissions": Step.WRITTEN,
    "stripe": Step.SENT,
    "site": Step.ACCEPTED,
}


def step_of(check_id: str) -> Step | None:
    """The step that a check speaks for; None for one that is not about the way of a payment."""
    return _STEPS.get(check_id) or _OF_LINKS.get(check_id.partition(".")[0])


def general(report: Report) -> tuple[Said, ...]:
    """What a report says of every payment that comes today, in the order of the steps and of the chain.

    What a check says of some payments only is not among it.
    """
    found = tuple(said for result in report.results for said in _said(result))
    return tuple(said for step in ORDER for said in found if said.step is step)


def _said(result: Result) -> Iterator[Said]:
    step = step_of(result.check.id)
    some = result.check.link in (Link.DATA, Link.PAYMENTS) or result.check.id in _OF_SOME
    if step is None or some or result.check.kind is not Kind.FUNCTION:
        return
    if result.status is Status.FAIL:
        yield Said(step, State.STOPS, result.check.id, result.finding.detail)
    elif result.status is Status.UNKNOWN or (
        result.status is Status.SKIPPED and not result.finding.not_asked
    ):
        yield Said(step, State.UNKNOWN, result.check.id, result.finding.detail)
    elif result.status is Status.BLOCKED:
        yield Said(step, State.UNKNOWN, result.check.id)
