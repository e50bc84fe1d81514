"""What a run of `verify` is about to do, and why it would rather not. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.domain.synthetic import Buyer, metadata_like
from iahome_fix.errors import MissingCredential, Refused, ToolError
from iahome_fix.facts.webhook import judged_url
from iahome_fix.i18n import _
from iahome_fix.masks import mask_email
from iahome_fix.settings import names
from iahome_fix.settings.kinds import stripe_mode
from iahome_fix.systems.stripe_client import is_loopback
from iahome_fix.verify.buyer import buyer_of, customer
from iahome_fix.verify.leftovers import leftovers_of
from iahome_fix.verify.removable import require_rights
from iahome_fix.verify.rows import PAYMENT, Row
from iahome_fix.verify.traces import traces as traces_of

if TYPE_CHECKING:
    from iahome_fix.explain.people import Account
    from iahome_fix.facts.context import Context
    from iahome_fix.settings import Settings
    from iahome_fix.systems.stripe_payments import Session


@dataclass(frozen=True)
class VerifyPlan:
    """Everything that a run needs to know.

    Attributes:
        url: the webhook's address.
        livemode, mode_from: the mode of the event, and what says so (key or site).
        metadata, like: the session's metadata, and whether they have the shape of a real session (or that of
            the guide's time).
        login: who the page is evaluated as.
        leftovers: rows of earlier runs, removed first.
        remove_payment: whether a bookkeeping row of this run is removed, too.
        notes: what has to be known before agreeing; sentences.
    """

    buyer: Buyer
    login: Account = field(repr=False)
    url: str
    livemode: bool
    mode_from: str
    metadata: dict[str, str] = field(repr=False)
    like: str
    leftovers: tuple[Row, ...] = ()
    remove_payment: bool = True
    notes: tuple[str, ...] = ()

    @property
    def mode(self) -> str:
        return "live" if self.livemode else "test"

    @property
    def left_sessions(self) -> tuple[str, ...]:
        """The sessions of earlier runs that left rows."""
        return tuple(dict.fromkeys(row.session_id for row in self.leftovers if row.session_id))

    def as_json(self) -> dict[str, Any]:
        """For documents and the journal: the address masked."""
        return {
            "email": mask_email(self.buyer.email),
            "module": self.buyer.module,
            "title": self.buyer.title,
            "url": self.url,
            "mode": self.mode,
            "metadata_keys": sorted(self.metadata),
            "metadata_like": self.like,
            "remove_payment": self.remove_payment,
            "leftovers": [
                {"table": row.table, "id": row.id, "session": row.session_id} for row in self.leftovers
            ],
            "notes": list(self.notes),
        }


def plan(
    ctx: Context,
    email: str,
    module: str,
    *,
    allow_paid: bool = False,
    remove_payment: bool = True,
    patience: float = 10.0,
    say: Callable[[str], None] = lambda _text: None,
) -> VerifyPlan:
    """Look at the customer, the module and what earlier runs left. Writes nothing.

    `patience`: seconds to wait for a run of the same customer and module that seems to be under way.

    Raises UsageError for a customer or a module that is not there, Refused where a synthetic payment would
    prove nothing or cost somebody something, MissingCredential without a way to the database or without the
    signing secret, and what the database raises.
    """
    settings = ctx.settings
    if not settings.stripe_webhook_secret:
        raise MissingCredential(
            (names.SIGNING_KEY,), _("STRIPE_WEBHOOK_SECRET is not set, so no payment can be signed")
        )
    traces = traces_of(ctx)
    if not traces.ready:
        raise _unfit(ctx)
    require_rights(ctx.database, ctx.profile, payments=remove_payment)
    user_id, login = customer(ctx, email)
    buyer = buyer_of(ctx, email, user_id, module, allow_paid=allow_paid)
    leftovers, notes = leftovers_of(traces, buyer, patience, say)
    _require_no_access(ctx, buyer, {row.id for row in leftovers if row.table != PAYMENT})
    newest = _newest_session(ctx)
    livemode, mode_from = _mode(settings)
    return VerifyPlan(
        buyer=buyer,
        login=login,
        url=judged_url(ctx),
        livemode=livemode,
        mode_from=mode_from,
        metadata=metadata_like(newest, buyer, ctx.profile.checkout),
        like="session" if newest else "guide",
        leftovers=leftovers,
        remove_payment=remove_payment,
        notes=notes,
    )


def _unfit(ctx: Context) -> Refused:
    if ctx.profile.is_guides:
        return Refused(
            "not-migrated",
            _("module_access is not there, or misses columns: nothing could be proved"),
            _("bring the tables to their shape first"),
        )
    return Refused(
        "columns-missing",
        _("{table} is not there, or misses columns that the handler writes: nothing could be proved").format(
            table=ctx.profile.table.name
        ),
        _("doctor says which columns; the app's own script makes them"),
    )


def _require_no_access(ctx: Context, buyer: Buyer, ours: set[str]) -> None:
    given = {"user_id": buyer.user_id, "module": buyer.module}
    rows = [
        row
        for row in ctx.database.read(sql.load("verify/active", ctx.profile), given)
        if row["id"] not in ours
    ]
    if not rows:
        return
    if all(row["over"] for row in rows):
        text = _(
            "the customer has an active row of this module that is over: the handler takes it for an access"
        )
    else:
        text = _("the customer has this module already: the handler would write nothing")
    raise Refused(
        "already",
        _("{text}, and nothing would be proved").format(text=text),
        _("take another customer or another module"),
    )


def _newest_session(ctx: Context) -> Session | None:
    """The newest real sale of a module by the site's checkout; None when Stripe has none, or does not say."""
    try:
        found = ctx.stripe.newest_sessions()
    except ToolError:
        return None
    return next((s for s in found if s.from_app and s.modules and not s.is_token_pack), None)


def _mode(settings: Settings) -> tuple[bool, str]:
    """Live or not, and what says so."""
    if settings.stripe_mode:
        return settings.stripe_mode == "live", names.STRIPE_KEY
    public = stripe_mode(settings.stripe_publishable_key or "")
    if public:
        return public == "live", names.PUBLISHABLE_KEY
    return not is_loopback(settings.site_url), names.SITE_URL
