"""What a run of `verify` is about to do, and why it would rather not. Reads only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.domain.synthetic import Buyer, made_at, metadata_like
from iahome_fix.errors import MissingCredential, Refused, ToolError, UsageError
from iahome_fix.explain.people import read_people
from iahome_fix.facts.webhook import judged_url
from iahome_fix.i18n import _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.settings import names
from iahome_fix.settings.kinds import stripe_mode
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.stripe_client import is_loopback
from iahome_fix.verify.removable import require_rights
from iahome_fix.verify.rows import PAYMENT, Row, Traces
from iahome_fix.verify.traces import traces as traces_of

if TYPE_CHECKING:
    from iahome_fix.explain.people import Account
    from iahome_fix.facts.context import Context
    from iahome_fix.settings import Settings
    from iahome_fix.systems.stripe_payments import Session

_OWN_RUN = timedelta(seconds=60)
"""A run that began so lately may still be under way: it gets the time to end by itself."""
_OTHERS_RUN = timedelta(minutes=10)
_LOOK_EVERY = 0.5
_MOST_SHOWN = 5


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
    user_id, login = _customer(ctx, email)
    buyer = _buyer(ctx, email, user_id, module, allow_paid=allow_paid)
    leftovers, notes = _leftovers(traces, buyer, patience, say)
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


def free_modules(ctx: Context) -> tuple[tuple[str, str], ...]:
    """Id and title of modules that cost nothing, 20 at most, to choose one from."""
    try:
        rows = ctx.database.read(sql.load("verify/free_modules"))
    except SqlError:
        return ()
    return tuple((row["id"], row["title"] or "") for row in rows)


def _customer(ctx: Context, email: str) -> tuple[str, Account]:
    """The id of the profile that the handler finds, and who signs in with the address."""
    people = read_people(ctx, email)
    shown = mask_email(email)
    exact = [one.id for one in people.profiles if one.email == email]
    if not people.profiles:
        raise UsageError(
            "unknown-customer",
            _("no profile has the address {email}").format(email=shown),
            _("take a customer of your own who can sign in; verify makes none"),
        )
    if not exact:
        raise UsageError(
            "other-letters",
            _("the profile of {email} has it in other letters, and the handler compares exactly").format(
                email=shown
            ),
            _("give the address as it stands in profiles"),
        )
    if people.login is None:
        raise Refused(
            "no-login",
            _("nobody can sign in with {email}: there is a profile, but no login").format(email=shown),
            _("take a customer who can sign in"),
        )
    return exact[0], people.login


def _buyer(ctx: Context, email: str, user_id: str, module: str, *, allow_paid: bool) -> Buyer:
    rows = ctx.database.read(sql.load("verify/module"), {"module": module})
    if not rows:
        raise UsageError(
            "unknown-module", _("there is no module {module}").format(module=module), _free_ones(ctx)
        )
    title, price = rows[0]["title"] or "", _price(rows[0]["price"])
    if price == 0:
        return Buyer(email, user_id, module, title)
    if not allow_paid:
        said = (
            _("its price is not known")
            if price is None
            else _("it costs {price}").format(price=rows[0]["price"])
        )
        raise Refused(
            "paid-module",
            _("the module {module} is not free ({said}), and for a moment the customer would have it").format(
                module=module, said=said
            ),
            _("take a free module, or agree with --allow-paid-module"),
        )
    return Buyer(email, user_id, module, title, amount=max(50, round(price * 100)) if price else 50)


def _free_ones(ctx: Context) -> str | None:
    """Which modules to name instead."""
    free = ", ".join(f"{module_id} ({title})" for module_id, title in free_modules(ctx)[:_MOST_SHOWN])
    return _("free modules: {modules}").format(modules=free) if free else None


def _price(text: str | None) -> Decimal | None:
    try:
        price = Decimal((text or "").replace(",", "."))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 else None


def _leftovers(
    traces: Traces, buyer: Buyer, patience: float, say: Callable[[str], None]
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows to remove first, and a sentence about those that may belong to a run under way."""
    deadline = time.monotonic() + patience
    said = False
    while True:
        found = traces.left_behind()
        mine = [row for row in found if row.table != PAYMENT and _same(row, buyer)]
        if not any(_age(row) < _OWN_RUN for row in mine) or time.monotonic() >= deadline:
            break
        if not said:
            say(_("a run for this customer and module began a moment ago; waiting for its end …"))
            said = True
        time.sleep(_LOOK_EVERY)
    sessions = {row.session_id for row in mine}
    old = [row for row in found if row.session_id in sessions or _age(row) >= _OTHERS_RUN]
    young = len(found) - len(old)
    if not young:
        return tuple(old), ()
    note = ngettext(
        "{count} row of a run that began within the last 10 minutes is left alone: it may be under way",
        "{count} rows of runs that began within the last 10 minutes are left alone: they may be under way",
        young,
    ).format(count=young)
    return tuple(old), (note,)


def _same(row: Row, buyer: Buyer) -> bool:
    return row.user_id == buyer.user_id and row.module_id == buyer.module


def _age(row: Row) -> timedelta:
    made = made_at(row.session_id or "")
    return datetime.now(UTC) - made if made else timedelta.max


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
