"""An end to the wait for a database server that stopped answering in the middle of a query."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

# Between two looks at a query that takes long, and before what was seen is believed.
_LOOK_AGAIN = 10.0
_MAKE_SURE = 1.0


@contextmanager
def limited(connection: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    """Hang up after `seconds`, so that whatever waits for the server gets an error of the connection.

    The server keeps the limits that it was given (statement_timeout). This one is for a server, or a pooler,
    that no longer keeps anything: a machine that stopped acknowledges packets and stays silent for ever.
    """
    with _hanging_up(connection, lambda over: not over.wait(seconds)):
        yield


@contextmanager
def watched(connection: psycopg.Connection[Any], quiet: float, at_work: Callable[[], bool]) -> Iterator[None]:
    """The same for a query that may take minutes: hang up when the server is not at work on it any more.

    `at_work` is asked for the first time after `quiet` seconds; it takes no longer than a few seconds itself.
    """

    def nobody_is_there(over: threading.Event) -> bool:
        pause = quiet
        while not over.wait(pause):
            if not at_work() and not over.wait(_MAKE_SURE) and not at_work():
                return True
            pause = _LOOK_AGAIN
        return False

    with _hanging_up(connection, nobody_is_there):
        yield


@contextmanager
def beating(
    connection: psycopg.Connection[Any], every: float, statement: str, answer: float
) -> Iterator[Callable[[], bool]]:
    """Give a sign of life in a session that does nothing, `every` so many seconds, until the block has ended.

    The server ends a session whose client is stopped or cut off (idle_in_transaction_session_timeout); this
    keeps it from ending one whose client is there. The block gets a function that tells whether the session
    still is. `answer`: seconds for the answer to `statement`.
    """
    import psycopg

    over, lost = threading.Event(), threading.Event()

    def beat() -> None:
        while not over.wait(every):
            try:
                with limited(connection, answer):
                    connection.execute(statement.encode())
            except psycopg.Error:
                lost.set()
                return

    thread = threading.Thread(target=beat, daemon=True, name="heartbeat")
    thread.start()
    try:
        yield lambda: not lost.is_set() and not connection.closed
    finally:
        over.set()
        thread.join(answer + 1)


@contextmanager
def _hanging_up(
    connection: psycopg.Connection[Any], given_up: Callable[[threading.Event], bool]
) -> Iterator[None]:
    """Run the block and, beside it, `given_up`, which gets the event of the block's end."""
    over = threading.Event()
    ending = threading.Lock()

    def look() -> None:
        if given_up(over):
            with ending:
                # Behind the end of the block the descriptor may be another connection's.
                if not over.is_set():
                    _shut_down(connection)

    threading.Thread(target=look, daemon=True, name="lifeline").start()
    try:
        yield
    finally:
        with ending:
            over.set()


def _shut_down(connection: psycopg.Connection[Any]) -> None:
    import psycopg

    with suppress(psycopg.Error, OSError):
        line = socket.socket(fileno=connection.fileno())
        try:
            line.shutdown(socket.SHUT_RDWR)
        finally:
            # The descriptor belongs to libpq, which closes it.
            line.detach()
