"""What keeps anybody's module from appearing: the doctor's chain, asked for the parts that a customer needs.

The runner itself says what stands in the way of a step: each step is a check that finds nothing by itself and
needs what the step needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.checks import needed
from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.runner import run_checks
from iahome_fix.checks.schema.customers_refused import ID as REFUSED
from iahome_fix.explain.rows import moment
from iahome_fix.model import Check, Kind, Link, Result, Status, ok

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen
    from iahome_fix.model import Finding, Report
    from iahome_fix.systems.stripe_payments import Payment

PAGE, TOKEN, PAYMENT = "explain.page", "explain.token", "explain.payment"

_TABLES = ("schema.module-access", "schema.columns", "schema.profiles", "schema.modules")
_LINKS = (Link.ENV, Link.SUPABASE, Link.SCHEMA, Link.PERMISSIONS, Link.STRIPE, Link.SITE)
# They judge by the payments of all customers, which are not read here.
_OF_EVERYBODY = (
    *("data.rows-lost", "stripe.undelivered", "payments.renewals", "site.free-orders"),
    "site.webhook-handler",
)
_AT_THE_BROWSER = ("supabase.reachable", "schema.cache", "site.encours")
"""What the page needs beyond the database, so that reading there as the customer does not show it."""


def _nothing(_seen: Seen) -> Finding:
    return ok("")


def _step(name: str, needs: tuple[str, ...], after: tuple[str, ...]) -> Check:
    return Check(name, Link.PAYMENTS, Kind.FUNCTION, "", needs, _nothing, after)


_STEPS = (
    _step(PAGE, ("supabase.database",), (*_TABLES, *_AT_THE_BROWSER, "permissions.owner-reads")),
    _step(
        TOKEN,
        ("supabase.database",),
        (*_TABLES, "schema.access-tokens", "schema.types", "schema.one-active-access", "schema.sequence"),
    ),
    _step(PAYMENT, needed.READING, (*needed.WRITING, *needed.ARRIVING)),
)
_CHECKS = (
    *(c for c in CHAIN if c.link in _LINKS and c.kind is Kind.FUNCTION and c.id not in _OF_EVERYBODY),
    *_STEPS,
)
_PLACE = {check.id: place for place, check in enumerate(CHAIN)}


@dataclass(frozen=True)
class Structure:
    """The chain's report, asked by step."""

    report: Report

    def causes(self, step: str) -> tuple[Result, ...]:
        """The failing checks that stand in the way of a step, first link first."""
        found = self.report.result(step).finding
        if found.status is not Status.BLOCKED:
            return ()
        ids = sorted(found.because_of, key=lambda check_id: _PLACE.get(check_id, len(_PLACE)))
        return tuple(r for i in ids if (r := self._result(i)) is not None and r.status is Status.FAIL)

    @property
    def page_unreachable(self) -> tuple[Result, ...]:
        """The failing checks by which the browser cannot show what the database would give."""
        found = (self._result(check_id) for check_id in _AT_THE_BROWSER)
        return tuple(result for result in found if result is not None and result.status is Status.FAIL)

    @property
    def hides_new_rows(self) -> tuple[Result, ...]:
        """The failing check by which each new access looks as if it had been withdrawn, if there is one."""
        found = self._result("schema.grant-accepted")
        hides = found is not None and found.status is Status.FAIL and found.finding.evidence.get("hides")
        return (found,) if found is not None and hides else ()

    def without(self, variables: tuple[str, ...]) -> tuple[str, ...]:
        """The ids of the checks that were skipped for want of these variables."""
        wanted = list(variables)
        return tuple(r.check.id for r in self.report.results if r.finding.evidence.get("variables") == wanted)

    @property
    def refusing(self) -> tuple[Result, ...]:
        """The failing check that names what refuses the rows of single customers, if it does."""
        found = self._result(REFUSED)
        return (found,) if found is not None and found.status is Status.FAIL else ()

    def _result(self, check_id: str) -> Result | None:
        return next((r for r in self.report.results if r.check.id == check_id), None)


def look(ctx: Context) -> Structure:
    """Run the chain as far as it bears on one customer."""
    return Structure(run_checks(_CHECKS, ctx))


def failing_for_everybody(ctx: Context) -> tuple[Result, ...]:
    """What fails among the checks that judge by the payments of all customers.

    `ctx` reads the sessions of all customers, as the doctor does.
    """
    results = run_checks([c for c in CHAIN if c.id in _OF_EVERYBODY], ctx).results
    return tuple(result for result in results if result.status is Status.FAIL)


def concerns(result: Result, session: Payment) -> bool:
    """Whether such a check speaks of this payment, too: by the few that it names, or by their time."""
    evidence = result.finding.evidence
    if session.id in evidence.get("sessions", ()):
        return True
    since, before = moment(evidence.get("since")), moment(evidence.get("before"))
    oldest, newest = moment(evidence.get("oldest")), moment(evidence.get("newest"))
    return bool(
        (since and session.created >= since)
        or (before and session.moment < before)
        or (oldest and newest and oldest <= session.created <= newest)
    )
