"""Asks the deployed webhook which key it has: signed events of a payment by nobody, for nothing.

The handler of every version of the app looks for the customer by the address first, finds none, and ends
there: it writes no row, and there is no module in the event to give. With which role it looked is seen in the
database's statistics or in the API logs; where neither can be read nothing is sent.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from iahome_fix.domain import synthetic as payment
from iahome_fix.errors import ToolError
from iahome_fix.facts import webhook_writer
from iahome_fix.facts.webhook import judged_url, takes_events
from iahome_fix.facts.webhook_writer import ANON, CUSTOMER, SERVICE_ROLE, Evidence
from iahome_fix.i18n import _
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.settings import names

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.systems.management_http import ManagementApi

_EVENTS = 3
"""More than one, so that a visitor's request at the same moment is not taken for the handler's."""
_QUIET = 1.0  # seconds in which the statistics have to stand still before the events
_COUNTED_WITHIN = 3.0
_LOGGED_WITHIN = 15.0
_LOOK_EVERY = 3.0
_LIVE = "live"


def can_ask(ctx: Context) -> bool:
    """Can a signed event be sent, and the answer be seen? Sends nothing.

    Nothing goes to a site that the operator's file does not name: the default is the live one.
    """
    settings = ctx.settings
    if not settings.stripe_webhook_secret or not settings.text(names.SITE_URL):
        return False
    return bool(settings.access_token) or webhook_writer.statements(ctx) is not None


def ask(ctx: Context, tell: Callable[[str], None]) -> Evidence | None:
    """The role with which the deployed handler looks for a customer now; None where it did not show.

    Sends three events to the site; `tell` hears of it before. Raises nothing for what a system does.
    """
    try:
        if not can_ask(ctx) or not takes_events(ctx, judged_url(ctx)):
            return None
        tell(
            _(
                "asking the deployed webhook which key it has, with signed events of a payment by nobody, for"
                " no module (nothing is written) …"
            )
        )
        role = _by_statistics(ctx) or _by_logs(ctx)
    except ToolError:
        return None
    if role is None:
        return None
    return Evidence(
        role,
        _("asked just now with signed events, it looked for the customer as {role}").format(role=role),
        certain=True,
        fresh=True,
        at=datetime.now(UTC),
    )


def _by_statistics(ctx: Context) -> str | None:
    before = _looks(ctx)
    time.sleep(_QUIET)
    # Where others look for customers at this moment, the numbers would prove nothing.
    if before is None or _looks(ctx) != before or not _sent(ctx, _mark(), _EVENTS):
        return None
    deadline = time.monotonic() + _COUNTED_WITHIN
    while True:
        now = _looks(ctx) or before
        grown = {role: now[role] - before[role] for role in before if now[role] != before[role]}
        if len(grown) == 1:
            role, more = grown.popitem()
            if more >= _EVENTS and more % _EVENTS == 0:
                return role
        if len(grown) > 1 or time.monotonic() >= deadline:
            return None
        time.sleep(_QUIET / 4)


def _looks(ctx: Context) -> dict[str, int] | None:
    """How often each role looked for a customer; None where it is not counted."""
    rows = webhook_writer.statements(ctx)
    if rows is None:
        return None
    counted = {row["role"]: int(row["calls"]) for row in rows if row["kind"] == CUSTOMER}
    return {role: counted.get(role, 0) for role in (ANON, SERVICE_ROLE)}


def _by_logs(ctx: Context) -> str | None:
    from iahome_fix.systems.open import open_management

    if not ctx.settings.access_token:
        return None
    api = open_management(ctx.settings, timeout=ctx.timeout)
    try:
        return _logged(ctx, api)
    finally:
        api.close()


def _logged(ctx: Context, api: ManagementApi) -> str | None:
    from iahome_fix.systems.project_logs import who_asked_for

    mark, began = _mark(), datetime.now(UTC)
    # A log that cannot be read is found out before anything is sent.
    who_asked_for(api, mark, began - timedelta(minutes=1), began)
    if not _sent(ctx, mark, 1):
        return None
    deadline = time.monotonic() + _LOGGED_WITHIN
    while True:
        now = datetime.now(UTC) + timedelta(minutes=1)
        roles = who_asked_for(api, mark, began - timedelta(minutes=1), now)
        if roles:
            return next(iter(roles)) if len(roles) == 1 and roles <= {ANON, SERVICE_ROLE} else None
        if time.monotonic() >= deadline:
            return None
        time.sleep(_LOOK_EVERY)


def _mark() -> str:
    return f"iahomefix{secrets.token_hex(8)}"


def _sent(ctx: Context, mark: str, count: int) -> bool:
    """Send that many events; False as soon as one is not accepted.

    The address is below `.invalid` (RFC 2606): nobody has it, and no mail to it can be delivered.
    """
    settings = ctx.settings
    buyer = payment.Buyer(f"{mark}@nobody.invalid", "", "", "")
    metadata = payment.metadata_of_nothing(buyer, ctx.profile.checkout)
    for _number in range(count):
        event = payment.event(
            new_run_id(),
            buyer,
            metadata,
            livemode=settings.stripe_mode == _LIVE,
            site_url=settings.site_url,
        )
        answer = ctx.site.post_signed(
            judged_url(ctx), json.dumps(event), settings.stripe_webhook_secret or ""
        )
        if answer.status is None or not 200 <= answer.status < 300:
            return False
    return True
