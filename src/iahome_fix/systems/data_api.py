"""The Data API (PostgREST behind Supabase's gateway), through supabase-py.

Facts about codes and messages: PostgREST's error reference; gateway answers carry no `code`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.systems import asked, written
from iahome_fix.systems.deadline import TookTooLong, within
from iahome_fix.systems.http_client import open_client

if TYPE_CHECKING:
    import httpx
    from supabase import Client


# Beyond the time limit, so that the HTTP client's own limit comes first; only a name that is looked up for
# ever, or an answer that trickles in, needs it.
_GRACE = 1.0
_READS = ("GET", "HEAD", "OPTIONS")


class Request(Protocol):
    """A request of supabase-py that is ready to be sent."""

    def execute(self) -> Any:
        """Send it."""


@dataclass(frozen=True)
class Reply:
    """What the Data API said to one request: rows, or a code and a message.

    `code` is a PostgREST code or an SQLSTATE, `gateway` where the gateway did not let the key in, the HTTP
    status as text where it or a proxy answered otherwise, `network` where nobody did, None when the request
    succeeded. `reason` says why nobody answered: dns, refused, timeout or other. `key`: the columns of the
    unique key that a row is in the way of (23505).
    """

    code: str | None
    message: str
    rows: tuple[Mapping[str, Any], ...] = ()
    reason: str | None = None
    key: str | None = None

    @property
    def in_front(self) -> bool:
        """Whether something in front of the Data API answered, so that nothing is known of the API."""
        return self.code == "gateway" or bool(self.code and re.fullmatch(r"\d{3}", self.code))


class DataApi:
    """Requests as the role of one key."""

    def __init__(self, url: str, key: str, *, timeout: float) -> None:
        """`url`: the project's address without /rest/v1; `timeout`: seconds per request."""
        self._url = url
        self._key = key
        self._timeout = timeout
        self._http: httpx.Client | None = None
        self._client: Client | None = None
        self._answered = threading.local()

    def select(self, table: str, columns: str = "*", *, limit: int = 1) -> Reply:
        """Read a few rows, as `ask` does."""
        return self.ask(lambda client: client.table(table).select(columns).limit(limit))

    def serves(self, table: str) -> Reply:
        """Ask for all columns of a table and for none of its rows: is it there, and may it be read?"""
        return self.select(table, limit=0)

    def ask(self, request: Callable[[Client], Request]) -> Reply:
        """Send one request; every refusal is a Reply.

        Raises UnexpectedResponse for what is neither rows as they were asked for nor a refusal, and
        CouldNotTell for a bad URL. After a write that says nothing about what became of it.
        """
        import httpx
        from postgrest import APIError

        request_ready = request(self._supabase())

        def sent() -> Any:
            try:
                return request_ready.execute()
            except APIError as error:
                status = getattr(self._answered, "status", None)
                return Reply(*_explained(error, status), key=_key_in_the_way(error))

        try:
            answer = within(self._timeout + _GRACE, sent)
        except (httpx.TimeoutException, TookTooLong):
            said = _("no answer within {seconds} s").format(seconds=f"{self._timeout:g}")
            return Reply("network", said, reason="timeout")
        except httpx.HTTPError as error:
            reason, said = _network_reason(error)
            return Reply("network", said, reason=reason)
        return answer if isinstance(answer, Reply) else Reply(None, "", tuple(answer.data))

    def served_columns(self) -> Mapping[str, frozenset[str]] | None:
        """Tables and columns in the Data API's own picture of the schema; None when it does not tell.

        Raises UnexpectedResponse, as the two below.
        """
        types = self.served_types()
        return None if types is None else {name: frozenset(columns) for name, columns in types.items()}

    def served_types(self) -> Mapping[str, Mapping[str, str]] | None:
        """Tables, columns and types in the same picture, without lengths; None when it does not tell."""
        found = self._definitions()
        if found is None:
            return None
        return {
            name: {column: str(is_what.get("format")) for column, is_what in entry["properties"].items()}
            for name, entry in found.items()
            if "properties" in entry
        }

    def needed_columns(self, table: str) -> tuple[str, ...] | None:
        """The columns of a table that may not be empty and have no default; None when it does not tell."""
        entry = (self._definitions() or {}).get(table)
        if entry is None or "required" not in entry or "properties" not in entry:
            return None
        columns = entry["properties"]
        return tuple(name for name in entry["required"] if "default" not in columns.get(name, {}))

    def _definitions(self) -> Mapping[str, Any] | None:
        """What the root of the API says of the tables; None when it does not answer, or refuses."""
        import httpx

        from iahome_fix.systems import api_contract

        try:
            session = self._session()
            answer = within(
                self._timeout + _GRACE,
                lambda: session.get(
                    f"{self._url}/rest/v1/",
                    headers={"apikey": self._key, "Authorization": f"Bearer {self._key}"},
                ),
            )
        except (httpx.HTTPError, TookTooLong):
            return None
        return api_contract.definitions(answer) if answer.is_success else None

    def close(self) -> None:
        if self._http is not None:
            self._http.close()

    def _session(self) -> httpx.Client:
        if self._http is None:
            # HTTP/1.1: httpx speaks nothing newer unless asked.
            from iahome_fix.systems import api_contract

            hooks = {"request": [self._on_request], "response": [self._on_response]}
            self._http = open_client(
                asked.DATA_API, timeout=self._timeout, event_hooks=hooks, held_against=api_contract.hold
            )
        return self._http

    # Each writing request is a transaction of its own: a run that is interrupted has to say what stays.
    def _on_request(self, request: httpx.Request) -> None:
        if request.method not in _READS:
            written.sent(self._place)

    def _on_response(self, response: httpx.Response) -> None:
        self._answered.status = response.status_code
        if response.request.method not in _READS:
            written.answered(self._place, done=response.is_success)

    @property
    def _place(self) -> str:
        return _("the Data API at {host}").format(host=urlsplit(self._url).hostname or "?")

    def _supabase(self) -> Client:
        if self._client is None:
            from supabase import ClientOptions, SupabaseException, create_client

            options = ClientOptions(
                httpx_client=self._session(),
                postgrest_client_retry=False,
                auto_refresh_token=False,
                persist_session=False,
            )
            try:
                self._client = create_client(self._url, self._key, options=options)
            except SupabaseException as error:
                raise CouldNotTell("data-api", scrub(str(error))) from None
        return self._client


def _explained(error: Any, status: int | None) -> tuple[str, str]:
    """Code and message of a refusal; `status` of HTTP says what one without a code is about."""
    message = scrub(str(error.message or ""))[:300]
    if error.code is None:
        return "gateway" if status in (None, 401, 403) else str(status), message
    code = str(error.code)
    if re.fullmatch(r"\d{3}", code):
        return code, scrub(re.sub(r"<[^>]*>", " ", message))[:200].strip()
    return code, message


def _key_in_the_way(error: Any) -> str | None:
    found = re.match(r"Key \(([^)]+)\)=", str(error.details or ""))
    return found.group(1) if found and error.code == "23505" else None


def _network_reason(error: httpx.HTTPError) -> tuple[str, str]:
    text = str(error).lower()
    if any(word in text for word in ("name or service", "nodename", "getaddrinfo", "resolve", "no address")):
        return "dns", _("its host has no address (DNS)")
    if "refused" in text:
        return "refused", _("nothing listens there")
    return "other", scrub(str(error) or type(error).__name__)[:200]
