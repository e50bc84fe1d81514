"""The HTTP client behind `open_client`: imported only by what asks somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from iahome_fix.systems import asked as under_way
from iahome_fix.systems import expected

if TYPE_CHECKING:
    from collections.abc import Callable


class BoundedClient(httpx.Client):
    """Reads no answer that has no end, and has each one looked at before anybody else sees it."""

    def __init__(
        self, held_against: Callable[[httpx.Response], None] | None, system: str, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self._held_against = held_against
        self._system = system

    def send(self, request: httpx.Request, *, stream: bool = False, **more: Any) -> httpx.Response:
        """As in the base class. Raises UnexpectedResponse for what is too large, or what `held_against` does
        not take."""
        with under_way.asking(self._system):
            answer = super().send(request, stream=True, **more)
            if stream:
                return answer
            try:
                whole = _whole(answer)
            finally:
                answer.close()
        if self._held_against is not None:
            self._held_against(whole)
        return whole


def asked(request: httpx.Request) -> str:
    """What a request asks for, without its query: that may hold addresses."""
    return f"{request.method} {request.url.host}{request.url.path}"


def _whole(answer: httpx.Response) -> httpx.Response:
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > expected.LARGEST:
            raise expected.too_large(asked(answer.request))
    # The body is decoded by now.
    gone = ("content-encoding", "content-length", "transfer-encoding")
    headers = [(name, value) for name, value in answer.headers.multi_items() if name.lower() not in gone]
    return httpx.Response(
        answer.status_code,
        headers=headers,
        content=bytes(body),
        request=answer.request,
        extensions=answer.extensions,
        history=answer.history,
    )
