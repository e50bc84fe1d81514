"""The check `payments.other-account`: do those who paid have the access themselves?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import needed
from iahome_fix.checks.money import amounts
from iahome_fix.checks.registry import check
from iahome_fix.checks.statements import give_row
from iahome_fix.domain.sums import amounts_of
from iahome_fix.facts import sales
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, Kind, ok, warn

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10


@check(
    "payments.other-account",
    N_("nobody else has an access that a customer paid for"),
    kind=Kind.HYGIENE,
    needs=needed.READING,
    queries=sales.QUERIES,
)
def other_account(ctx: Seen) -> Finding:
    """An access can belong to another profile than that of the customer who paid: somebody gave it there on
    purpose, or the handler took the wrong profile. Only a person can say which, so the payment counts as
    served, and the customer sees nothing.

    Found by: payments whose customer is known and has no access of their own to the module, while an access
    in force of another profile cites the payment.
    Repair: by hand: ask the customer; an access that was given to the wrong profile gets the customer's id.
    Never: give a second access for one payment; withdraw the access of the profile that has it, without
    asking.
    """
    found = [sale for sale in sales.sales(ctx) if sale.given_to is not None]
    if not found:
        return ok(_("every access that cites a payment belongs to its customer's profile"))
    ids = sorted({sale.session.id for sale in found})
    total = amounts_of(sale.session for sale in found)
    first = min(found, key=lambda sale: sale.session.id)
    return warn(
        ngettext(
            "the access of {count} payment ({amount}) belongs to another profile than the customer's,"
            " who sees nothing",
            "the accesses of {count} payments ({amount}) belong to other profiles than the"
            " customers', who see nothing",
            len(ids),
        ).format(count=len(ids), amount=amounts(total) or _("free of charge")),
        hint=_(
            "ask the customers whether that was meant; where it was not, the first of them ({payment}, now"
            " with the profile {profile}) is corrected in the SQL editor by: {statement}"
        ).format(
            payment=first.session.id,
            profile=first.given_to,
            statement=give_row(ctx.profile, first.given_row or "", first.owner or ""),
        ),
        sessions=ids[:_MOST_SHOWN],
        payments=len(ids),
        customers=len({sale.owner for sale in found}),
        amount=dict(total),
    )
