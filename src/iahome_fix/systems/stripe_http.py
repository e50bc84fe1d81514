"""The HTTP session under the Stripe library; imported only when Stripe is asked."""

from __future__ import annotations

from typing import Any

import requests


class PatientOnceSession(requests.Session):
    """A session in which silence is paid for once.

    The library repeats a call that timed out, so that a silent server would cost three time limits. A read
    that found silence is told as an error that the library does not repeat. A write is repeated: it carries
    an idempotency key, and whether it took effect is worth the wait.
    """

    def __init__(self) -> None:
        super().__init__()
        # Without this a `default` entry of ~/.netrc replaces the key.
        self.auth = _as_it_is

    def request(self, method: str, url: str | bytes, *more: Any, **named: Any) -> requests.Response:
        """As in the base class, but for the error of a GET that took too long."""
        try:
            return super().request(method, url, *more, **named)
        except requests.RequestException as error:
            if method.upper() == "GET" and _is_silence(error):
                raise requests.RequestException("timed out") from None
            raise


def _is_silence(error: requests.RequestException) -> bool:
    # A body that stops half-way comes as a ConnectionError.
    return isinstance(error, requests.Timeout) or "timed out" in str(error).lower()


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
