"""A proxy on loopback that passes everything on, but for the n-th answer that it is told to damage."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx

from iahome_fix.sandbox.loopback import Request, Response, Served

Damage = Callable[[Response], Response]
_HOP = {
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "content-encoding",
    "date",
}


class Proxy(Served):
    """In front of `behind`. `strike(damage, path, method, after)`: the answers to that method whose path ends
    with `path`, and whose query has `asking` in it, are damaged, but for the first `after` of them. `struck`
    counts them; `methods`: of all requests."""

    def __init__(self, behind: str) -> None:
        super().__init__()
        self._behind = httpx.Client(base_url=behind, timeout=30, trust_env=False)
        self._lock = threading.Lock()
        self._damage: Damage | None = None
        self.methods: list[str] = []
        self._path, self._method, self._asking = "", "", ""
        self._left, self._forward, self.struck = 0, True, 0

    def strike(
        self,
        damage: Damage,
        path: str,
        *,
        method: str = "GET",
        asking: str = "",
        after: int = 0,
        forward: bool = True,
    ) -> None:
        """`forward` False: the request does not even reach what is behind."""
        self._damage, self._path, self._method, self._asking = damage, path, method, asking
        self._left, self._forward = after, forward
        self.struck = 0

    def heal(self) -> None:
        """Everything is passed on as it is."""
        self._damage = None

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._behind.close()

    def _answer(self, request: Request) -> Response:
        hit = False
        self.methods.append(request.method)
        if (
            self._damage is not None
            and request.method == self._method
            and request.path.endswith(self._path)
            and self._asking in request.query
        ):
            with self._lock:
                hit, self._left = self._left <= 0, self._left - 1
                self.struck += hit
        answer = Response(200) if hit and not self._forward else self._passed_on(request)
        return self._damage(answer) if hit and self._damage is not None else answer

    def _passed_on(self, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in _HOP}
        answer = self._behind.request(request.method, request.target, headers=headers, content=request.body)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
        return Response(answer.status_code, answer.content, kept)


def _body(make: Callable[[bytes], bytes]) -> Damage:
    return lambda answer: Response(200, make(answer.body), answer.headers)


def _saying(body: bytes, status: int = 200, kind: str = "application/json") -> Damage:
    return lambda _answer: Response(status, body, {"Content-Type": kind})


DAMAGES: dict[str, Damage] = {
    "truncated": _body(lambda body: body[: max(1, len(body) - 2)]),
    "html": _saying(b"<!doctype html><html><body>sign in to the network</body></html>", kind="text/html"),
    "html that says json": _saying(b"<html>sign in</html>"),
    "null": _saying(b"null"),
    "object": _saying(b"{}"),
    "number": _saying(b"42"),
    "text": _saying(b'"ok"'),
    "true": _saying(b"true"),
    "empty body": _saying(b""),
    "no content": _saying(b"", 204),
    "created": _saying(b"garbage", 201),
    "list of null": _saying(b"[null]"),
    "list of numbers": _saying(b"[1, 2]"),
    "other columns": _saying(b'[{"colour": "blue"}]'),
    "utf-16": _body(lambda body: (body or b"[]").decode().encode("utf-16")),
    "byte order mark": _body(lambda body: b"\xef\xbb\xbf" + body),
    "latin-1": _saying(b'["\xe9t\xe9"]'),
    "brackets": _saying(b"[" * 10_000 + b"]" * 10_000),
    "open brackets": _saying(b"[" * 10_000),
    "objects": _saying(b'{"a":' * 10_000 + b"1" + b"}" * 10_000),
    "names twice": _saying(b'{"data": [], "data": [], "has_more": false, "object": "list"}'),
    "nan": _saying(b'[{"id": NaN}]'),
    "infinity": _saying(b'[{"id": 1e999}]'),
    "redirect": lambda _answer: Response(302, b"", {"Location": "/elsewhere"}),
    "odd refusal": _saying(b"<html>no</html>", 403, "text/html"),
}
"""What comes instead of an answer; none of it is one, for any reader of JSON."""


def changed(change: Callable[[Any], Any], **headers: str) -> Damage:
    """The answer with its document changed, and headers in the place of its own."""

    def damage(answer: Response) -> Response:
        document = change(json.loads(answer.body)) if answer.body else change(None)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in headers}
        return Response(answer.status, json.dumps(document).encode(), {**kept, **headers})

    return damage
