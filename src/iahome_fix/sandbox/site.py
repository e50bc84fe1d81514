"""A stand-in for the deployed IAHome: its pages and its webhook route as they were at the guide's time.

Two things matter of the app: what `/encours` shows to a signed-in customer, and what the webhook does with an
event. Both run in the real database, under the same roles and row level security as the app.
"""

from __future__ import annotations

import json
from typing import Any, Literal

import psycopg

from iahome_fix.profile import PROFILES
from iahome_fix.sandbox.loopback import Request, Response, Served, html_response, json_response
from iahome_fix.sandbox.site_database import GUIDE, Caller, fulfil, listed_modules

_NEVER = 120.0  # seconds, longer than anybody waits


class Site(Served):
    """Serves the app on a free loopback port; a context manager.

    Attributes:
        webhook_path: where the webhook route is.
        idle_paths: where routes are that verify events as well, and write nothing.
        webhook_secret: the signing secret in the app's environment; None when it is missing.
        handler_role: the database role that the handler's key stands for.
        log: what the handler logged, without addresses or secrets.
        requests: method and path of every request, in order.
        gate: a status with which something in front answers the webhook path with an HTML page, such as 401.
        redirect_to: the address to which the webhook path redirects (308).
        status_override: a status with which the webhook path answers in place of the route: 404, 500 …
        handler: `noop` acknowledges and writes nothing; `refuses-unpaid` does so for what is not paid yet,
            `only-paid` for orders with nothing to pay, too; `with-renewals` acts on invoice.paid besides.
        handler_version: of which version of the app the handler is, by the name of its app profile.
        page_version: of which one the page is.
        page_table: the table that the page names instead of its version's; there is none of that name, so
            that it ends in PGRST205.
        hidden_tables: tables that the Data API does not know, whatever the database has (PGRST205).
        database_gone: neither the handler nor the page reaches the database.
        refusals: the statuses with which the handler refuses what is not signed, and what is wrongly signed.
        only_stripe: every other visitor meets a protection, which answers with this; Stripe passes.
        hangs_on: event types that the handler never answers; `*` for every one that is rightly signed.
        alters_body: something in front re-encodes characters beyond ASCII before the signature is checked.
        hang_seconds: how long every answer is held back.
    """

    webhook_path = "/api/webhooks/stripe"

    def __init__(self, *, dsn: str, webhook_secret: str | None, handler_role: str = "service_role") -> None:
        """`dsn` is the database as `postgres`, who may read the logins and become the API's roles."""
        self.webhook_secret = webhook_secret
        self.handler_role = handler_role
        self.idle_paths: frozenset[str] = frozenset()
        self.log: list[str] = []
        self.requests: list[tuple[str, str]] = []
        self.gate: int | None = None
        self.redirect_to: str | None = None
        self.status_override: int | None = None
        self.handler: Literal["normal", "noop", "refuses-unpaid", "only-paid", "with-renewals"] = "normal"
        self.handler_version = GUIDE
        self.page_version = GUIDE
        self.page_table: str | None = None
        self.hidden_tables: set[str] = set()
        self.database_gone = False
        self.refusals = (400, 400)
        self.only_stripe: Response | None = None
        self.hangs_on: frozenset[str] = frozenset()
        self.alters_body = False
        self.hang_seconds = 0.0
        self._dsn = dsn
        super().__init__()

    def becomes(self, version: str) -> None:
        """Handler, page and the webhook's path are those of that version of the app (its profile's name)."""
        self.handler_version = self.page_version = version
        self.webhook_path = PROFILES[version].handler.path

    def _answer(self, request: Request) -> Response:
        self.requests.append((request.method, request.path))
        if self.hang_seconds:
            self._server.stopping.wait(self.hang_seconds)
        if self.only_stripe is not None and not request.headers.get("user-agent", "").startswith("Stripe/"):
            return self.only_stripe
        if request.path != "/" and request.path.endswith("/"):
            # What Next.js does unless it is told otherwise (trailingSlash).
            return Response(308, b"", {"Location": request.path.rstrip("/")})
        if request.path == self.webhook_path or request.path in self.idle_paths:
            return self._in_front() or self._webhook(request)
        if request.path not in ("/", "/encours"):
            return html_response(404, "This page could not be found.")
        if request.method not in ("GET", "HEAD"):
            return Response(405, b"", {"Allow": "GET, HEAD"})
        email = request.parameters.get("email")
        if request.path == "/encours" and email is not None:
            return self._page(email)
        return html_response(200, "IAHome")

    def _in_front(self) -> Response | None:
        """What answers before the app's own route does."""
        if self.gate is not None:
            return html_response(self.gate, "Authentication required")
        if self.redirect_to is not None:
            return Response(308, b"", {"Location": self.redirect_to})
        if self.status_override is not None:
            return html_response(self.status_override, f"Error {self.status_override}")
        return None

    def _webhook(self, request: Request) -> Response:
        if request.method != "POST":
            return Response(405, b"", {"Allow": "POST"})
        event = self._verified(request)
        if event is None:
            status = self.refusals["stripe-signature" in request.headers]
            return json_response(status, {"error": "Webhook signature verification failed"})
        if not self.hangs_on.isdisjoint({"*", str(event.get("type"))}):
            self._server.stopping.wait(_NEVER)
        if request.path != self.webhook_path:
            return json_response(200, {"received": True})
        if event.get("type") == "checkout.session.completed" and self._acts_on(event["data"]["object"]):
            self._fulfil(event["data"]["object"])
        if event.get("type") == "invoice.paid" and self.handler == "with-renewals":
            invoice = event["data"]["object"]
            self._fulfil({**invoice, "metadata": invoice["parent"]["subscription_details"]["metadata"]})
        return json_response(200, {"received": True})

    def _acts_on(self, session: dict[str, Any]) -> bool:
        if self.handler == "refuses-unpaid":
            return session.get("payment_status") != "unpaid"
        if self.handler == "only-paid":
            return session.get("payment_status") == "paid"
        return self.handler in ("normal", "with-renewals")

    def _verified(self, request: Request) -> dict[str, Any] | None:
        """The event, None when it is not rightly signed (a missing secret ends the same way in this app)."""
        import stripe

        body = request.body.decode("latin-1").encode() if self.alters_body else request.body
        try:
            stripe.Webhook.construct_event(
                body, request.headers.get("stripe-signature", ""), self.webhook_secret or ""
            )
            event = json.loads(body)
        except (stripe.SignatureVerificationError, ValueError):
            return None
        return event if isinstance(event, dict) else None

    def _fulfil(self, session: dict[str, Any]) -> None:
        try:
            with self._connect() as connection:
                caller = Caller(connection, self.handler_role, {}, frozenset(self.hidden_tables))
                fulfil(caller, session, self.log, version=self.handler_version)
        except psycopg.OperationalError:
            self.log.append("database: no connection")

    def _page(self, email: str) -> Response:
        try:
            with self._connect() as connection:
                hidden = set(self.hidden_tables)
                if self.page_table is not None:
                    hidden.add(PROFILES[self.page_version].table.name)
                modules, error = listed_modules(connection, email, frozenset(hidden), self.page_version)
        except psycopg.Error as failure:
            modules, error = [], f"login:{failure.sqlstate or 'connection'}"
        return json_response(200, {"modules": modules, "error": error})

    def _connect(self) -> psycopg.Connection:
        if self.database_gone:
            raise psycopg.OperationalError("the project is paused")
        return psycopg.connect(self._dsn, autocommit=True)
