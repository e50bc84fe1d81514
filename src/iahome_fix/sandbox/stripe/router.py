"""From a request to its answer: key, route, permission, parameters, idempotency, injected trouble."""

from __future__ import annotations

import base64
import binascii
import json
import re
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.stripe import api_billing as billing
from iahome_fix.sandbox.stripe import api_events as events
from iahome_fix.sandbox.stripe import api_payments as payments
from iahome_fix.sandbox.stripe import api_webhooks as webhooks
from iahome_fix.sandbox.stripe import errors, params
from iahome_fix.sandbox.stripe.call import Call
from iahome_fix.sandbox.stripe.errors import ApiError
from iahome_fix.sandbox.stripe.listing import PAGING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iahome_fix.sandbox.stripe.keys import ApiKey
    from iahome_fix.sandbox.stripe.params import Params
    from iahome_fix.sandbox.stripe.state import StripeState

_CURSORS = ("starting_after", "ending_before", "page")


@dataclass(frozen=True)
class Request:
    """A request as it came in; header names are in lower case."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What to send back; the body is JSON."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Route:
    """One operation. `known` are its parameters; a `waits` handler takes the lock itself, where it can."""

    method: str
    pattern: str
    permission: str
    known: tuple[str, ...]
    handler: Callable[[Call], dict[str, Any]]
    is_list: bool = False
    waits: bool = False

    def ident(self, method: str, path: str) -> str | None:
        """The id in the path, "" where there is none, or None when the request is for another route."""
        match = re.fullmatch(self.pattern, path) if method == self.method else None
        return None if match is None else (match[1] if match.groups() else "")


_ENDPOINT = r"/v1/webhook_endpoints/([^/]+)"
_ONE = ("expand",)

# The retry call is not documented; which permission it needs is a guess.
ROUTES = (
    Route("GET", "/v1/webhook_endpoints", "webhook_read", PAGING, webhooks.list_endpoints, is_list=True),
    Route("POST", "/v1/webhook_endpoints", "webhook_write", webhooks.CREATE, webhooks.create_endpoint),
    Route("GET", _ENDPOINT, "webhook_read", _ONE, webhooks.retrieve_endpoint),
    Route("POST", _ENDPOINT, "webhook_write", webhooks.UPDATE, webhooks.update_endpoint),
    Route("DELETE", _ENDPOINT, "webhook_write", (), webhooks.delete_endpoint),
    Route(
        "GET",
        "/v2/core/event_destinations",
        "webhook_read",
        webhooks.DESTINATIONS,
        webhooks.list_destinations,
        is_list=True,
    ),
    Route(
        "GET", "/v1/events", "event_read", (*PAGING, *events.EVENT_FILTERS), events.list_events, is_list=True
    ),
    Route("GET", r"/v1/events/([^/]+)", "event_read", _ONE, events.retrieve_event),
    Route(
        "POST",
        r"/v1/events/([^/]+)/retry",
        "webhook_write",
        ("account", "for_stripecli", "webhook_endpoint"),
        events.retry_event,
        waits=True,
    ),
    Route(
        "GET",
        "/v1/checkout/sessions",
        "checkout_session_read",
        (*PAGING, *payments.SESSION_FILTERS),
        payments.list_sessions,
        is_list=True,
    ),
    Route("GET", r"/v1/checkout/sessions/([^/]+)", "checkout_session_read", _ONE, payments.retrieve_session),
    Route(
        "GET",
        r"/v1/checkout/sessions/([^/]+)/line_items",
        "checkout_session_read",
        PAGING,
        payments.list_line_items,
        is_list=True,
    ),
    Route("GET", r"/v1/payment_intents/([^/]+)", "payment_intent_read", _ONE, payments.retrieve_intent),
    Route("GET", r"/v1/charges/([^/]+)", "charge_read", _ONE, payments.retrieve_charge),
    Route(
        "GET",
        "/v1/disputes",
        "dispute_read",
        (*PAGING, *payments.DISPUTE_FILTERS),
        payments.list_disputes,
        is_list=True,
    ),
    Route(
        "GET",
        "/v1/invoices",
        "invoice_read",
        (*PAGING, *billing.INVOICE_FILTERS),
        billing.list_invoices,
        is_list=True,
    ),
    Route(
        "GET",
        "/v1/invoice_payments",
        "invoice_read",
        (*PAGING, *billing.PAYMENT_FILTERS),
        billing.list_payments,
        is_list=True,
    ),
    Route("GET", r"/v1/invoices/([^/]+)", "invoice_read", _ONE, billing.retrieve_invoice),
    Route("GET", "/v1/balance", "balance_read", _ONE, payments.retrieve_balance),
    Route("GET", "/v1/account", "connected_account_read", _ONE, payments.retrieve_account),
)


class Router:
    """Answers requests about one state; keeps what idempotency and paging trouble must remember."""

    def __init__(self, state: StripeState) -> None:
        self.state = state
        self._replies: dict[tuple[str, str], tuple[Request, Answer | None]] = {}
        self._pages: dict[str, int] = {}

    def answer(self, request: Request, given: Params) -> Answer:
        """The answer to a request whose parameters are `given`; errors are answers too."""
        try:
            return self._answer(request, given)
        except ApiError as error:
            return Answer(error.status, _json(error.body), error.headers)

    def _answer(self, request: Request, given: Params) -> Answer:
        state = self.state
        with state.lock:
            if status := state.trouble.take_failure():
                raise errors.broken(status, state.trouble)
            key = self._authenticate(request.headers.get("authorization", ""))
            if state.trouble.take_rate_limit():
                raise errors.rate_limited(state.trouble)
        route, ident = _find(request)
        call = Call(state, key, request.path, given, ident)
        self._allow(request, call, route)
        params.only(given, route.known)
        if route.is_list:
            self._turn_page(request.path, given)
        token = request.headers.get("idempotency-key") if request.method == "POST" else None
        return self._run(route, call) if token is None else self._run_once(route, call, request, token)

    def _authenticate(self, header: str) -> ApiKey:
        value = _key_in(header)
        if not value:
            raise errors.no_key()
        key = self.state.keys.get(value)
        if key is None or self.state.trouble.revoke:
            raise errors.invalid_key(value)
        if key.expired:
            raise errors.expired_key(value)
        return key

    def _allow(self, request: Request, call: Call, route: Route) -> None:
        """Permission comes before existence: without it nobody learns whether an id exists."""
        if call.key.kind == "publishable":
            raise errors.publishable_key()
        account = request.headers.get("stripe-account")
        if account is not None and account != self.state.account:
            raise errors.other_account(call.key.value, account)
        call.permit(route.permission)
        if request.path.startswith("/v2/") and "stripe-version" not in request.headers:
            raise errors.ApiError(400, "You must provide a Stripe-Version header for this API call.")

    def _turn_page(self, path: str, given: Params) -> None:
        with self.state.lock:
            served = self._pages.get(path, 0) if any(name in given for name in _CURSORS) else 0
            most = self.state.trouble.fail_after_pages
            if most is not None and served >= most:
                raise errors.broken(500, self.state.trouble)
            self._pages[path] = served + 1

    def _run(self, route: Route, call: Call) -> Answer:
        lock = self.state.lock
        with nullcontext() if route.waits else lock:
            body = route.handler(call)
            with lock:  # stored objects become bytes before anyone can change them
                return Answer(200, _json(self.state.trouble.distort(body)), {})

    def _run_once(self, route: Route, call: Call, request: Request, token: str) -> Answer:
        """A key that was used before gives the same answer again; only what was carried out is remembered."""
        slot = (call.key.mode, token)
        with self.state.lock:
            if slot in self._replies:
                first, reply = self._replies[slot]
                if (first.method, first.path, first.body) != (request.method, request.path, request.body):
                    raise errors.reused_key(token)
                if reply is None:
                    raise errors.key_in_use(token)
                return Answer(reply.status, reply.body, {**reply.headers, "Idempotent-Replayed": "true"})
            self._replies[slot] = (request, None)
        try:
            reply = self._run(route, call)
        except BaseException:
            with self.state.lock:
                del self._replies[slot]
            raise
        with self.state.lock:
            self._replies[slot] = (request, reply)
        return reply


def _find(request: Request) -> tuple[Route, str]:
    for route in ROUTES:
        ident = route.ident(request.method, request.path)
        if ident is not None:
            return route, ident
    raise errors.unknown_url(request.method, request.path)


def _key_in(header: str) -> str:
    """The key of a Bearer header, or the user name of a Basic one; "" when there is none."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
