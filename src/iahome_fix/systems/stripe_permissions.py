"""What a restricted key needs for which command, by the names that Stripe's dashboard links use (`rak_…`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from iahome_fix.i18n import N_
from iahome_fix.systems.stripe_errors import StripeFailure

if TYPE_CHECKING:
    from iahome_fix.systems.stripe_account import StripeAccount

_CREATE = "https://dashboard.stripe.com/apikeys/create"
_NOBODY = "iahomefix0000000000000000"


@dataclass(frozen=True)
class Permission:
    """One permission of a restricted key.

    Attributes:
        name: as Stripe's links have it.
        commands: which commands use it.
        purpose: what for (translated when shown).
        path: an address with an invented id that only who has it may read; None for a right to write, which
            is not tried.
    """

    name: str
    commands: tuple[str, ...]
    purpose: str
    path: str | None


@dataclass(frozen=True)
class Held:
    """A permission and whether the key has it; None when that was not tried or could not be told."""

    permission: Permission
    held: bool | None


PERMISSIONS = (
    Permission(
        "rak_checkout_session_read",
        ("doctor", "check-stripe", "explain", "reconcile"),
        N_("who paid for what"),
        f"/v1/checkout/sessions/cs_{_NOBODY}",
    ),
    Permission(
        "rak_payment_intent_read",
        ("doctor", "explain", "reconcile"),
        N_("what was refunded"),
        f"/v1/payment_intents/pi_{_NOBODY}",
    ),
    Permission(
        "rak_charge_read",
        ("doctor", "explain", "reconcile"),
        N_("what was refunded or disputed"),
        f"/v1/charges/ch_{_NOBODY}",
    ),
    Permission(
        "rak_invoice_read",
        ("doctor", "explain", "reconcile"),
        N_("subscriptions: what was paid each month"),
        f"/v1/invoices/in_{_NOBODY}",
    ),
    Permission(
        "rak_webhook_read",
        ("doctor", "check-stripe"),
        N_("endpoints and event destinations"),
        f"/v1/webhook_endpoints/we_{_NOBODY}",
    ),
    Permission(
        "rak_event_read",
        ("doctor", "check-stripe", "check-stripe --resend"),
        N_("events that wait, and their content"),
        f"/v1/events/evt_{_NOBODY}",
    ),
    Permission(
        "rak_webhook_write",
        ("check-stripe --fix", "undo"),
        N_("correcting or creating the endpoint"),
        None,
    ),
)


def held(account: StripeAccount, *, restricted: bool) -> tuple[Held, ...]:
    """Every permission, and whether the key has it. A key that is not restricted has all of them.

    Only reads of invented ids are sent, one per permission; a right to write is never tried.
    """
    if not restricted:
        return tuple(Held(p, held=True) for p in PERMISSIONS)
    return tuple(Held(p, held=_has(account, p)) for p in PERMISSIONS)


def not_asked() -> tuple[Held, ...]:
    """The same list without a key to ask with."""
    return tuple(Held(p, held=None) for p in PERMISSIONS)


def link_to_create() -> str:
    """The address at which Stripe makes a restricted key with all that the commands need."""
    wanted = [("name", "iahome-fix"), *(("permissions[]", p.name) for p in PERMISSIONS)]
    return f"{_CREATE}?{urlencode(wanted, safe='[]')}"


def _has(account: StripeAccount, permission: Permission) -> bool | None:
    if permission.path is None:
        return None
    try:
        return account.allows(permission.path)
    except StripeFailure:
        return None
