"""What the tests of the Data API stand-in share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.loopback_client import loopback_client

if TYPE_CHECKING:
    import httpx

ServeApi = Callable[[str], Gateway]
AMELIE = "amelie.durand@example.test"


def ask(gateway: Gateway, key: str | None, path: str, method: str = "GET", **more: Any) -> httpx.Response:
    headers: dict[str, str] = more.pop("headers", {})
    if key is not None:
        headers = {"apikey": key, "Authorization": f"Bearer {key}", **headers}
    with loopback_client(base_url=gateway.url, timeout=30) as client:
        return client.request(method, path, headers=headers, **more)


def until(answers: Callable[[], httpx.Response], status: int, code: str | None = None) -> httpx.Response:
    """The first answer with the status, and the code where one is given; else the last within 10 s."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        answer = answers()
        if answer.status_code == status and (code is None or answer.json()["code"] == code):
            return answer
        time.sleep(0.02)
    return answers()
