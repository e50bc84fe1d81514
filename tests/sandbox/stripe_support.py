"""What the tests of the Stripe stand-in share: a running one, real clients, a webhook receiver."""

from __future__ import annotations

import json
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

import stripe

from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from iahome_fix.sandbox.loopback_client import loopback_client
from iahome_fix.sandbox.stripe import StripeStandIn, StripeState
from tests.sandbox import stripe_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

stripe.enable_telemetry = False  # otherwise it writes a file into the home folder

COMPLETED: Final = "checkout.session.completed"


class Answered(NamedTuple):
    """One answer of the stand-in as the Stripe library got it."""

    method: str
    path: str
    status: int
    content: bytes


class WatchingClient(stripe.RequestsClient):
    """The library's own HTTP client, which also remembers the answers."""

    def __init__(self, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.answers: list[Answered] = []

    def request(
        self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None
    ) -> tuple[Any, int, Any]:
        content, status, sent = super().request(method, url, headers, post_data)
        self.answers.append(Answered(method, urlsplit(url).path, status, content))
        return content, status, sent


@dataclass
class Bench:
    """A running stand-in. `checked` says whether all answers are held against Stripe's OpenAPI file."""

    state: StripeState
    server: StripeStandIn
    checked: bool = True
    watched: list[WatchingClient] = field(default_factory=list)
    open: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def plain(self) -> httpx.Client:
        return self.open.enter_context(loopback_client())

    def client(
        self,
        key: str | None = None,
        *,
        retries: int = 0,
        timeout: float = 10.0,
        account: str | None = None,
    ) -> stripe.StripeClient:
        """The real library, pointed here; without a key one that may do everything in live mode."""
        http = self.open.enter_context(closing(WatchingClient(timeout)))
        self.watched.append(http)
        return stripe.StripeClient(
            key or self.state.add_key(),
            stripe_account=account,
            base_addresses={"api": self.server.url},
            max_network_retries=retries,
            http_client=http,
        )

    def raw(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call without the library, for what the library does not send."""
        return self.plain.request(method, self.server.url + path, **options)

    def bearer(self, method: str, path: str, key: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}", **options.pop("headers", {})}
        return self.raw(method, path, headers=headers, **options)

    def differences(self) -> list[str]:
        """Everything in the answers so far that the package's types do not allow."""
        return [
            f"{answer.method} {answer.path} {answer.status} {problem}"
            for http in self.watched
            for answer in http.answers
            for problem in stripe_types.problems(*answer[:3], json.loads(answer.content))
        ]


@contextmanager
def running() -> Iterator[Bench]:
    """A stand-in with an empty account. At the end every answer must be as Stripe documents it."""
    state = StripeState(account="acct_1")
    with StripeStandIn(state) as server:
        bench = Bench(state, server)
        with bench.open:
            yield bench
    if bench.checked:
        differences = bench.differences()
        assert not differences, "\n".join(differences)


@dataclass
class Receiver:
    """A webhook receiver that verifies with the real library: 400 for a wrong signature, else `status`."""

    secret: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    events: list[stripe.Event] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.requests.append(request)
        try:
            event = stripe.Webhook.construct_event(
                request.body, request.headers["stripe-signature"], self.secret
            )
        except stripe.SignatureVerificationError as error:
            return json_response(400, {"error": str(error)})
        self.events.append(event)
        return json_response(self.status, {"received": True}, self.headers)


@contextmanager
def receiving(receiver: Receiver) -> Iterator[str]:
    """Runs the receiver and gives its URL."""
    server = LoopbackServer(receiver.answer)
    server.start()
    try:
        yield f"{server.url}/api/webhooks/stripe"
    finally:
        server.stop()


def error_of(error: stripe.StripeError) -> dict[str, Any]:
    """The `error` object in the body of a refused call."""
    assert isinstance(error.json_body, dict)
    found: dict[str, Any] = error.json_body["error"]
    return found
