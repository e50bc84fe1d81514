"""The stand-in over HTTP, on a free port of 127.0.0.1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import unquote

from iahome_fix.sandbox import loopback
from iahome_fix.sandbox.stripe import params
from iahome_fix.sandbox.stripe.router import Request, Router
from iahome_fix.systems.stripe_ids import new_id

if TYPE_CHECKING:
    from types import TracebackType

    from iahome_fix.sandbox.stripe.params import Params
    from iahome_fix.sandbox.stripe.state import StripeState


class Received(NamedTuple):
    """A call that came in: `params` is the query, or for a POST the body."""

    method: str
    path: str
    params: Params


class StripeStandIn:
    """Serves one state while the `with` block runs.

    Give `url` (`http://127.0.0.1:PORT`) to the Stripe library as `base_addresses={"api": server.url}`.
    `requests` holds every call that came in, refused ones too. Leaving the block wakes handlers that wait and
    closes all connections.
    """

    def __init__(self, state: StripeState) -> None:
        self.state = state
        self.requests: list[Received] = []
        self._router = Router(state)
        self._server = loopback.LoopbackServer(self._answer)

    @property
    def url(self) -> str:
        """Base address without a slash at its end; "" before the start."""
        return self._server.url

    def start(self) -> Self:
        self._server.start()
        return self

    def stop(self) -> None:
        """Safe to call more than once."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self, incoming: loopback.Request) -> loopback.Response:
        body = incoming.body.decode("utf-8", "replace")
        request = Request(incoming.method, unquote(incoming.path), incoming.query, body, incoming.headers)
        given = _given(request)
        with self.state.lock:
            self.requests.append(Received(request.method, request.path, given))
            trouble = self.state.trouble
            latency, hang, web_page = trouble.latency, trouble.hang_seconds, trouble.html_body
        if hang > 0:
            self._server.stopping.wait(hang)
            raise ConnectionAbortedError  # the connection is closed without an answer
        if latency > 0:
            self._server.stopping.wait(latency)
        answer = self._router.answer(request, given)
        headers = {"Request-Id": new_id("req", 14), **answer.headers}
        if web_page:
            return loopback.html_response(answer.status, "Bad gateway", headers)
        return loopback.Response(answer.status, answer.body, {"Content-Type": "application/json", **headers})


def _given(request: Request) -> Params:
    """Parameters of the query and the body together; v2 bodies are JSON, v1 bodies are forms."""
    given = params.parse(request.query)
    if request.body and request.headers.get("content-type", "").startswith("application/json"):
        try:
            sent = json.loads(request.body)
        except ValueError:
            sent = None
        return {**given, **sent} if isinstance(sent, dict) else given
    return {**given, **params.parse(request.body)}
