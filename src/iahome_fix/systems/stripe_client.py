"""The Stripe library, set up once for this tool: limits, no side effects, one way to call it."""

from __future__ import annotations

import os
import random
import threading
import time
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from iahome_fix.i18n import _
from iahome_fix.systems.deadline import TookTooLong, within
from iahome_fix.systems.expected import UnexpectedResponse, kind_of
from iahome_fix.systems.first_answer import FirstAnswer
from iahome_fix.systems.stripe_errors import (
    StripeFailure,
    explain,
    malformed,
    publishable,
    unexpected,
    unreachable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests
    import stripe

    from iahome_fix.systems.stripe_http import HeldClient

_RETRIES = 2
_CONNECT_SECONDS = 3.0
_FIRST_PAUSE = 0.5
_RATE_LIMIT_TRIES = 5
# Beyond the time limit: the pauses between the library's tries. Only an answer that trickles in needs it all.
_GRACE = 4.0


class StripeConnection:
    """A client for one key. Safe to use from several threads.

    The library repeats calls on its own after network errors and 5xx answers (`max_network_retries`), but
    never after a 429, and it does not look at Retry-After; that pause is kept here.
    """

    def __init__(self, key: str, *, base_url: str | None, timeout: float, writes: bool = False) -> None:
        """`base_url`: another address of the API (a stand-in); `timeout`: seconds per try; `writes`: it is
        for calls that change something.

        Raises KeyRejected for a publishable key, or what cannot be a key, before anything is sent.
        """
        if key.strip().startswith("pk_"):
            raise publishable()
        if not (key.isascii() and key.isprintable()) or " " in key.strip():
            raise malformed()
        self.timeout = timeout
        # A write may use all its tries: whether it took effect should be known.
        self._longest = (1 + _RETRIES if writes else 1) * timeout + _GRACE
        self._key = key
        self._base_url = base_url.rstrip("/") if base_url else None
        self._opening = threading.Lock()
        self._first = None if writes else FirstAnswer()
        self._client: stripe.StripeClient | None = None
        self._session: requests.Session | None = None
        self._http: HeldClient | None = None

    @property
    def mode(self) -> str | None:
        """`live` or `test` as the prefix of the key says, None when it says nothing (organisation keys)."""
        return mode_of(self._key)

    def read(self, path: str, query: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a GET, as `call` gives one, read raw.

        Making the library's objects takes longer than everything else together.
        """

        def ask(client: stripe.StripeClient) -> dict[str, Any]:
            with cast("HeldClient", self._http).keeping() as answers:
                client.raw_request("get", path, **query)
                return answers[-1]

        return self.call(ask)

    def call(self, ask: Callable[[stripe.StripeClient], Any]) -> dict[str, Any]:
        """The answer of one call as plain JSON types.

        A 429 is tried again a few times, within three times `timeout`. As long as nothing was ever answered
        a read waits for the first one, and fails with it. Raises StripeFailure for everything that is not a
        success, unexpected responses included.
        """
        if self._first is None:
            return self._call(ask, lambda: None)
        with self._first.asking():
            try:
                return self._call(ask, self._first.heard)
            except StripeFailure as failure:
                if failure.reason == "unreachable":
                    self._first.silent(failure)
                raise

    def _call(self, ask: Callable[[stripe.StripeClient], Any], heard: Callable[[], None]) -> dict[str, Any]:
        client = self._opened()
        import stripe

        deadline = time.monotonic() + 3 * self.timeout
        pause = _FIRST_PAUSE
        for left in reversed(range(_RATE_LIMIT_TRIES)):
            try:
                answer = within(self._longest, lambda: ask(client))
                heard()
                return _plain(answer)
            except TookTooLong:
                raise unreachable("timed out", self.timeout) from None
            except stripe.StripeError as error:
                failure = explain(error, self.timeout)
                if failure.reason != "unreachable":
                    heard()
            except UnexpectedResponse as odd:
                heard()
                raise unexpected(odd) from None
            except StripeFailure:
                raise
            except Exception as error:  # noqa: BLE001 - what the library trips over is no answer
                heard()
                raise unexpected(
                    _("what the library does not read ({kind})").format(kind=type(error).__name__)
                ) from None
            # Up to half of the pause at random, so that two runs do not stay in step.
            wait = pause * random.uniform(1, 1.5)  # noqa: S311 - no secret depends on it
            if failure.reason != "rate-limited" or not left or time.monotonic() + wait > deadline:
                raise failure from None
            time.sleep(wait)
            pause *= 2
        raise unexpected(_("no answer"))

    def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            self._session.close()

    def _opened(self) -> stripe.StripeClient:
        with self._opening:
            if self._client is None:
                self._client = self._open()
            return self._client

    def _open(self) -> stripe.StripeClient:
        # Both are read by the library: notices would become warnings, debug logs show whole answers.
        os.environ.setdefault("STRIPE_SUPPRESS_NOTICES", "true")
        os.environ.pop("STRIPE_LOG", None)
        import stripe

        from iahome_fix.systems.stripe_http import HeldClient, PatientOnceSession

        stripe.enable_telemetry = False
        self._session = PatientOnceSession()
        if self._base_url and is_loopback(self._base_url):
            self._session.trust_env = False  # no proxy between this machine and itself
        limits = (min(_CONNECT_SECONDS, self.timeout), self.timeout)
        self._http = HeldClient(timeout=limits, session=self._session)
        # The library's own hosts are used for what is not given.
        addresses: Any = {"api": self._base_url} if self._base_url else {}
        return stripe.StripeClient(
            self._key, base_addresses=addresses, max_network_retries=_RETRIES, http_client=self._http
        )


def mode_of(key: str) -> str | None:
    """`live` or `test`, read from the prefix of a key; a hint only."""
    for mode in ("live", "test"):
        if f"_{mode}_" in key[:12]:
            return mode
    return None


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    import ipaddress

    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _plain(answer: Any) -> dict[str, Any]:
    """An answer as plain types. Objects of the library are no dicts, so `to_dict` it is."""
    value = answer if isinstance(answer, dict) else answer.to_dict()
    if not isinstance(value, dict):
        raise unexpected(kind_of(value))
    return value
