"""A Stripe account with very many paid Checkout Sessions, each page of which takes its time.

Everything but the list of sessions is answered by the sandbox's stand-in, from which the shape of a session
is taken, too.
"""

from __future__ import annotations

import asyncio
import bisect
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

_SESSIONS = "/v1/checkout/sessions"


@dataclass
class Pages:
    """The sessions, the newest first; each is put into words when its page is asked for.

    Attributes:
        text: the words of a session, by its id and when it was opened.
        url: where the account is served.
        asked: how many pages were asked for.
        delay: seconds that each page takes.
    """

    behind: str
    delay: float
    created: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    text: Callable[[str, int], str] = lambda _id, _created: "{}"
    url: str = ""
    asked: int = 0

    def fill(self, sessions: Mapping[str, int], text: Callable[[str, int], str]) -> None:
        """Serve these sessions, by their ids and when they were opened, instead of those before."""
        ordered = sorted(sessions.items(), key=lambda one: (-one[1], one[0]))
        self.created = [-created for _id, created in ordered]
        self.ids = [name for name, _created in ordered]
        self.text = text
        self._places = {name: place for place, name in enumerate(self.ids)}
        self.asked = 0

    def page(self, query: dict[str, list[str]]) -> str:
        """One answer, as Stripe gives it."""
        first = 0
        if after := query.get("starting_after"):
            first = self._places[after[0]] + 1
        if latest := query.get("created[lte]"):
            first = max(first, bisect.bisect_left(self.created, -int(latest[0])))
        last = len(self.ids)
        if earliest := query.get("created[gte]"):
            last = bisect.bisect_right(self.created, -int(earliest[0]))
        limit = int(query.get("limit", ["10"])[0])
        places = range(first, min(last, first + limit))
        shown = (self.text(self.ids[place], -self.created[place]) for place in places)
        more = "true" if last - first > limit else "false"
        return f'{{"object":"list","url":"{_SESSIONS}","has_more":{more},"data":[{",".join(shown)}]}}'


@contextmanager
def serving(behind: str, delay: float) -> Iterator[Pages]:
    """Serve an account whose other answers come from `behind` (a URL) until the block ends."""
    pages = Pages(behind, delay)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def begin() -> int:
        server = await asyncio.start_server(lambda r, w: _serve(pages, r, w), "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    pages.url = f"http://127.0.0.1:{asyncio.run_coroutine_threadsafe(begin(), loop).result(10)}"
    try:
        yield pages
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)


async def _serve(pages: Pages, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            method, target, _version = lines[0].split(" ")
            headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
            length = int(next((v for k, v in headers.items() if k.lower() == "content-length"), "0"))
            body = await reader.readexactly(length) if length else b""
            parts = urlsplit(target)
            if method == "GET" and parts.path == _SESSIONS:
                pages.asked += 1
                await asyncio.sleep(pages.delay)
                text = pages.page(parse_qs(parts.query)).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nRequest-Id: req_bench\r\n"
                    + f"Content-Length: {len(text)}\r\n\r\n".encode()
                    + text
                )
            else:
                writer.write(await _from_behind(pages.behind, head, body))
            await writer.drain()
    writer.close()


async def _from_behind(behind: str, head: bytes, body: bytes) -> bytes:
    parts = urlsplit(behind)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
    writer.write(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    top, _end, rest = answer.partition(b"\r\n\r\n")
    kept = [
        line
        for line in top.split(b"\r\n")
        if not line.lower().startswith((b"connection:", b"content-length:", b"transfer-encoding:"))
    ]
    return b"\r\n".join([*kept, f"Content-Length: {len(rest)}".encode()]) + b"\r\n\r\n" + rest
