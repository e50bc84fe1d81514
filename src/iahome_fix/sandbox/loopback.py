"""A small HTTP server on a free port of 127.0.0.1 for the stand-ins: one function answers every request."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType


@dataclass(frozen=True)
class Request:
    """One request; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The path without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        """The query as it was sent."""
        return urlsplit(self.target).query

    @property
    def parameters(self) -> dict[str, str]:
        """The decoded query; the last of several equal names wins."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True)
class Response:
    """One answer. `Content-Length` and `Date` are added when it is sent."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(status: int, document: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    body = json.dumps(document).encode()
    return Response(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def html_response(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in HTML; `text` is its only sentence."""
    body = f"<!doctype html><html><body><p>{text}</p></body></html>".encode()
    return Response(status, body, {"Content-Type": "text/html; charset=utf-8", **(headers or {})})


Answer = Callable[[Request], Response]


class LoopbackServer:
    """Serves from `start` to `stop`. `stopping` is set on the way out, for answers that wait on purpose."""

    def __init__(self, answer: Answer) -> None:
        self.url = ""
        self.stopping = threading.Event()
        self._answer = answer
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Bind a free port and answer from now on."""
        self.stopping.clear()
        self._server = _Server(self._answer)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection; safe to call more than once."""
        self.stopping.set()
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        server.server_close()
        server.close_connections()
        if self._thread is not None:
            self._thread.join(timeout=5)


class Served:
    """What one server answers, as a context manager: a subclass says what, in `_answer`."""

    def __init__(self) -> None:
        self._server = LoopbackServer(self._answer)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        """Where it listens; empty before it does."""
        return self._server.url

    def _answer(self, request: Request) -> Response:
        raise NotImplementedError


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self._open: dict[threading.Thread, socket.socket] = {}
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        me = threading.current_thread()
        with self._guard:
            self._open[me] = request
        try:
            super().finish_request(request, client_address)
        except ConnectionError:
            return  # the client did not wait for the answer
        finally:
            with self._guard:
                self._open.pop(me, None)

    def close_connections(self) -> None:
        with self._guard:
            still = list(self._open.items())
        for _thread, connection in still:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread, _connection in still:
            thread.join(timeout=2)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    wbufsize = -1  # head and body leave together
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
        )
        response = self.server.answer(request)
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The base class looks for `do_GET` and so on: one method serves them all."""
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the overridden name
        """Nothing is logged: addresses may hold e-mail addresses."""
