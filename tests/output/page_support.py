"""Reports made by hand for the tests of the page: real checks of the chain, invented findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.ledger import Ledger, Waiting
from iahome_fix.domain.over_time import over_time
from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.domain.sums import Overview, Reason, sums_of
from iahome_fix.domain.trace import Step
from iahome_fix.model import Finding, Report, Result, ok
from iahome_fix.output.page.build import Target, view
from iahome_fix.output.page.view import View
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.journal.journal import Journal
from iahome_fix.systems.stripe_payments import Payment

NOW = datetime(2026, 11, 30, 2, 14, tzinfo=UTC)
TARGET = Target("https://iahome.fr", "abcdefghijklmnopqrst", "db.example.test:5432/postgres", "live")
MISSING = "schema.module-access"
LEFT = "payments.unfulfilled"


def report(found: Mapping[str, Finding], sales: Overview | None = None) -> Report:
    """Every check of the chain: what is found of those that are named, the others are fine."""
    results = (Result(check, found.get(check.id, ok("as it should be", rows=3))) for check in CHAIN)
    return Report(tuple(results), sales)


def sale(
    number: int,
    verdict: Verdict = Verdict.SERVED,
    *,
    days: float = 1.0,
    email: str = "",
    currency: str = "eur",
) -> Sale:
    """One module that a customer of that number paid for, so many days ago."""
    paid = NOW - timedelta(days=days)
    payment = Payment(
        id=f"cs_live_{number}",
        session_id=f"cs_live_{number}",
        created=paid,
        livemode=True,
        mode="payment",
        status="complete",
        payment_status="paid",
        amount_total=990,
        currency=currency,
        emails=(email or f"customer{number}@example.test",),
        metadata={},
        keys=MODULE_ACCESS.checkout,
        modules=("15",),
    )
    until = paid + timedelta(days=3)
    return Sale(
        session=payment,
        module="15",
        verdict=verdict,
        owner=f"owner-{number}",
        until=until,
        ends=until,
        over=False,
        as_written=True,
        odd=False,
        crowded=False,
        known_module=True,
        module_in_use=True,
        by_handler=False,
        granted=0,
        open=False,
    )


def overview(sales: Iterable[Sale], check: str = LEFT, step: Step | None = None) -> Overview:
    """The sums over these sales, all owed ones for one reason."""
    found = tuple(sales)
    owed = sums_of(s for s in found if s.owed)
    return Overview(
        due=sums_of(found),
        served=sums_of(s for s in found if s.served),
        owed=owed,
        reasons=(Reason(check, step, owed),) if owed.sales else (),
    )


def ledger(sales: Iterable[Sale] = (), check: str = LEFT, step: Step | None = None) -> Ledger:
    """What a run saw of these payments."""
    found = tuple(sales)
    waiting = tuple(Waiting(s, check, step) for s in found if s.owed)
    return Ledger(NOW, NOW - timedelta(days=90), over_time(found, NOW), waiting)


def page(
    found: Mapping[str, Finding], sales: Iterable[Sale] = (), *, folder: Path, target: Target = TARGET
) -> View:
    """The page of such a report, with the journal of `folder`."""
    some = tuple(sales)
    whole = report(found, overview(some) if some else None)
    return view(whole, ledger(some), Journal(folder), target)
