"""What the payments that nobody was served for have in common: half sentences for the details of findings.

Each gives None when it does not apply; none of them decides anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands
from iahome_fix.checks.schema import row_triggers
from iahome_fix.checks.site.deliveries import BY_DELIVERIES
from iahome_fix.errors import ToolError
from iahome_fix.facts import left_behind, sales
from iahome_fix.facts.tables import refusals
from iahome_fix.facts.webhook import endpoints
from iahome_fix.i18n import _, ngettext
from iahome_fix.model import DEPENDS_ON, Status
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen

_MOST_NAMED = 5


def keys_differ(ctx: Seen, lost: Iterable[Sale], written: Iterable[Sale] = ()) -> str | None:
    """The sessions name their module under another key than the handler reads (F47).

    `written`: sales that the handler did serve; one of them without a key that it reads refutes it.
    """
    read = ctx.profile.checkout.read
    names = [_keys(sale) for sale in lost]
    if not names or any(not found.isdisjoint(read) for found in names):
        return None
    if any(sale.session.metadata.keys().isdisjoint(read) for sale in written):
        return None
    return _(
        "their sessions name the module as {keys}, while the handler that writes {table} reads {read}"
    ).format(
        keys=", ".join(sorted({key for found in names for key in found})),
        table=ctx.profile.table.name,
        read=", ".join(read),
    )


def newer_endpoint(ctx: Seen, lost: Iterable[Sale]) -> str | None:
    """The endpoint was registered, or corrected by this tool, after these payments: it did not bring them."""
    endpoint = ctx.webhook.best(endpoints.or_none(ctx) or ())
    since = endpoint.as_it_is_since if endpoint is not None else None
    if endpoint is None or since is None or not all(sale.session.moment < since for sale in lost):
        return None
    if since == endpoint.created:
        return _("the endpoint is newer than these payments, so a cause of then may be gone already")
    return _("the endpoint was corrected after these payments, and what it missed is not sent again")


def of_unknown_term(lost: Iterable[Sale]) -> str | None:
    """How many of them `reconcile` leaves to a person, as it is not known how long they were sold for."""
    found = [sale for sale in lost if sale.candidates]
    if not found:
        return None
    modules = sorted({f"{sale.module} ({', '.join(sale.candidates)})" for sale in found})
    return ngettext(
        "how long {count} of them was sold for is not known: tell reconcile by --access-duration MODULE=SPAN,"
        " for {modules}",
        "how long {count} of them were sold for is not known: tell reconcile by --access-duration"
        " MODULE=SPAN, for {modules}",
        len(found),
    ).format(count=len(found), modules=", ".join(modules[:_MOST_NAMED]))


def over(lost: Iterable[Sale]) -> str | None:
    """How many of them are past the term that was bought."""
    count = sum(sale.over for sale in lost)
    if not count:
        return None
    return ngettext(
        "the term of {count} is over already (reconcile --from now gives it all the same)",
        "the terms of {count} are over already (reconcile --from now gives them all the same)",
        count,
    ).format(count=count)


def typed_differently(lost: Iterable[Sale]) -> str | None:
    """The buyers typed their address in other letters than the profile has; the handler compares exactly."""
    count = sum(not sale.as_written and not sale.by_id and bool(sale.session.emails) for sale in lost)
    if not count:
        return None
    return ngettext(
        "{count} was paid with an e-mail in other letters (case, blanks) than the profile's,"
        " and the handler compares exactly",
        "{count} were paid with an e-mail in other letters (case, blanks) than the profile's,"
        " and the handler compares exactly",
        count,
    ).format(count=count)


def by_id(lost: Iterable[Sale]) -> str | None:
    """No profile has the address of the payments; a user id in the metadata says whose they are."""
    count = sum(sale.by_id and bool(sale.session.emails) for sale in lost)
    if not count:
        return None
    return ngettext(
        "{count} was paid with an e-mail that no profile has: only the user id in its metadata says whose it"
        " is, and the handler looks for the address",
        "{count} were paid with e-mails that no profile has: only the user ids in their metadata say whose"
        " they are, and the handler looks for the address",
        count,
    ).format(count=count)


def without_address(lost: Iterable[Sale]) -> str | None:
    """The payments have no e-mail address: a user id in the metadata says whose they are."""
    count = sum(not sale.session.emails for sale in lost)
    if not count:
        return None
    return ngettext(
        "{count} has no e-mail address, only a user id in its metadata, and the handler looks for the"
        " address",
        "{count} have no e-mail address, only a user id in their metadata, and the handler looks for the"
        " address",
        count,
    ).format(count=count)


def delayed(ctx: Seen, lost: Iterable[Sale]) -> str | None:
    """The money came after the completed event, which said unpaid (F50)."""
    late = left_behind.delayed.or_why(ctx)
    if isinstance(late, ToolError):
        return None
    count = len({sale.session.id for sale in lost} & late)
    if not count:
        return None
    return ngettext(
        "{count} was paid by a delayed method: checkout.session.completed said unpaid, and the event that"
        " confirms the money (checkout.session.async_payment_succeeded) is handled by nobody",
        "{count} were paid by a delayed method: checkout.session.completed said unpaid, and the event that"
        " confirms the money (checkout.session.async_payment_succeeded) is handled by nobody",
        count,
    ).format(count=count)


def without_event(ctx: Seen, lost: Iterable[Sale]) -> str | None:
    """Stripe keeps events for 30 days and has none for these: one can fail to be generated."""
    kept = sales.now(ctx) - sales.EVENTS_KEPT
    young = {s.session.id for s in lost if not s.is_renewal and s.session.moment > kept}
    listed = sales.events.or_why(ctx, (COMPLETED,)) if young else ()
    if not young or isinstance(listed, ToolError):
        return None
    count = len(young - {event.object_id for event in listed})
    if not count:
        return None
    return ngettext(
        "Stripe has no event for {count} of them: one can fail to be generated, and then nothing is sent",
        "Stripe has no events for {count} of them: one can fail to be generated, and then nothing is sent",
        count,
    ).format(count=count)


def refused_then(ctx: Seen, lost: Iterable[Sale]) -> str | None:
    """The handler was there and noted the payment, but its row is not there; and what refuses it today."""
    count = len({sale.session.id for sale in lost} & left_behind.noted(ctx))
    if not count:
        return None
    said = ngettext(
        "the handler noted {count} of them in payments, so it was there, and its grant was refused"
        " then or deleted since",
        "the handler noted {count} of them in payments, so it was there, and its grants were refused"
        " then or deleted since",
        count,
    ).format(count=count)
    obstacles = refusals(ctx)
    if not obstacles:
        return said
    return said + _(", or is refused still, by what is on module_access: {names}").format(
        names=", ".join(obstacles)
    )


def what_first(ctx: Seen, lost: Sequence[Sale]) -> str:
    """What to do about lost sales: what explains them first; what is not known is not called over."""
    undecided = [] if ctx.rehearsing or ctx.only_data_api else row_triggers.undecided(ctx)
    suspects = refusals(ctx) if refused_then(ctx, lost) else [f"trigger {name}" for name in undecided]
    if suspects:
        return _(
            "look first at what {names} does, with the rights of the server: {command} rehearses"
            " sales as the server makes them, rolls them back, and names what refuses them; reconcile"
            " writes as the owner of the tables, whom that may not refuse"
        ).format(names=", ".join(suspects), command=commands.rehearse(ctx))
    if by_id(lost) or without_address(lost):
        return _(
            "the handler has to look for the user id that the checkout writes, and for the address where"
            " there is none; reconcile gives them what they paid for"
        )
    if typed_differently(lost):
        return _(
            "the handler has to find a customer whatever capitals and blanks the address was typed with;"
            " reconcile gives them what they paid for"
        )
    untold = _untold(ctx)
    if untold:
        return _(
            "checks of which nothing is known may explain it, look there first: {checks}; reconcile"
            " gives them what they paid for"
        ).format(checks=", ".join(untold))
    if ctx.only_data_api:
        return _(
            "nothing that the Data API shows would explain it; constraints, triggers and policies are seen"
            " over SQL alone (SUPABASE_DB_URL or SUPABASE_ACCESS_TOKEN); reconcile gives them what they paid"
            " for, or says what refuses it"
        )
    said = _("nothing is found wrong today that would explain it; reconcile gives them what they paid for")
    if ctx.rehearsing:
        return said
    return _("{said}; `{command}` rehearses whether a sale is taken today").format(
        said=said, command=commands.rehearse(ctx)
    )


def triggers_first(ctx: Seen, hint: str) -> str:
    """The hint about rows that are not as they were sold, behind the triggers that may have made them so.

    Those that schema.grant-accepted left undecided, which has to have run.
    """
    result = ctx.results.get("schema.grant-accepted")
    names = result.finding.evidence.get("undecided") if result else None
    if not names:
        return hint
    return _(
        "look first at what the triggers {names} make of a new access, which this command rehearses and rolls"
        " back: {command}; then: {hint}"
    ).format(names=", ".join(names), command=commands.rehearse(ctx), hint=hint)


def _untold(ctx: Seen) -> list[str]:
    """The checks of this run that could not be told, but for those that only depend on one of these."""
    found = [(name, result.finding) for name, result in ctx.results.items()]
    untold = [
        str(finding.evidence.get(DEPENDS_ON, name))
        for name, finding in found
        if finding.status is Status.UNKNOWN and BY_DELIVERIES not in finding.evidence
    ]
    return list(dict.fromkeys(untold))


def _keys(sale: Sale) -> set[str]:
    session = sale.session
    return {key for key in session.keys.modules if session.metadata.get(key, "").strip()}
