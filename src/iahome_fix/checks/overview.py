"""How many customers wait for what they paid for, and because of which check: the sums over a report."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from iahome_fix.checks import sales
from iahome_fix.domain.sums import Overview, Reason, sums_of

if TYPE_CHECKING:
    from iahome_fix.checks.context import Context
    from iahome_fix.domain.sale import Sale
    from iahome_fix.model import Report

SENT, ACCEPTED, UNDERSTOOD, CUSTOMER, MODULE, FREE, WRITTEN, KEPT, SHOWN = (
    "sent", "accepted", "understood", "customer", "module", "free", "written", "kept", "shown",
)  # fmt: skip
_STEPS = {
    "payments.unknown-customer": CUSTOMER,
    "payments.no-module": MODULE,
    "payments.renewals": UNDERSTOOD,
    "data.email-case": CUSTOMER,
    "data.profile-email": CUSTOMER,
    "data.profiles-missing": CUSTOMER,
    "payments.items-named": UNDERSTOOD,
    "site.free-orders": UNDERSTOOD,
    "site.checkout-address": UNDERSTOOD,
    "data.row-in-the-way": FREE,
    "data.account-remade": SHOWN,
    "data.rows-lost": KEPT,
    "data.deactivated": KEPT,
    "data.ended-early": KEPT,
    "data.owner-form": SHOWN,
    "permissions.owner-reads": SHOWN,
    "site.encours": SHOWN,
    "site.webhook-handler": UNDERSTOOD,
    "env.stripe-webhook-secret": ACCEPTED,
}
_STEPS_OF_LINKS = {"stripe": SENT, "site": ACCEPTED, "env": WRITTEN, "supabase": WRITTEN}
_LEFT = "payments.unfulfilled"


def overview(ctx: Context, report: Report) -> Overview | None:
    """The sums over the sales that this run read; None where it read none, or could not."""
    found: tuple[Sale, ...] | None = ctx.known("sales")
    if found is None:
        return None
    owed = [sale for sale in found if sale.owed]
    first = next((cause for cause in report.causes if cause != _LEFT), _LEFT)
    by_check: dict[str, list[Sale]] = defaultdict(list)
    for sale in owed:
        by_check[sales.explained(ctx, sale) or first].append(sale)
    reasons = [Reason(check, step_of(check), sums_of(stopped)) for check, stopped in by_check.items()]
    return Overview(
        due=sums_of(found),
        served=sums_of(sale for sale in found if sale.served),
        owed=sums_of(owed),
        reasons=tuple(sorted(reasons, key=lambda reason: -reason.sums.sales)),
    )


def step_of(check_id: str) -> str:
    """The step of a payment's way to the page that a check speaks for."""
    return _STEPS.get(check_id) or _STEPS_OF_LINKS.get(check_id.partition(".")[0], WRITTEN)
