"""The HTTP session under the Stripe library; imported only when Stripe is asked."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import stripe
from requests.adapters import HTTPAdapter

from iahome_fix.systems import asked, stripe_contract
from iahome_fix.systems.expected import LARGEST

_CONNECTIONS = 20


class HeldClient(stripe.RequestsClient):
    """The library's client, in which each answer is held against what was asked before the library reads it.

    The library parses by itself, and trips over odd bodies with AttributeError and others.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self._keeping = threading.local()

    @contextmanager
    def keeping(self) -> Iterator[list[dict[str, Any]]]:
        """What succeeds in this thread meanwhile comes here, the last at the end, and not to the library.

        A page of a hundred sessions is more than half a megabyte: it is read once, not twice.
        """
        answers: list[dict[str, Any]] = []
        self._keeping.answers = answers
        try:
            yield answers
        finally:
            del self._keeping.answers

    def request(self, *question: Any, **more: Any) -> Any:
        """As in the base class: method and address first. Raises UnexpectedResponse."""
        answer = super().request(*question, **more)
        body, status, headers = answer
        method, url = question[:2]
        found = stripe_contract.hold(method, url, body, status)
        kept: list[dict[str, Any]] | None = getattr(self._keeping, "answers", None)
        if kept is None or found is None:
            return answer
        kept.append(found)
        return "{}", status, headers


class PatientOnceSession(requests.Session):
    """A session in which silence is paid for once.

    The library repeats a call that timed out, so that a silent server would cost three time limits. A read
    that found silence is told as an error that the library does not repeat. A write is repeated: it carries
    an idempotency key, and whether it took effect is worth the wait.
    """

    def __init__(self) -> None:
        super().__init__()
        # As many connections as somebody may read with at once; the others are closed after each answer.
        self.mount("https://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
        self.mount("http://", HTTPAdapter(pool_maxsize=_CONNECTIONS))
        # Without this a `default` entry of ~/.netrc replaces the key.
        self.auth = _as_it_is

    def request(self, method: str, url: str | bytes, *more: Any, **named: Any) -> requests.Response:
        """As in the base class, but for the error of a GET that took too long, and a body without an end."""
        try:
            # Stripe redirects nobody; a captive portal does.
            here = {**named, "stream": True, "allow_redirects": False}
            with asked.asking(asked.STRIPE):
                return _bounded(super().request(method, url, *more, **here))
        except requests.RequestException as error:
            if method.upper() == "GET" and _is_silence(error):
                raise requests.RequestException("timed out") from None
            raise


def _is_silence(error: requests.RequestException) -> bool:
    # A body that stops half-way comes as a ConnectionError.
    return isinstance(error, requests.Timeout) or "timed out" in str(error).lower()


def _bounded(answer: requests.Response) -> requests.Response:
    """The same answer with its body read, cut where it is longer than any of Stripe's."""
    body = bytearray()
    with answer:
        for chunk in answer.iter_content(1 << 16):
            body += chunk
            if len(body) > LARGEST:
                break
    whole = requests.Response()
    whole.status_code, whole.headers, whole.url = answer.status_code, answer.headers, answer.url
    whole.request, whole.reason, whole.encoding = answer.request, answer.reason, answer.encoding
    whole.raw = io.BytesIO(bytes(body))
    return whole


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
