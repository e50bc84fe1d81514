"""The check `site.checkout-address`: does the checkout pass on the customer's address as it is?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.addresses import folded
from iahome_fix.checks import commands, needed
from iahome_fix.checks.registry import check
from iahome_fix.checks.site.sales_readable import unreadable
from iahome_fix.facts import sales
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.model import Finding, fail, ok

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
ID = "site.checkout-address"


@check(
    ID,
    N_("the checkout passes on the customer's address unaltered"),
    needs=needed.READING,
    after=(*needed.WRITING, *needed.ARRIVING),
    queries=sales.QUERIES,
)
def checkout_address(ctx: Seen) -> Finding:
    """The handler looks for its customer by the address that the checkout put into the session's metadata.
    Where the checkout alters it (a filter that strips characters such as `+`; capitals or a blank that came
    in), nobody is found, though another address of the same session is that of a customer.

    Found by: payments that are owed, whose address in the metadata no profile has letter by letter, while
    another address of the session leads to exactly one profile.
    Repair: `reconcile` goes by that profile; in the code, the checkout has to pass the address on as it is,
    or the handler to read `customer_email`.
    Never: strip the same characters from profiles, or compare without them.
    """
    if not_asked := unreadable(ctx):
        return not_asked
    found = sales.stopped(ctx, ID)
    if not found:
        return ok(_("the addresses in the metadata are those of customers"))
    ids = sorted({sale.session.id for sale in found})
    said = ngettext(
        "the checkout alters the customer's address: {count} payment carries another one in its metadata"
        " than the customer's, and the handler looks for that of the metadata",
        "the checkout alters the customers' addresses: {count} payments carry other ones in their metadata"
        " than the customers', and the handler looks for those of the metadata",
        len(ids),
    ).format(count=len(ids))
    lost = sorted(set("".join(filter(None, map(_stripped, found)))))
    if lost:
        said += _("; it strips characters: {characters}").format(
            characters=" ".join(character for character in lost if not character.isalnum()) or "…"
        )
    return fail(
        said,
        hint=_(
            "the checkout has to put the address into the metadata as it is, or the handler to read"
            " customer_email; reconcile serves these customers"
        ),
        fix=commands.reconcile(ctx, found),
        sessions=ids[:_MOST_SHOWN],
        addresses=sorted({mask_email(s.session.asked or "") for s in found})[:_MOST_SHOWN],
        stripped=lost,
    )


def _stripped(sale: Sale) -> str | None:
    """The characters that the metadata's address lacks of another one of the session; None where it is not
    that one with some left out."""
    asked = folded(sale.session.asked or "")
    for email in sale.session.emails:
        rest, gone = list(asked), []
        for character in folded(email):
            if rest and rest[0] == character:
                rest.pop(0)
            else:
                gone.append(character)
        if not rest and gone and asked:
            return "".join(gone)
    return None
