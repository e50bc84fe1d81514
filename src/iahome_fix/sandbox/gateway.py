"""The gateway in front of PostgREST, as a Supabase project has it: key check, paths, and faults on demand.

PostgREST 12 is behind it; what a caller sees is PostgREST 14: a table or a written column that is not in the
schema snapshot is answered from the snapshot (PGRST205, PGRST204), errors carry a `Proxy-Status` header.
"""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iahome_fix.sandbox import keys
from iahome_fix.sandbox.api_errors import (
    INVALID_KEY,
    LEGACY_DISABLED,
    NO_KEY,
    NO_ROUTE,
    NO_UPSTREAM,
    PAUSED,
    ROOT_FORBIDDEN,
    SECRET_IN_BROWSER,
    UNREGISTERED_KEY,
    like_version_14,
    like_version_16,
    missing_column,
    missing_table,
    needs_where,
    wrong_path,
)
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from iahome_fix.sandbox.payload import has_filter, written_columns
from iahome_fix.sandbox.schema_snapshot import SchemaSnapshot, most_alike
from iahome_fix.sandbox.upstream import Answer, NoAnswer, Upstream

if TYPE_CHECKING:
    from types import TracebackType

_REST = "/rest/v1"
_NOT_FORWARDED = {"host", "connection", "content-length", "apikey", "authorization", "accept-encoding"}
_NOT_RETURNED = {"connection", "transfer-encoding", "content-length", "content-encoding", "date", "server"}
_CATCH_UP = 5.0  # seconds that PostgREST may lag behind the snapshot after a notification
_REQUEST_LIMIT = 60.0  # seconds, the platform's own limit for REST


@dataclass(frozen=True)
class _Key:
    role: str
    opaque: bool


@dataclass(frozen=True)
class Seen:
    """One request as the platform's logs have it: never a key, never a body of a good answer.

    Attributes:
        role: who asked, by the key or the token; empty where neither was good.
        opaque_key: the key was of the newer form; `key_prefix` is its beginning then.
        proxy_status: the header that names the code of a PostgREST error, or nothing.
        message: what the error said.
        user_agent: what the caller calls itself.
    """

    at: datetime
    method: str
    path: str
    query: str
    status: int
    role: str = ""
    opaque_key: bool = False
    key_prefix: str = ""
    proxy_status: str = ""
    message: str = ""
    user_agent: str = ""


