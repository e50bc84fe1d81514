"""The check `payments.refunded-active`: is what was given back still used?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import needed
from iahome_fix.checks.registry import check
from iahome_fix.checks.statements import deactivate_row
from iahome_fix.domain.money import Money, money_of
from iahome_fix.facts import sales
from iahome_fix.facts.queries import of_rows
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, Kind, fail, ok, unknown

if TYPE_CHECKING:
    from collections.abc import Collection

    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
_GIVEN_BACK = (Money.REFUNDED, Money.DISPUTED)


@check(
    "payments.refunded-active",
    N_("what was refunded is not used any more"),
    kind=Kind.SECURITY,
    needs=needed.READING,
    queries=(*sales.QUERIES, "checks/payments_refunded"),
)
def refunded_active(ctx: Seen) -> Finding:
    """A refund or a dispute does not end an access by itself.

    Found by: sessions refunded in full, or disputed, whose row is active and has not ended, where the
    customer has not paid for the same module again: the handler writes no second row then. Without the right
    to read payments this is not known. Repair: by hand: set is_active to false where that is meant.
    Never: end accesses for a partial refund; delete rows.
    """
    mode = sales.mode(ctx)
    paid = sales.payments(ctx)
    every = ((s, money_of(s, now=sales.now(ctx), mode=mode)) for s in paid)
    found = [(s, money) for s, money in every if money in (*_GIVEN_BACK, Money.UNCLEAR)]
    given_back = {s.id: (s, money) for s, money in found if money in _GIVEN_BACK}
    unclear = {s.id for s, money in found if money is Money.UNCLEAR}
    active = _still_active(ctx, [*given_back, *unclear])
    exposed = [pair for key, pair in given_back.items() if key in active]
    if exposed:
        disputed = sum(money is Money.DISPUTED for _session, money in exposed)
        shown = sorted(s.id for s, _money in exposed)
        return fail(
            ngettext(
                "{count} payment was refunded or is disputed, and its access is still active",
                "{count} payments were refunded or are disputed, and their accesses are still active",
                len(exposed),
            ).format(count=len(exposed)),
            hint=_("to end one: {statement}").format(statement=deactivate_row(active[shown[0]])),
            sessions=shown[:_MOST_SHOWN],
            refunded=len(exposed) - disputed,
            disputed=disputed,
        )
    unclear &= active.keys()
    subscribed = {s.id for s, _money in found if s.id in unclear and s.mode == "subscription"}
    if subscribed and subscribed == unclear:
        return unknown(
            _("whether payments were refunded is not known: the key may not read invoices of subscriptions"),
            hint=_("give the restricted key the permission rak_invoice_read, or look at these invoices"),
            sessions=len(subscribed),
        )
    if unclear:
        return unknown(
            _("whether payments were refunded is not known: the key may not read them"),
            hint=_("give the restricted key the permissions rak_payment_intent_read and rak_charge_read"),
            sessions=len(unclear),
        )
    return ok(_("no access outlives its refund"), given_back=len(given_back))


def _still_active(ctx: Seen, ids: Collection[str]) -> dict[str, str]:
    """Those of these payments whose access is still active, each with the id of such a row."""
    if not ids:
        return {}
    asked = {"sessions": list(ids), "paid_again": _paid_again(ctx, frozenset(ids))}
    rows = of_rows(ctx, "checks/payments_refunded", asked)
    return {row["session_id"]: str(row["row_id"]) for row in rows}


def _paid_again(ctx: Seen, ids: frozenset[str]) -> list[str]:
    """Customer and module of these sessions for which the money of another session is there, in its term."""
    modules = {module for s in sales.sessions(ctx) if s.id in ids for module in s.modules}
    return sorted(
        {
            f"{sale.owner} {sale.module}"
            for sale in sales.sales(ctx)
            if sale.served
            and not sale.over
            and sale.owner
            and sale.module in modules
            and sale.session.id not in ids
        }
    )
