"""Money came, and whether it was given back is not to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.domain.money import Money, money_of
from iahome_fix.explain.claims import options
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.explain.account import Bought
    from iahome_fix.explain.case import Case


def is_unclear(case: Case, one: Bought) -> bool:
    """Whether money came of which no charge, and so no refund, is to be seen."""
    money = money_of(one.session, now=case.story.now, mode=case.story.mode)
    return money is Money.UNCLEAR and not case.story.terms.include_unclear


def unclear(case: Case, one: Bought, claim: str) -> Judged:
    """Whether the money was given back is not to be seen, so neither is whether anything is owed."""
    if one.session.mode == "payment":
        why = _("whether it was refunded may not be read with this key")
        hint = _("give the restricted key the permissions rak_payment_intent_read and rak_charge_read")
    else:
        why = _("whether it was refunded shows in its invoice, which may not be read with this key")
        hint = _(
            "give the restricted key the permission rak_invoice_read; or look at the invoice in Stripe, and"
            " if it stands: {command}"
        ).format(
            command=case.tools.command("reconcile", "--include-unclear", *options(case.story, one.session))
        )
    return case.judged(
        State.UNKNOWN, _("{claim} and not given; {why}").format(claim=claim, why=why), hint=hint
    )
