"""A system that is further away: what is sent to it arrives later, in its order; answers come at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Server = Callable[[], Awaitable[Pair]]
"""Opens a way to a server."""


class Roads:
    """Roads to servers on loopback, each as long as `delay` (seconds there and back) says at the moment."""

    def __init__(self) -> None:
        self.delay = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def to(self, open_server: Server) -> int:
        """The port of 127.0.0.1 behind which that server is."""

        async def serve() -> int:
            async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await asyncio.sleep(self.delay)
                there, to_there = await open_server()
                await asyncio.gather(self._slowly(reader, to_there), self._at_once(there, writer))

            server = await asyncio.start_server(taken, "127.0.0.1", 0)
            return int(server.sockets[0].getsockname()[1])

        return asyncio.run_coroutine_threadsafe(serve(), self._loop).result(10)

    def close(self) -> None:
        """End all of it."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _slowly(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(1 << 16):
                await asyncio.sleep(self.delay)
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def _at_once(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(1 << 16):
                writer.write(piece)
                await writer.drain()
        writer.close()


@contextmanager
def roads() -> Iterator[Roads]:
    """Roads that are closed after the block."""
    made = Roads()
    try:
        yield made
    finally:
        made.close()
