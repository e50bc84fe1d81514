"""A line to a database that is cut off, or loses an answer, at a statement that the test names."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Literal, Self

from psycopg.conninfo import conninfo_to_dict

from iahome_fix.systems.embedded.dsn import dsn_with

Trap = Literal["before", "after", "garbage", "closed"]
"""What becomes of the named statement: it never arrives; it arrives and the answer does not, or is something
else, or the line is closed instead of it. From then on this line is silent."""
_GARBAGE = b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>"


class Line:
    """A loopback port in front of a database; a context manager.

    Attributes:
        trap: what happens at the first message of a client that holds `statement`.
        cut: nothing goes through any more, on any connection, and new ones are not answered.
        sprung: the trap was met.
    """

    def __init__(self, dsn: str, statement: bytes, trap: Trap = "before", *, cut_all: bool = False) -> None:
        """`cut_all`: the trap cuts every connection off, not only the one that met it."""
        parts = conninfo_to_dict(dsn)
        self._host, self._port = str(parts.get("host") or ""), int(parts.get("port") or 5432)
        self._statement = statement
        self._trap = trap
        self._cut_all = cut_all
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.cut = threading.Event()
        self.sprung = threading.Event()
        here = dsn_with(f"postgresql://127.0.0.1:{self._listener.getsockname()[1]}/")
        self.dsn = f"{here}?user={parts['user']}&dbname={parts['dbname']}"
        if parts.get("password"):
            self.dsn += f"&password={parts['password']}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        self.hang_up()
        for thread in self._threads:
            thread.join(5)

    def hang_up(self) -> None:
        """End all connections, so that nobody waits for an answer any more."""
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _where = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            if self.cut.is_set():
                continue
            server = self._server()
            self._sockets.append(server)
            silent = threading.Event()
            self._start(self._to_server, client, server, silent)
            self._start(self._to_client, client, server, silent)

    def _server(self) -> socket.socket:
        if self._host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{self._host}/.s.PGSQL.{self._port}")
            return server
        return socket.create_connection((self._host, self._port))

    def _to_server(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while sent := client.recv(65536):
                if not self.sprung.is_set() and self._statement in sent:
                    silent.set()
                    if self._cut_all:
                        self.cut.set()
                    if self._trap != "before":
                        server.sendall(sent)
                    if self._trap in ("garbage", "closed"):
                        server.recv(65536)  # the server has done it by now
                        if self._trap == "garbage":
                            client.sendall(_GARBAGE)
                        client.shutdown(socket.SHUT_RDWR)
                    self.sprung.set()
                    return
                if silent.is_set() or self.cut.is_set():
                    return
                server.sendall(sent)
            # A client that goes is told on, as a network does it.
            if not silent.is_set() and not self.cut.is_set():
                server.shutdown(socket.SHUT_RDWR)

    def _to_client(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        with suppress(OSError):
            while not silent.is_set() and not self.cut.is_set() and (said := server.recv(65536)):
                if silent.is_set() or self.cut.is_set():
                    return
                client.sendall(said)
            if not silent.is_set() and not self.cut.is_set():
                client.shutdown(socket.SHUT_RDWR)