class Gateway:
    """Serves `/rest/v1` and `/auth/v1/health` of one project on a free loopback port; a context manager.

    Attributes:
        url: the project's base address (what SUPABASE_URL would hold).
        anon_key, service_key: the legacy keys (JWTs). publishable_key, secret_key: the newer, opaque ones.
        ref: the project's name, which the legacy keys carry. jwt_secret: what signs tokens.
        paused: every request is answered 540. reject_keys: every key is answered 401.
        legacy_keys_disabled: the two JWT keys are answered 401.
        answers: what everything is answered with in place of the project, None for the project itself.
        terse: errors have neither details nor hint, as PostgREST 16 has them with minimal verbosity.
        hang_seconds: how long every answer is held back.
        hide_tables: tables that the schema snapshot pretends not to know.
        seen: the last requests, for the logs.
    """

    def __init__(self, *, dsn: str, postgrest_url: str, jwt_secret: str, ref: str) -> None:
        """`dsn` is for the listener: any role that may connect; `postgrest_url` and `jwt_secret` are of one
        PostgrestProcess."""
        self.ref = ref
        self.anon_key = keys.legacy_key("anon", ref, jwt_secret)
        self.service_key = keys.legacy_key("service_role", ref, jwt_secret)
        self.publishable_key = keys.opaque_key("publishable")
        self.secret_key = keys.opaque_key("secret")
        self.paused = False
        self.reject_keys = False
        self.legacy_keys_disabled = False
        self.answers: Response | None = None
        self.terse = False
        self.hang_seconds = 0.0
        self.hide_tables: set[str] = set()
        self.seen: deque[Seen] = deque(maxlen=1000)
        self.jwt_secret = jwt_secret
        self._behind = Upstream(postgrest_url, timeout=_REQUEST_LIMIT)
        self._snapshot = SchemaSnapshot(dsn)
        self._server = LoopbackServer(self._answer)
        self._keys = {
            self.anon_key: _Key("anon", opaque=False),
            self.service_key: _Key("service_role", opaque=False),
            self.publishable_key: _Key("anon", opaque=True),
            self.secret_key: _Key("service_role", opaque=True),
        }

    def __enter__(self) -> Gateway:
        self._snapshot.start()
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._snapshot.stop()
        self._behind.close()

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def listener_dead(self) -> bool:
        """Set it to lose every NOTIFY pgrst from then on."""
        return self._snapshot.dead

    @listener_dead.setter
    def listener_dead(self, dead: bool) -> None:
        self._snapshot.dead = dead

    def user_jwt(self, user_id: str, email: str) -> str:
        """The token of a signed-in customer, good for an hour."""
        now = int(time.time())
        claims = {
            "iss": f"https://{self.ref}.supabase.co/auth/v1",
            "sub": user_id,
            "aud": "authenticated",
            "role": "authenticated",
            "email": email,
            "iat": now,
            "exp": now + 3600,
        }
        return keys.sign(claims, self.jwt_secret)

    def _answer(self, request: Request) -> Response:
        response = self._respond(request)
        if self.terse:
            response = like_version_16(response)
        self.seen.append(self._logged(request, response))
        return response

    def _logged(self, request: Request, response: Response) -> Seen:
        sent = request.headers.get("apikey", "")
        key = self._keys.get(sent)
        bearer = self._bearer(sent, key, request) if key else None
        claims = keys.read(bearer, self.jwt_secret) if bearer else None
        message = ""
        if response.status >= 400:
            try:
                message = str(json.loads(response.body).get("message") or "")
            except (ValueError, AttributeError):
                message = ""
        return Seen(
            at=datetime.now(UTC),
            method=request.method,
            path=request.path,
            query=request.query,
            status=response.status,
            role=str((claims or {}).get("role") or (key.role if key else "")),
            opaque_key=key is not None and key.opaque,
            key_prefix=sent[:16] if key is not None and key.opaque else "",
            proxy_status=response.headers.get("Proxy-Status", ""),
            message=message,
            user_agent=request.headers.get("user-agent", ""),
        )

    def _respond(self, request: Request) -> Response:
        if self.hang_seconds:
            self._server.stopping.wait(self.hang_seconds)
        if self.answers is not None:
            return self.answers
        if self.paused:
            return PAUSED
        known_path = request.path == _REST or request.path.startswith((_REST + "/", "/auth/v1/health"))
        if not known_path:
            return NO_ROUTE
        sent = request.headers.get("apikey", "")
        key = self._keys.get(sent)
        refusal = self._refusal(sent, key, request)
        if refusal is not None or key is None:
            return refusal or INVALID_KEY
        if not request.path.startswith(_REST):
            return json_response(200, {"version": "v2.180.0", "name": "GoTrue", "description": "GoTrue"})
        path = request.path.removeprefix(_REST).strip("/")
        if not path and key.role != "service_role":
            return ROOT_FORBIDDEN
        bearer = self._bearer(sent, key, request)
        try:
            return self._from_snapshot(path, bearer, request) or self._forward(path, bearer, request)
        except NoAnswer:
            return NO_UPSTREAM

    def _refusal(self, sent: str, key: _Key | None, request: Request) -> Response | None:
        """The gateway's own 401, None for a key that is good. These answers have no `code`."""
        if not sent:
            return NO_KEY
        if self.reject_keys:
            return INVALID_KEY
        if key is None:
            return UNREGISTERED_KEY if sent.startswith("sb_") else INVALID_KEY
        if self.legacy_keys_disabled and not key.opaque:
            return LEGACY_DISABLED
        if sent == self.secret_key and "mozilla" in request.headers.get("user-agent", "").lower():
            return SECRET_IN_BROWSER
        return None

    def _bearer(self, sent: str, key: _Key, request: Request) -> str | None:
        """The token for PostgREST: an opaque key becomes a short-lived one of its role."""
        kind, _space, token = request.headers.get("authorization", "").partition(" ")
        given = token.strip() if kind.lower() == "bearer" else None
        if key.opaque and given in (None, sent):
            now = int(time.time())
            return keys.sign({"role": key.role, "iat": now, "exp": now + 60}, self.jwt_secret)
        return given

    def _from_snapshot(self, path: str, bearer: str | None, request: Request) -> Response | None:
        """The answers that need no database. A bad token comes first, and PostgREST says that itself."""
        if not path or path.startswith("rpc/") or request.method == "OPTIONS":
            return None
        if bearer is not None and keys.read(bearer, self.jwt_secret) is None:
            return None
        if "/" in path:
            return wrong_path()
        columns = None if path in self.hide_tables else self._snapshot.columns(path)
        if columns is None:
            return missing_table(path, most_alike(path, self._snapshot.tables() - self.hide_tables))
        for column in written_columns(request):
            if column not in columns:
                return missing_column(path, column)
        if request.method in ("PATCH", "DELETE") and not has_filter(request):
            return needs_where(request.method)
        return None

    def _forward(self, path: str, bearer: str | None, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_FORWARDED}
        if bearer is not None:
            headers["authorization"] = f"Bearer {bearer}"
        target = f"/{path}?{request.query}" if request.query else f"/{path}"
        deadline = time.monotonic() + _CATCH_UP
        while True:
            answer = self._behind.request(request.method, target, headers=headers, content=request.body)
            if not _lags(answer) or time.monotonic() > deadline or self._server.stopping.is_set():
                break
            time.sleep(0.02)
        returned = {
            name.title(): value for name, value in answer.headers.items() if name not in _NOT_RETURNED
        }
        response = Response(answer.status, answer.body, returned)
        if answer.is_good:
            return response
        if request.method == "HEAD":
            # An error without a body says its code in a header only; the same request by GET tells it.
            detail = self._behind.request("GET", target, headers={**headers, "range": "0-0"}).body
            return like_version_14(response, detail)
        return like_version_14(response, answer.body)


def _lags(answer: Answer) -> bool:
    """Whether PostgREST 12 does not know yet what the snapshot, just renewed, already has."""
    if answer.status == 404:
        return answer.body in (b"", b"{}")
    if answer.status == 400:
        try:
            return bool(json.loads(answer.body).get("code") == "PGRST204")
        except (ValueError, AttributeError):
            return False
    return False
