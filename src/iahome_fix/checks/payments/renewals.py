"""The check `payments.renewals`: the months of a subscription behind the first, which come by invoice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iahome_fix.checks import commands, needed, stops
from iahome_fix.checks.money import amounts
from iahome_fix.checks.registry import check
from iahome_fix.domain.sums import amounts_of
from iahome_fix.facts import sales
from iahome_fix.facts.webhook import registered
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.model import Finding, blocked, fail, ok, skipped, unknown
from iahome_fix.source import app as source_app
from iahome_fix.systems.stripe_objects import RENEWED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
_MOVED = "2025-03-31"
"""The API version (basil) since which the subscription is `parent.subscription_details.subscription`."""
_FORMER = re.compile(r"\b\w*[iI]nvoice\w*(?:\s+as\s+any)?\)?\s*\??\.\s*subscription\b(?!_)")
_NOW = "subscription_details"


@check(
    sales.LAPSED,
    N_("a subscription that is renewed extends the access"),
    needs=needed.READING,
    after=(*needed.WRITING, *needed.ARRIVING),
    beside=tuple(check_id for check_id in stops.BESIDE if check_id != sales.LAPSED),
    queries=stops.QUERIES,
)
def renewals(ctx: Seen) -> Finding:
    """The first month of a subscription is the Checkout Session's; every later one is an invoice, which
    Stripe announces by `invoice.paid` and `invoice.payment_succeeded`. A handler that does not get these, or
    reads the subscription where it was before API 2025-03-31.basil (`invoice.subscription`), answers 200 and
    extends nothing.

    Found by: paid invoices of subscriptions, held against the accesses as every payment is: the newest
    renewals, all of them, gave no row and are covered by none, while the checkouts before and behind them
    have the handler's rows. Refunded and disputed invoices, prorations and usage, and subscriptions that name
    no module do not count. Whether the handler reads the old field is certain only with the app's source
    (`--app`).
    Repair: `reconcile` gives these customers what they paid for; in the code: read both places; in Stripe:
    send `invoice.paid` to the endpoint.
    Never: lower the account's API version; cancel the subscriptions and sell them anew.
    """
    found = [sale for sale in sales.sales(ctx) if sale.is_renewal]
    lapsed = sales.lapsed(ctx)
    if lapsed:
        return _lapsed(ctx, lapsed)
    if not sales.renewals_readable(ctx):
        return _unread(ctx)
    if not found:
        return ok(_("no subscription was renewed"))
    owed = [sale for sale in sales.unexplained(ctx) if sale.is_renewal]
    if owed:
        return blocked(
            ngettext(
                "{count} renewal gave no access, as other payments gave none",
                "{count} renewals gave no access, as other payments gave none",
                len(owed),
            ).format(count=len(owed)),
            *(stops.reasons(ctx, owed) or ("payments.unfulfilled",)),
            renewals=len(owed),
        )
    served = len({sale.session.id for sale in found if sale.served})
    return ok(
        ngettext(
            "{count} renewal, and it was served", "{count} renewals, and all were served", served
        ).format(count=served)
        if served
        else _("no renewal waits for an access"),
        renewals=served,
    )


def _lapsed(ctx: Seen, lost: Sequence[Sale]) -> Finding:
    ids = {sale.session.id for sale in lost}
    detail = ngettext(
        "renewals are paid and extend nothing: {count} invoice ({amount}) gave no access",
        "renewals are paid and extend nothing: {count} invoices ({amount}) gave no access",
        len(ids),
    ).format(count=len(ids), amount=amounts(amounts_of(sale.session for sale in lost)) or _("free of charge"))
    why, hint = _reason(ctx)
    return fail(
        joined(detail, why),
        hint=hint,
        fix=commands.reconcile(ctx, lost),
        sessions=sorted(ids)[:_MOST_SHOWN],
        renewals=len(ids),
        amount=amounts_of(sale.session for sale in lost),
        since=min(sale.session.created for sale in lost).isoformat(),
    )


def _reason(ctx: Seen) -> tuple[str, str]:
    """Why, as far as it can be told, and what to do about it besides."""
    endpoint = registered(ctx)
    if endpoint is not None and not any(endpoint.receives(kind) for kind in RENEWED):
        return (
            _("the endpoint does not get invoice.paid, so the handler never hears of renewals"),
            _("add invoice.paid to the endpoint's events in Stripe, if the handler acts on it"),
        )
    text = _handler_text(ctx)
    both = _("let the handler read parent.subscription_details.subscription, and invoice.subscription too")
    if text is not None and not any(kind in text for kind in RENEWED):
        return (
            _("the handler does not act on invoice.paid nor invoice.payment_succeeded"),
            _("let it extend the access of the invoice's subscription"),
        )
    if text is not None and _NOW not in text and _FORMER.search(text):
        return (
            _(
                "the handler reads invoice.subscription, which is"
                " parent.subscription_details.subscription now"
            ),
            both,
        )
    version = endpoint.api_version if endpoint else None
    if version is not None and version[:10] < _MOVED:
        return _("the handler acts on none of the invoices that it gets"), _("the server's log says why")
    return (
        _(
            "the handler may read invoice.subscription, which is parent.subscription_details.subscription"
            " since API 2025-03-31; certain only with the app's source (doctor --app FOLDER)"
        ),
        both,
    )


def _handler_text(ctx: Seen) -> str | None:
    """The source of the handler and of what it takes in; None without it."""
    if source_app.given(ctx) is None:
        return None
    files = source_app.app(ctx).of_handler
    return "\n".join(file.text for file in files) or None


def _unread(ctx: Seen) -> Finding:
    hint = _("give the restricted key the permission rak_invoice_read")
    if any(session.mode == "subscription" for session in sales.sessions(ctx)):
        return unknown(
            _("whether renewals were served is not known: the key may not read invoices"), hint=hint
        )
    return skipped(
        _("the key may not read invoices, so renewals of older subscriptions are not looked at"),
        hint=hint,
        not_asked=True,
    )


CHECKS = (renewals,)
