"""The synthetic payment: an event as Stripe would send it, of a session that nobody can take for a real one.

Its session's id begins with `cs_live_` or `cs_test_`, as the mode demands, then says that it was made up, and
carries the run's id: by it alone rows are found and removed again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from iahome_fix.profile import Says
from iahome_fix.systems.stripe_objects import COMPLETED

if TYPE_CHECKING:
    from iahome_fix.profile import CheckoutKeys
    from iahome_fix.systems.stripe_payments import Session

_MARK = "iahomefix_verify"
_OURS = re.compile(rf"cs_(?:live|test)_{_MARK}_(\d{{8}}_\d{{6}})_[0-9a-f]+")
# The line of the app's time; handlers take the event as it comes, none looks at it.
_API_VERSION = "2025-06-30.basil"
_LEAST = 50
"""Cents; Stripe takes no smaller payment in euros, and a free module has no price to take."""

_KEPT = (Says.KIND, Says.CIRCUMSTANCE)
_NAMES_MODULES = (Says.MODULES, Says.MODULE, Says.ITEMS, Says.TITLE)


@dataclass(frozen=True)
class Buyer:
    """The customer and the module of the synthetic payment; `amount` in cents."""

    email: str = field(repr=False)
    user_id: str
    module: str
    title: str
    amount: int = _LEAST


def session_id(run_id: str, *, livemode: bool) -> str:
    """The id of a run's session."""
    return f"cs_{'live' if livemode else 'test'}_{_MARK}_{run_id.replace('-', '_')}"


def made_at(session: str) -> datetime | None:
    """When a session of this tool was made up (UTC); None for any other."""
    match = _OURS.fullmatch(session)
    if match is None:
        return None
    try:
        return datetime.strptime(match[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def metadata_like(newest: Session | None, buyer: Buyer, keys: CheckoutKeys) -> dict[str, str]:
    """The metadata of a session, in the shape that the site's checkout gives to real ones.

    `newest`: a real session of the site, None for the shape that `keys` (app profile) says. A handler that
    does not read what the checkout writes must fail here, too. Nothing personal of the real session is kept.
    """
    values = _said(buyer, keys)
    if newest is None:
        return {name: values[name] for name in keys.written if name in values}
    kept = [key.name for key in keys.known if key.says in _KEPT and key.name in newest.metadata]
    return {name: values[name] for name in newest.metadata if name in values} | {
        name: newest.metadata[name] for name in kept
    }


def metadata_of_nothing(buyer: Buyer, keys: CheckoutKeys) -> dict[str, str]:
    """The metadata of a payment for no module, in the shape that `keys` (app profile) says."""
    naming = {key.name for key in keys.known if key.says in _NAMES_MODULES}
    values = _said(buyer, keys, items=0)
    return {name: values[name] for name in keys.written if name not in naming and name in values}


def _said(buyer: Buyer, keys: CheckoutKeys, *, items: int = 1) -> dict[str, str]:
    """What each key says of this payment; nothing for those of token packs and of circumstances."""
    values = {
        Says.ADDRESS: buyer.email,
        Says.USER: buyer.user_id,
        Says.MODULES: buyer.module,
        Says.MODULE: buyer.module,
        Says.ITEMS: json.dumps([{keys.item_ids[0]: buyer.module, "title": buyer.title}]),
        Says.TITLE: buyer.title,
        Says.COUNT: str(items),
        Says.TOTAL: f"{buyer.amount / 100:.2f}",
        Says.KIND: "payment",
    }
    return {key.name: values[key.says] for key in keys.known if key.says in values}


def event(
    run_id: str, buyer: Buyer, metadata: Mapping[str, str], *, livemode: bool, site_url: str
) -> dict[str, Any]:
    """The event `checkout.session.completed` of a paid session, with every field that Stripe sends."""
    from iahome_fix.systems.stripe_session_form import checkout_session

    now = int(time.time())
    session = checkout_session(
        session_id=session_id(run_id, livemode=livemode),
        created=now - 60,
        livemode=livemode,
        mode="payment",
        status="complete",
        payment_status="paid",
        amount_total=buyer.amount,
        currency="eur",
        customer_email=buyer.email,
        metadata=metadata,
        payment_method_types=("card",),
        success_url=f"{site_url}/success?session_id={{CHECKOUT_SESSION_ID}}",
    )
    number = run_id.replace("-", "")
    session |= {"payment_intent": f"pi_iahomefix{number}", "cancel_url": f"{site_url}/"}
    return {
        "id": f"evt_iahomefix{number}",
        "object": "event",
        "api_version": _API_VERSION,
        "context": None,
        "created": now,
        "data": {"object": session},
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": COMPLETED,
    }
