"""A server that lets everybody in and never says a word."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Silence:
    """Its port on this machine, and when somebody came (seconds of the monotonic clock)."""

    port: int
    came: list[float] = field(default_factory=list)


@contextmanager
def silence() -> Iterator[Silence]:
    """Such a server, until the block ends."""
    guests: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        server.settimeout(0.2)
        closing = threading.Event()
        found = Silence(int(server.getsockname()[1]))

        def welcome() -> None:
            while not closing.is_set():
                with suppress(TimeoutError, OSError):
                    guests.append(server.accept()[0])
                    found.came.append(time.monotonic())

        thread = threading.Thread(target=welcome, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            closing.set()
            thread.join()
            for guest in guests:
                guest.close()
