"""The JSON body of `explain`: addresses masked unless asked for otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iahome_fix.explain.claims import is_under_way
from iahome_fix.explain.payments import is_due, money_of
from iahome_fix.explain.verdict import OWED
from iahome_fix.explain.way import next_of, way_of

if TYPE_CHECKING:
    from iahome_fix.explain.account import Bought
    from iahome_fix.explain.privacy import Shown
    from iahome_fix.explain.rows import Access, Token
    from iahome_fix.explain.story import Story
    from iahome_fix.explain.verdict import Judged
    from iahome_fix.systems.stripe_objects import Endpoint, Event


def empty_body() -> dict[str, Any]:
    """The same keys when there is no story."""
    return {
        "customer": {"email": None, "profile_id": None, "login_id": None, "near_misses": []},
        "sessions": [],
        "events": [],
        "endpoint": None,
        "tokens": [],
        "accesses": [],
        "page": {"modules": [], "error": None},
        "modules": [],
        "not_looked_at": [],
    }


def body_of(story: Story, judged: Sequence[Judged], shown: Shown) -> dict[str, Any]:
    """The whole story. Times are ISO in UTC, money in the smallest unit of its currency."""
    people = story.people
    return {
        "customer": {
            "email": shown.email(story.email),
            "profile_id": people.profile.id if people and people.profile else None,
            "login_id": people.login.id if people and people.logins and people.login else None,
            "near_misses": [
                {
                    "kind": miss.kind,
                    "detail": miss.said(shown.email),
                    "email": shown.email(miss.email) if miss.email is not None else None,
                    "id": miss.id,
                }
                for miss in story.near
            ],
        },
        "sessions": [_session(story, one, shown) for one in story.bought or ()],
        "events": [_event(event) for event in story.events.found or ()],
        "endpoint": _endpoint(story.events.endpoint),
        "tokens": [_token(token, shown) for token in story.tokens or ()],
        "accesses": [_access(access, shown) for access in story.accesses or ()],
        "page": {
            "modules": list(story.page.modules) if story.page else [],
            "error": story.page.error if story.page else None,
        },
        "modules": [_module(story, one, shown) for one in judged],
        "not_looked_at": [{"what": one.what, "reason": one.reason, "hint": one.hint} for one in story.unseen],
    }


def _session(story: Story, one: Bought, shown: Shown) -> dict[str, Any]:
    session = one.session
    return {
        "id": session.id,
        "created": _time(session.created),
        "paid_at": _time(session.charged),
        "state": money_of(session).value,
        "status": session.status,
        "payment_status": session.payment_status,
        "mode": session.mode,
        "livemode": session.livemode,
        "amount_total": session.amount_total,
        "currency": session.currency,
        "refunded_amount": session.refunded_amount,
        "refund_known": session.refund_known,
        "token_pack": session.is_token_pack,
        "under_way": is_due(session) and is_under_way(story, one),
        "emails": [{"field": shown.text(name), "email": shown.email(value)} for name, value in one.named_in],
        "modules": [shown.text(module) for module in session.modules],
        "delivery": story.events.delivery(session).value,
    }


def _event(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "created": _time(event.created),
        "session_id": event.object_id,
        "pending_webhooks": event.pending_webhooks,
    }


def _endpoint(endpoint: Endpoint | None) -> dict[str, Any] | None:
    from iahome_fix.facts.webhook import shown as shown_url
    from iahome_fix.systems.stripe_objects import COMPLETED

    if endpoint is None:
        return None
    return {
        "id": endpoint.id,
        "url": shown_url(endpoint.url),
        "status": endpoint.status,
        "receives_completed": endpoint.receives(COMPLETED),
        "created": _time(endpoint.created),
    }


def _token(token: Token, shown: Shown) -> dict[str, Any]:
    return {
        "id": token.id,
        "owner": shown.text(token.owner),
        "module_id": token.module,
        "active": token.active,
        "expired": token.term.over,
        "expires_at": _time(token.term.ends),
        "created_at": _time(token.created),
    }


def _access(access: Access, shown: Shown) -> dict[str, Any]:
    metadata: Mapping[str, Any] = access.metadata
    return {
        "id": access.id,
        "owner": shown.text(access.owner),
        "module_id": access.module,
        "access_type": access.kind,
        "token_id": access.token,
        "active": access.active,
        "expired": access.term.over,
        "expires_at": _time(access.term.ends),
        "created_at": _time(access.created),
        "updated_at": _time(access.updated),
        "metadata": shown.tree(metadata),
    }


def _module(story: Story, one: Judged, shown: Shown) -> dict[str, Any]:
    return {
        "module_id": shown.text(one.module) if one.module is not None else None,
        "title": one.title,
        "state": one.state.value,
        "because": one.because,
        "sentence": one.sentence,
        "command": one.command,
        "then": list(one.then),
        "hint": one.hint,
        "next": next_of(one) if one.state in OWED else None,
        "trace": [
            {
                "step": stage.step.value,
                "state": stage.state.value,
                "check": stage.check,
                "detail": stage.detail,
            }
            for stage in way_of(story, one)
        ],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
