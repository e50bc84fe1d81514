"""Link stripe in depth: what is no cause today, and costs an evening when nobody knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.checks import commands, needed
from iahome_fix.checks.registry import check
from iahome_fix.domain.money import UNDER_WAY
from iahome_fix.errors import ToolError
from iahome_fix.facts import sales
from iahome_fix.facts.queries import of_rows
from iahome_fix.facts.stripe import held_permissions, is_restricted
from iahome_fix.facts.tables import tables
from iahome_fix.facts.webhook import registered
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, Kind, blocked, ok, unknown, warn
from iahome_fix.systems.stripe_client import is_loopback
from iahome_fix.systems.stripe_errors import KeyRejected
from iahome_fix.systems.stripe_objects import ASYNC_SUCCEEDED, COMPLETED, Event
from iahome_fix.systems.stripe_payments import Session
from iahome_fix.systems.webhook_urls import same_host

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
_PAYMENT_EVENTS = (COMPLETED, ASYNC_SUCCEEDED)
_ROW_COLUMNS = frozenset({"metadata", "created_at"})

DELAYED_METHODS = frozenset(
    {
        "acss_debit",
        "au_becs_debit",
        "bacs_debit",
        "boleto",
        "customer_balance",
        "konbini",
        "multibanco",
        "nz_bank_account",
        "oxxo",
        "sepa_debit",
        "sofort",
        "us_bank_account",
    }
)
"""Methods whose money comes after the checkout has ended (Stripe, Fulfill orders: delayed notification);
`customer_balance` is the bank transfer."""


@check(
    "stripe.unheard-events",
    N_("every payment event had an endpoint to go to"),
    kind=Kind.HYGIENE,
    needs=("stripe.key",),
    after=needed.READING[1:],
    queries=sales.QUERIES,
)
def unheard_events(ctx: Seen) -> Finding:
    """Stripe sends an event to those who subscribe when it happens, and to nobody later: what fired before
    the endpoint was there, or of a type that it does not get, waits nowhere and counts as delivered.

    Found by: payment events of the last 30 days that are older than the site's endpoint or of a type that it
    does not get, without those whose customers have their access all the same.
    Repair: `check-stripe --fix` for the time to come, `reconcile` for the customers.
    Never: take an empty list of undelivered events for proof that all went well.
    """
    unheard = _unheard(ctx)
    if not unheard:
        return ok(_("every payment event of the last 30 days had an endpoint to go to"))
    known, about = _still_owed(ctx)
    if known:
        unheard = [event for event in unheard if event.object_id in about]
        if not unheard:
            return ok(_("events that nobody got are there, but their customers have their accesses"))
    counted = ngettext(
        "{count} payment event of the last 30 days went to nobody: no endpoint was registered for it",
        "{count} payment events of the last 30 days went to nobody: no endpoint was registered for them",
        len(unheard),
    ).format(count=len(unheard))
    return warn(
        counted
        if known
        else _("{counted}; whether their customers were served is not known").format(counted=counted),
        hint=_("Stripe does not send them again; reconcile serves their customers"),
        fix=ctx.fix("reconcile", *commands.words(ctx), undoable=True),
        events=[event.id for event in unheard[:_MOST_SHOWN]],
        types=sorted({event.type for event in unheard}),
        oldest=min(event.created for event in unheard).isoformat(),
        newest=max(event.created for event in unheard).isoformat(),
    )


@check(
    "stripe.delayed-methods",
    N_("the site hears of payments that arrive late"),
    kind=Kind.HYGIENE,
    needs=("stripe.endpoint",),
)
def delayed_methods(ctx: Seen) -> Finding:
    """With SEPA debit, bank transfers and their like the money comes days after the checkout: the completed
    event says unpaid, and another event announces the money.

    Found by: the methods that the newest sessions offer, against the types that the endpoint gets.
    Repair: subscribe to `checkout.session.async_payment_succeeded` in Stripe, and let the handler act on it;
    `reconcile` serves late payers until then.
    Never: grant while the session says unpaid.
    """
    offered = sorted({m for s in _newest(ctx) for m in s.payment_method_types if m in DELAYED_METHODS})
    if not offered:
        return ok(_("the newest sessions offer no method that pays late"))
    ours = registered(ctx)
    methods = ", ".join(offered)
    if ours is not None and ours.receives(ASYNC_SUCCEEDED):
        return ok(
            _("the sessions offer {methods}, and the endpoint gets {event}").format(
                methods=methods, event=ASYNC_SUCCEEDED
            ),
            methods=offered,
        )
    return warn(
        _("the sessions offer {methods}, which pay late, but the endpoint does not get {event}").format(
            methods=methods, event=ASYNC_SUCCEEDED
        ),
        hint=_(
            "add {event} to the endpoint in Stripe and let the handler act on it, or offer cards only;"
            " until then {command} serves who pays late"
        ).format(event=ASYNC_SUCCEEDED, command=commands.then_reconcile(ctx)),
        methods=offered,
        event=ASYNC_SUCCEEDED,
    )


@check(
    "stripe.modes",
    N_("key, sessions and site are of one mode"),
    kind=Kind.HYGIENE,
    needs=("stripe.key",),
    queries=("checks/tables", "checks/session_modes"),
)
def modes(ctx: Seen) -> Finding:
    """Test and live do not know of each other: with a key of the one, nothing of the other is to be seen, and
    the site may well be running with the other.

    Found by: the mode of the key against that of the sessions whose ids the newest accesses carry, and, for a
    test key, against sessions that lead back to a site which others can reach.
    Repair: the same mode everywhere: both keys and the endpoint's own secret, on the server and in this file.
    Never: give accesses for test payments in production.
    """
    newest = _newest(ctx)
    key_mode = ctx.settings.stripe_mode or _mode_of(newest)
    if key_mode is None:
        return ok(_("neither the key nor a session says which mode it is"))
    rows = _rows_by_mode(ctx)
    other = "test" if key_mode == "live" else "live"
    if other in rows and rows[other] > rows.get(key_mode, ""):
        return warn(
            _(
                "the newest accesses were given for {other} payments, while the key here is a {mode} key:"
                " the site runs in {other} mode"
            ).format(other=other, mode=key_mode),
            hint=_("use the env file of the deployed site, or set {mode} keys there").format(mode=key_mode),
            newest=rows,
        )
    if key_mode == "test" and not is_loopback(ctx.settings.site_url):
        sold = [s.id for s in newest if s.success_url and same_host(s.success_url, ctx.settings.site_url)]
        if sold:
            return warn(
                _(
                    "{site} sells in test mode: the newest sessions that lead back to it are test payments"
                ).format(site=ctx.settings.site_url),
                hint=_("nobody really pays there; set live keys on the server if this is the shop"),
                sessions=sold[:_MOST_SHOWN],
            )
    return ok(_("all that can be seen is of {mode} mode").format(mode=key_mode))


@check(
    "stripe.permissions",
    N_("the key may do what the commands need"),
    kind=Kind.HYGIENE,
    needs=("env.stripe-secret-key",),
)
def permissions(ctx: Seen) -> Finding:
    """A restricted key is the safer one for this tool, but each command needs its permissions, and Stripe
    refuses a whole call for want of one.

    Found by: a read of an invented id for each permission, since Stripe looks at the permission first (403)
    and for the object then (404). The permission to write is not tried.
    Repair: edit the key in Stripe, Developers, API keys; `check-stripe --verbose` lists what is needed.
    Never: read a refusal as "there is nothing"; give a key more than the commands need.
    """
    found = held_permissions.or_why(ctx)
    if isinstance(found, KeyRejected):
        return blocked(found.message, "stripe.key")
    if isinstance(found, ToolError):
        raise found
    if not is_restricted(ctx):
        return ok(_("a secret key may do everything; a restricted one would be enough"))
    missing = [h.permission for h in found if h.held is False]
    untold = [h.permission.name for h in found if h.held is None and h.permission.path]
    if missing:
        said = [_("{name} ({commands})").format(name=p.name, commands=", ".join(p.commands)) for p in missing]
        return warn(
            _("the restricted key lacks: {permissions}").format(permissions=", ".join(said)),
            hint=_("edit it in Stripe, Developers, API keys"),
            missing=[p.name for p in missing],
        )
    if untold:
        return unknown(_("it is not known whether the key has: {names}").format(names=", ".join(untold)))
    return ok(_("the restricted key has every permission to read; rak_webhook_write (--fix) is not tried"))


def _unheard(ctx: Seen) -> list[Event]:
    since = sales.now(ctx) - sales.EVENTS_KEPT
    ours = registered(ctx)
    missing = _PAYMENT_EVENTS if ours is None else tuple(t for t in _PAYMENT_EVENTS if not ours.receives(t))
    found: dict[str, Event] = {}
    if missing:
        found |= {e.id: e for e in sales.events(ctx, missing)}
    # What the endpoint got before it was corrected is not known: no longer what it gets now.
    began = ours.as_it_is_since if ours is not None else None
    if began is not None and began > since and COMPLETED not in missing:
        before = sales.events(ctx, (COMPLETED,))
        found |= {e.id: e for e in before if e.created < began}
    latest = sales.now(ctx) - UNDER_WAY
    # What waits was sent to somebody: stripe.undelivered looks at it.
    return [e for e in found.values() if e.created <= latest and not e.pending_webhooks]


def _still_owed(ctx: Seen) -> tuple[bool, frozenset[str]]:
    """Whether it is known whose customers were served, and the sessions of those who were not."""
    found = sales.unserved.or_why(ctx)
    if isinstance(found, ToolError):
        return False, frozenset()
    return True, frozenset(sale.session.id for sale in found if sale.owed)


def _newest(ctx: Seen) -> tuple[Session, ...]:
    since = sales.now(ctx) - sales.EVENTS_KEPT
    return tuple(s for s in sales.newest_sessions(ctx) if s.created >= since)


def _mode_of(found: tuple[Session, ...]) -> str | None:
    return ("live" if found[0].livemode else "test") if found else None


def _rows_by_mode(ctx: Seen) -> dict[str, Any]:
    """When an access was last given for a payment of each mode; empty where it cannot be read."""
    known = tables.or_none(ctx)
    table = None if known is None else known[ctx.profile.table.name]
    if table is None or not table.is_table or not set(table.columns) >= _ROW_COLUMNS:
        return {}
    return {row["mode"]: row["newest"] for row in of_rows.or_none(ctx, "checks/session_modes") or ()}
