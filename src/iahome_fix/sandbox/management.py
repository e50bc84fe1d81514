"""A stand-in for Supabase's Management API: SQL over HTTP, the project's status, its logs, and refusals.

The SQL really runs, as the role that the platform takes for it and on a connection of its own; answers and
errors have the form that the platform's query endpoint (postgres-meta) gives them. Nothing here knows what
iahome-fix sends.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.loopback import Request, Response, Served, json_response
from iahome_fix.sandbox.management_logs import LogStore
from iahome_fix.sandbox.management_sql import Failed, Unreachable, run

if TYPE_CHECKING:
    from iahome_fix.sandbox.gateway import Gateway

_ROUTE = re.compile(r"/v1/projects/(?P<ref>[^/]+)(?P<rest>/.*)?")
_PERMISSIONS = {
    ("GET", ""): "project_admin_read",
    ("POST", "/database/query"): "database_write",
    ("POST", "/database/query/read-only"): "database_read",
    ("POST", "/network-bans/retrieve"): "database_network_bans_read",
    ("GET", "/api-keys/legacy"): "api_gateway_keys_read",
    ("GET", "/analytics/endpoints/logs"): "analytics_logs_read",
}
_BODY_LIMIT = 3 * 1024 * 1024
_NO_CONNECTION = "Failed to run sql query: Connection terminated due to connection timeout"


class ManagementServer(Served):
    """Serves one project on a free loopback port; a context manager.

    Attributes:
        url: the base address (what SUPABASE_MANAGEMENT_API_URL would hold).
        token: what is accepted; set another one to revoke the old.
        ref: the project.
        status: its state; with any that does not begin with ACTIVE the database gives no connection.
        missing: permissions that the token lacks.
        nested_permissions: name them one level deeper in the answer, as some endpoints do.
        overloaded: the database gives no connection, whatever the status says.
        rate_limit, rate_window: requests per path and seconds; beyond them 429.
        query_limit: seconds for one statement.
        hang_seconds: how long every answer is held back.
        lose_answers: how many of the next answers to a query that was run get lost on the way.
        banned: addresses that the project refuses.
        legacy_keys: whether the project still takes its JWT keys; None: as its gateway does.
        requests: method, path below the project, and status of every request that was answered.
        logs: what the logs endpoint tells.
    """

    def __init__(self, *, dsn: str, ref: str, gateway: Gateway | None = None) -> None:
        """`dsn`: the database as `postgres`; `gateway`: the Data API whose requests the logs tell of."""
        self.ref = ref
        self.token = access_token()
        self.status = "ACTIVE_HEALTHY"
        self.missing: set[str] = set()
        self.nested_permissions = False
        self.overloaded = False
        self.rate_limit = 120
        self.rate_window = 60.0
        self.query_limit = 55.0
        self.hang_seconds = 0.0
        self.lose_answers = 0
        self.banned: list[str] = []
        self.legacy_keys: bool | None = None
        self.requests: list[tuple[str, str, int]] = []
        self.logs = LogStore(gateway)
        self._dsn = dsn
        self._gateway = gateway
        self._counted: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()
        super().__init__()

    def _answer(self, request: Request) -> Response:
        if self.hang_seconds:
            self._server.stopping.wait(self.hang_seconds)
        route = _ROUTE.fullmatch(request.path)
        rest = (route["rest"] or "").rstrip("/") if route else request.path
        response = self._checked(request, route["ref"] if route else None, rest)
        self.requests.append((request.method, rest, response.status))
        return response

    def _checked(self, request: Request, ref: str | None, rest: str) -> Response:
        if request.headers.get("authorization", "") != f"Bearer {self.token}":
            return _said(401, "Unauthorized")
        left, reset = self._count(rest)
        headers = {
            "X-RateLimit-Limit": str(self.rate_limit),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": f"{reset:.0f}" if reset > 1 else f"{reset:.2f}",
        }
        if left < 0:
            return _said(429, "ThrottlerException: Too Many Requests", headers)
        if rest == "/analytics/endpoints/logs.all":
            return _said(410, "This endpoint was removed; use analytics/endpoints/logs", headers)
        permission = _PERMISSIONS.get((request.method, rest))
        if ref != self.ref or permission is None:
            return _said(404, "Not Found", headers)
        if permission in self.missing:
            return self._forbidden(permission, headers)
        response = self._route(rest, request)
        return Response(response.status, response.body, {**response.headers, **headers})

    def _count(self, rest: str) -> tuple[int, float]:
        """Requests left for a path in its window, and seconds until the next window."""
        with self._lock:
            now = time.monotonic()
            started, count = self._counted.get(rest, (now, 0))
            if now - started >= self.rate_window:
                started, count = now, 0
            self._counted[rest] = (started, count + 1)
            return self.rate_limit - count - 1, max(0.05, started + self.rate_window - now)

    def _forbidden(self, permission: str, headers: dict[str, str]) -> Response:
        named = {"missing_permissions": [permission]}
        document = {"message": f"Missing required permission(s): {permission}"}
        return json_response(
            403, {**document, "error": named} if self.nested_permissions else {**document, **named}, headers
        )

    def _route(self, rest: str, request: Request) -> Response:
        if rest == "":
            return json_response(
                200,
                {
                    "id": self.ref,
                    "ref": self.ref,
                    "organization_id": "sandbox",
                    "name": "IAHome",
                    "region": "eu-west-3",
                    "status": self.status,
                    "database": {"host": f"db.{self.ref}.supabase.co", "version": "17.6.1.121"},
                    "created_at": "2025-06-01T00:00:00Z",
                },
            )
        if rest == "/network-bans/retrieve":
            return json_response(201, {"banned_ipv4_addresses": self.banned})
        if rest == "/api-keys/legacy":
            taken = self._gateway is None or not self._gateway.legacy_keys_disabled
            return json_response(200, {"enabled": taken if self.legacy_keys is None else self.legacy_keys})
        if rest == "/analytics/endpoints/logs":
            return self.logs.answer(request.parameters)
        return self._query(request, read_only=rest.endswith("/read-only"))

    def _query(self, request: Request, *, read_only: bool) -> Response:
        if len(request.body) > _BODY_LIMIT:
            return _said(413, "request entity too large")
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("query"), str) or not body["query"]:
            return _said(400, "query: Invalid input: expected string")
        if set(body) - {"query", "read_only"}:
            return _said(400, f"not known to this stand-in: {', '.join(sorted(set(body)))}")
        if self.overloaded or not self.status.startswith("ACTIVE"):
            return _said(544, _NO_CONNECTION)
        try:
            rows = run(
                self._dsn,
                body["query"],
                read_only=read_only or body.get("read_only") is True,
                limit=self.query_limit,
            )
        except Failed as failed:
            self.logs.database_error(failed)
            return _said(400, f"Failed to run sql query: {failed.text}")
        except Unreachable:
            return _said(544, _NO_CONNECTION)
        with self._lock:
            lost = self.lose_answers > 0
            self.lose_answers -= lost
        if lost:
            raise ConnectionError("the answer got lost")
        return json_response(201, rows)


def access_token() -> str:
    """A token of the classic form."""
    return "sbp_" + secrets.token_hex(20)


def _said(status: int, message: str, headers: dict[str, Any] | None = None) -> Response:
    return json_response(status, {"message": message}, headers)
