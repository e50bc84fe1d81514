"""Supabase's Management API over HTTPS: one project, one call at a time."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from iahome_fix.errors import CouldNotTell, UsageError
from iahome_fix.i18n import _
from iahome_fix.systems import asked, expected
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.deadline import TookTooLong, within
from iahome_fix.systems.http_client import open_client
from iahome_fix.systems.management_errors import (
    TOKENS_PAGE,
    AnswerLost,
    ManagementError,
    as_unexpected,
    by_status,
    gives_no_connection,
    refusal,
    reset_in,
    unexpected,
    unreachable,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["BASE", "TOKENS_PAGE", "AnswerLost", "ManagementApi", "ManagementError"]

T = TypeVar("T")

BASE = "https://api.supabase.com"

_SHORTEST_WAIT = 0.2
_LONGEST_WAIT = 20.0  # seconds; a rate limit that ends later is said instead of waited for
# Beyond the time limit, so that the HTTP client's own limit comes first.
_GRACE = 1.0


class ManagementApi:
    """One project, seen with one token. Safe to use from several threads."""

    def __init__(self, base: str, token: str, ref: str, *, timeout: float) -> None:
        """`base`: the API's address; `ref`: the project; `timeout`: seconds to connect and for one answer.

        Raises UsageError for an address that the token must not be sent to, or a token that cannot be one.
        """
        if not re.match(r"https://|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::|/|\Z)", base):
            raise UsageError(
                "management-url",
                _("SUPABASE_MANAGEMENT_API_URL must start with https://: the token is sent there"),
            )
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise UsageError(
                "management-token",
                _("SUPABASE_ACCESS_TOKEN holds a character that no token has"),
                _("copy the token again: {url}").format(url=TOKENS_PAGE),
            )
        self.ref = ref
        self.host = re.sub(r"\Ahttps?://", "", base)
        self._base = base
        self._token = token
        self._timeout = timeout
        self._http: httpx.Client | None = None
        self._lock = threading.Lock()
        self._dead: ManagementError | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        permission: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        patience: float = 0.0,
        holds: Callable[[Any], T] | None = None,
    ) -> T:
        """The JSON answer to one request below /v1/projects/{ref}.

        `permission`: what a scoped token needs for it; `patience`: seconds that the answer may take beyond
        `timeout`; `holds`: gives what the answer says, and raises Misfit where it is none.

        Raises SqlError for a statement that failed, ManagementError for a refusal, AnswerLost where the
        request may have been carried out nevertheless.
        """
        if self._dead is not None:
            raise self._dead
        try:
            answer = self._answer(method, path, body, query, patience)
            if not answer.is_success:
                if gives_no_connection(answer):
                    raise self.by_status(self.status())
                raise refusal(answer, host=self.host, ref=self.ref, permission=permission)
        except ManagementError as failure:
            if failure.lasts:
                self._dead = failure
            raise
        try:
            document = expected.parsed(answer.content)
            return cast("T", document) if holds is None else holds(document)
        except expected.Misfit as misfit:
            # It may have been carried out: its status says so.
            raise AnswerLost(unexpected(answer, misfit)) from None

    def status(self) -> str | None:
        """The state of the project (ACTIVE_HEALTHY, INACTIVE, …); None where it could not be told."""
        try:
            answer: Any = self.call("GET", "", permission="project_admin_read")
        except (CouldNotTell, AnswerLost, SqlError):
            return None
        state = answer.get("status") if isinstance(answer, dict) else None
        return str(state) if state else None

    def by_status(self, state: str | None) -> ManagementError:
        """Why the database of the project does not answer, by the state that the project is in."""
        return by_status(self.ref, state)

    def bans(self) -> int:
        """How many addresses the project refuses after wrong passwords; 0 where it could not be told."""
        try:
            answer: Any = self.call("POST", "/network-bans/retrieve", permission="database_network_bans_read")
        except (CouldNotTell, AnswerLost, SqlError):
            return 0
        banned = answer.get("banned_ipv4_addresses") if isinstance(answer, dict) else None
        return len(banned) if isinstance(banned, list) else 0

    def legacy_keys(self) -> bool | None:
        """Whether the project still takes its anon and service_role keys; None where it could not be told."""
        try:
            answer: Any = self.call("GET", "/api-keys/legacy", permission="api_gateway_keys_read")
        except (CouldNotTell, AnswerLost, SqlError):
            return None
        enabled = answer.get("enabled") if isinstance(answer, dict) else None
        return enabled if isinstance(enabled, bool) else None

    def close(self) -> None:
        """End the connections."""
        with self._lock:
            if self._http is not None:
                self._http.close()
                self._http = None

    def _answer(
        self, method: str, path: str, body: Any, query: Mapping[str, str] | None, patience: float
    ) -> httpx.Response:
        """The answer, after a short wait where the rate limit asks for one."""
        import httpx

        deadline = time.monotonic() + min(self._timeout, _LONGEST_WAIT)
        while True:
            try:
                answer = within(
                    self._timeout + patience + _GRACE,
                    lambda: self._client().request(
                        method,
                        f"{self._base}/v1/projects/{self.ref}{path}",
                        headers={"Authorization": f"Bearer {self._token}"},
                        json=body,
                        params=query,
                        timeout=httpx.Timeout(self._timeout, read=self._timeout + patience),
                    ),
                )
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                self._dead = unreachable(error, host=self.host, timeout=self._timeout)
                raise self._dead from None
            except (httpx.TransportError, TookTooLong) as error:
                raise AnswerLost(unreachable(error, host=self.host, timeout=self._timeout)) from None
            except expected.UnexpectedResponse as odd:
                raise AnswerLost(as_unexpected(odd)) from None
            except httpx.InvalidURL:
                raise UsageError(
                    "management-url", _("SUPABASE_MANAGEMENT_API_URL cannot be read as an address")
                ) from None
            wait = reset_in(answer) if answer.status_code == 429 else None
            if wait is None or time.monotonic() + wait > deadline:
                return answer
            # Refused before anything was done, so asking again repeats nothing.
            time.sleep(max(wait, _SHORTEST_WAIT))

    def _client(self) -> httpx.Client:
        with self._lock:
            if self._http is None:
                self._http = open_client(asked.MANAGEMENT_API)
            return self._http
