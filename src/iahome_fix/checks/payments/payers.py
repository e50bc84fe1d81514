"""The check `payments.unknown-customer`: is everybody who paid a customer that the app can find?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.addresses import folded
from iahome_fix.checks import needed
from iahome_fix.checks.money import amounts
from iahome_fix.checks.registry import check
from iahome_fix.domain.sale import UNASSIGNED, Verdict
from iahome_fix.domain.sums import amounts_of
from iahome_fix.facts import sales
from iahome_fix.facts.logins import doubled, of_other_profiles, without_profile
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.model import Finding, Status, blocked, fail, ok

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10


@check(
    "payments.unknown-customer",
    N_("every payer is a known customer"),
    needs=needed.READING,
    beside=("data.email-case",),
    queries=(*sales.QUERIES, "checks/logins_without_profile", "checks/profile_emails"),
)
def unknown_customer(ctx: Seen) -> Finding:
    """The app finds its customer by e-mail alone; who pays with an address that no profile has gets nothing.

    Found by: paid sessions whose user id and addresses lead to no profile, letter case and outer blanks
    aside, or to several, and that left no row; sessions without an address. Repair: by hand: a proof of
    purchase has to name the login.
    Never: guess from names; make a login for the payer; strip dots or tags to force a match.
    """
    all_strangers = _by_session(s for s in sales.unserved(ctx) if s.verdict in UNASSIGNED)
    if not all_strangers:
        day = figures.day(sales.terms(ctx).since)
        return ok(_("every payer since {day} is a customer").format(day=day))
    strangers = [s for s in all_strangers if not _has_login(ctx, s)]
    if not strangers:
        return blocked(
            ngettext(
                "{count} payment by somebody whose login has no profile",
                "{count} payments by people whose logins have no profile",
                len(all_strangers),
            ).format(count=len(all_strangers)),
            "data.profiles-missing",
            sessions=[s.session.id for s in all_strangers][:_MOST_SHOWN],
        )
    known = of_other_profiles(ctx) | doubled(ctx)
    renamed = [s for s in strangers if _is(known, s)]
    if len(renamed) == len(strangers):
        return blocked(
            ngettext(
                "{count} payment by somebody whose profile has another e-mail than the login, or a duplicate",
                "{count} payments by people whose profiles have other e-mails than their logins,"
                " or duplicates",
                len(strangers),
            ).format(count=len(strangers)),
            "data.profile-email",
            sessions=[s.session.id for s in strangers][:_MOST_SHOWN],
        )
    strangers = [s for s in strangers if not _is(known, s)]
    if all(s.crowded for s in strangers) and ctx.status("data.email-case") is Status.FAIL:
        return blocked(
            ngettext(
                "{count} payment by an address that several profiles have in other letters",
                "{count} payments by addresses that several profiles have in other letters",
                len(strangers),
            ).format(count=len(strangers)),
            "data.email-case",
            sessions=[s.session.id for s in strangers][:_MOST_SHOWN],
        )
    without = [s for s in strangers if s.verdict is Verdict.NO_EMAIL]
    ambiguous = [s for s in strangers if s.verdict is Verdict.AMBIGUOUS_CUSTOMER]
    said = (
        ngettext(
            "{count} payment that leads to no single profile ({amount})",
            "{count} payments that lead to no single profile ({amount})",
            len(strangers),
        )
        if ambiguous
        else ngettext(
            "{count} payment by an e-mail address that no profile has ({amount})",
            "{count} payments by e-mail addresses that no profile has ({amount})",
            len(strangers),
        )
    )
    parts = [
        said.format(
            count=len(strangers),
            amount=amounts(amounts_of(s.session for s in strangers)) or _("free of charge"),
        )
    ]
    if without:
        parts.append(_("{count} of them without any address").format(count=len(without)))
    if ambiguous:
        parts.append(
            _(
                "{count} of them lead to several profiles: the address is that of several profiles in"
                " other letters, or its addresses are those of different profiles"
            ).format(count=len(ambiguous))
        )
    return fail(
        _("; ").join(parts),
        hint=_("ask the payers which login they use; no access is given on a guess"),
        addresses=[mask_email(s.session.email) for s in strangers if s.session.email][:_MOST_SHOWN],
        sessions=[s.session.id for s in strangers][:_MOST_SHOWN],
        without_address=len(without),
        ambiguous=len(ambiguous),
    )


def _has_login(ctx: Seen, stranger: Sale) -> bool:
    """Whether one of the payer's addresses is that of a login that lacks its profile."""
    return _is(without_profile(ctx), stranger)


def _is(addresses: frozenset[str], payer: Sale) -> bool:
    return not addresses.isdisjoint(folded(email) for email in payer.session.emails)


def _by_session(found: Iterable[Sale]) -> list[Sale]:
    """One sale per session, since the customer is the same for all of them."""
    return list({s.session.id: s for s in found}.values())
