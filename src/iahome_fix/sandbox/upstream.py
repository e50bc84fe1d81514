"""The way from the gateway to PostgREST: plain HTTP on this machine, over connections that are kept."""

from __future__ import annotations

import select
import threading
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_AS_IT_IS = "".join(map(chr, range(0x21, 0x7F)))


class NoAnswer(Exception):
    """Nobody answered, or not in HTTP."""


@dataclass(frozen=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_good(self) -> bool:
        """Is it no error?"""
        return self.status < 400


class Upstream:
    """One server, for any number of threads."""

    def __init__(self, url: str, *, timeout: float) -> None:
        """`timeout`: seconds for each part of an exchange."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._timeout = timeout
        self._idle: list[HTTPConnection] = []
        self._lock = threading.Lock()

    def request(
        self, method: str, target: str, *, headers: Mapping[str, str], content: bytes = b""
    ) -> Answer:
        """Send one request. Raises NoAnswer."""
        connection = self._taken()
        try:
            # A target in bytes beyond ASCII is sent as it would be by a browser.
            connection.request(
                method, quote(target, safe=_AS_IT_IS), body=content or None, headers=dict(headers)
            )
            came = connection.getresponse()
            answer = Answer(
                came.status, {name.lower(): value for name, value in came.getheaders()}, came.read()
            )
        except (OSError, HTTPException) as error:
            connection.close()
            raise NoAnswer from error
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append(connection)
        return answer

    def close(self) -> None:
        """End all connections that nobody uses."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _taken(self) -> HTTPConnection:
        """A connection that the other side has not closed meanwhile, or a new one."""
        while True:
            with self._lock:
                if not self._idle:
                    return HTTPConnection(self._host, self._port, timeout=self._timeout)
                connection = self._idle.pop()
            if connection.sock is None or not select.select([connection.sock], [], [], 0)[0]:
                return connection
            connection.close()
