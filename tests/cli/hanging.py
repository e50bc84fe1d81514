"""A server that lets everybody in and never says a word."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def hanging_server() -> Iterator[int]:
    """Its port on this machine, until the block ends."""
    guests: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        server.settimeout(0.2)
        closing = threading.Event()

        def welcome() -> None:
            while not closing.is_set():
                with suppress(TimeoutError, OSError):
                    guests.append(server.accept()[0])

        thread = threading.Thread(target=welcome, daemon=True)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            closing.set()
            thread.join()
            for guest in guests:
                guest.close()
