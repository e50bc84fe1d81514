"""The deployed site, seen from outside: single requests, no redirect followed, nothing kept.

Stripe does not follow redirects either, and counts 2xx only (Stripe, Webhooks).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from iahome_fix.systems import asked
from iahome_fix.systems.deadline import TookTooLong, within
from iahome_fix.systems.http_client import open_client
from iahome_fix.systems.stripe_client import is_loopback

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 32_768
# Beyond the time limit, so that the HTTP client's own limit comes first; only a name that is looked up for
# ever, or headers that trickle in, need it.
_GRACE = 1.0
_JSON = "application/json"
_CHALLENGE_HEADERS = ("cf-mitigated", "x-vercel-mitigated", "x-amzn-waf-action", "x-vercel-challenge-token")
_CHALLENGE_WORDS = (
    b"challenge-platform",
    b"cf-challenge",
    b"just a moment",
    b"captcha",
    b"vercel security checkpoint",
    b"attention required! | cloudflare",
    b"checking your browser",
    b"checking if the site connection is secure",
    b"verify you are human",
    b"enable javascript and cookies to continue",
    b"ddos-guard",
    b"_incapsula_resource",
    b"sucuri website firewall",
)


@dataclass(frozen=True)
class Answer:
    """What one request got.

    Attributes:
        url: the address that was asked.
        status: the HTTP status; None when there was no answer.
        location: where a redirect points to, as an absolute address.
        content_type: in lower case, without parameters; empty when not given.
        server: the `Server` header.
        challenge: a page for people only (bot protection) instead of the site.
        reason: why there was no answer: dns, refused, timeout, tls, network, closed, bad-url; else None.
        seconds: how long it took.
        platform: the error that the hosting platform names (`X-Vercel-Error`), such as
            FUNCTION_INVOCATION_TIMEOUT.
        clock: how many seconds the server's clock is ahead of this machine's; None when it does not say.
    """

    url: str
    status: int | None
    location: str | None = None
    content_type: str = ""
    server: str = ""
    challenge: bool = False
    reason: str | None = None
    seconds: float = 0.0
    clock: float | None = None
    platform: str = ""

    @property
    def is_page(self) -> bool:
        """An HTML page."""
        return "html" in self.content_type

    @property
    def redirects(self) -> bool:
        return self.status is not None and 300 <= self.status < 400

    @property
    def accepted(self) -> bool:
        """What Stripe counts as delivered: 2xx only."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refuses_unsigned(self) -> bool:
        """What a working webhook route says to a request without a valid signature."""
        return self.status == 400 and not self.is_page


class Site:
    """Asks the site. No method raises for what the network or the site does. Safe for several threads."""

    def __init__(self, url: str, *, timeout: float) -> None:
        """`url`: the site's address; `timeout`: seconds for one request.

        Raises CouldNotTell where the settings of this machine make no HTTP client possible.
        """
        self.url = url.rstrip("/")
        self._timeout = timeout
        self._http = open_client(
            asked.SITE, timeout=timeout, follow_redirects=False, trust_env=not is_loopback(url)
        )

    def address(self, path: str) -> str:
        """The absolute address of a path; an absolute address stays as it is."""
        return path if "://" in path else f"{self.url}/{path.lstrip('/')}"

    def probe_get(self, path: str) -> Answer:
        """GET, without any login."""
        return self._ask("GET", path)

    def post_unsigned(self, path: str) -> Answer:
        """POST an empty JSON object without a signature: every webhook route has to refuse it with 400."""
        return self._ask("POST", path, "{}")

    def post_signed(self, path: str, body: str, secret: str, timestamp: int | None = None) -> Answer:
        """POST `body` signed with `secret`, as of `timestamp` (seconds since the epoch; default now)."""
        import stripe

        header = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp)
        return self._ask("POST", path, body, {"Stripe-Signature": header})

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def _ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        import httpx

        url = self.address(path)
        started = time.monotonic()
        sent = {
            **(headers or {}),
            **({"Content-Type": f"{_JSON}; charset=utf-8"} if body is not None else {}),
        }
        content = body.encode() if body is not None else None

        def exchange() -> tuple[httpx.Response, bytes]:
            with self._http.stream(method, url, content=content, headers=sent) as response:
                return response, self._beginning(response, started)

        try:
            response, beginning = within(self._timeout + _GRACE, exchange)
        except TookTooLong:
            return Answer(url, None, reason="timeout", seconds=time.monotonic() - started)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return Answer(url, None, reason=_reason(error), seconds=time.monotonic() - started)
        return _answer(url, response, beginning, time.monotonic() - started)

    def _beginning(self, response: httpx.Response, started: float) -> bytes:
        """The first bytes of the body; a page that trickles in is cut off at the time limit."""
        found = b""
        for chunk in response.iter_bytes():
            found += chunk
            if len(found) >= _MOST_BYTES or time.monotonic() - started > self._timeout:
                break
        return found[:_MOST_BYTES]


def _answer(url: str, response: httpx.Response, beginning: bytes, seconds: float) -> Answer:
    location = response.headers.get("location")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    low = beginning.lower()
    challenge = any(name in response.headers for name in _CHALLENGE_HEADERS) or (
        "html" in kind and any(word in low for word in _CHALLENGE_WORDS)
    )
    return Answer(
        url=url,
        status=response.status_code,
        location=_joined(url, location) if location else None,
        content_type=kind,
        server=response.headers.get("server", "")[:60],
        challenge=challenge,
        seconds=seconds,
        clock=_ahead(response.headers.get("date")),
        platform=response.headers.get("x-vercel-error", "")[:60],
    )


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _ahead(date: str | None) -> float | None:
    """Seconds by which a `Date` header is ahead of this machine's clock (whole seconds, plus the way)."""
    if not date:
        return None
    try:
        then = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return (then - datetime.now(UTC)).total_seconds()


_WORDS = (
    ("tls", ("ssl", "certificate", "tls")),
    ("dns", ("name or service", "nodename", "getaddrinfo", "resolve", "no address", "name resolution")),
    ("refused", ("refused", "10061")),
    ("network", ("network is unreachable", "no route", "host is down", "10051", "10065")),
)


def _reason(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    text = str(error).lower()
    for word, signs in _WORDS:
        if any(sign in text for sign in signs):
            return word
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError)):
        return "bad-url"
    if isinstance(error, httpx.ConnectError):
        return "refused" if "all connection attempts failed" in text else "network"
    return "closed"
