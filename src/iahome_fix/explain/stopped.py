"""Where the way of a payment to the page stops, as the sale itself shows it: the sentence of each reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.explain import words
from iahome_fix.explain.claims import options
from iahome_fix.explain.reasons import structural
from iahome_fix.explain.verdict import Judged, State
from iahome_fix.facts import sales
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.explain.case import Case


def stopped(case: Case, sale: Sale, claim: str, reconcile: str) -> Judged | None:
    """What keeps this sale from being given, where the sale or the table shows it; `claim`: what was paid.

    None where neither does.
    """
    because = sales.explained_by(sale)
    shown = case.tools.shown
    if because == "data.account-remade":
        why = _("its access {row} belongs to a former id of this customer and goes on until {day}").format(
            row=sale.former_row, day=words.when(sale.ends)
        )
        command = case.tools.command("repair", *options(case.story, sale.session))
        hint = _("repair gives it to the id of today, and keeps its end")
    elif because == "payments.items-named":
        why = _("the line items of the payment show it, and its metadata do not name it")
        command, hint = reconcile, _("the checkout has to put the ids of all items into the metadata")
    elif because == "site.checkout-address":
        why = _(
            "the checkout altered the address: the handler looks for {email}, as the metadata say"
        ).format(email=shown.email(sale.session.asked or ""))
        command, hint = reconcile, _("the checkout has to pass on the address as it is")
    elif because == "data.row-in-the-way":
        why = (
            _(
                "the row {row} is in the way: its end has come, but it is still marked active, and the"
                " handler takes it for an access"
            )
            if sale.row_over
            else _(
                "the row {row} is in the way: it is still in force, so the handler writes no new one, but it"
                " ends before the term that was bought"
            )
        ).format(row=sale.row_in_way)
        command, hint = reconcile, _("reconcile deactivates it and inserts the new one")
    elif sale.key in case.story.refused and (causes := case.story.structure.refusing):
        return structural(case, claim, causes, after=(reconcile,))
    else:
        return None
    text = _("{claim}: {why}").format(claim=claim, why=why)
    return case.judged(State.MISSING, text, because, commands=(command,), hint=hint)
