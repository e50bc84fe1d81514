"""A real Chromium without a window or a network, spoken to over a pipe (Chrome DevTools Protocol)."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
_PATIENCE = 60.0


def find() -> str | None:
    """The browser of this machine; None where there is none."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page of the browser.

    `requests`: what it asked for since it was opened; `refused`: of them by its policy.
    """

    def __init__(self, write: int, read: int) -> None:
        self._write, self._read = write, read
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self._events: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.refused = 0
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def open(self, file: Path, *, width: int = 1100, dark: bool = False, media: str = "screen") -> None:
        """Show a file, and wait until all of it is loaded."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media=media, features=[scheme])
        self._events.clear()
        self.requests.clear()
        self.refused = 0
        self.ask("Page.navigate", url=file.as_uri())
        deadline = time.monotonic() + _PATIENCE
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            assert time.monotonic() < deadline, "the page was not loaded"
            self._take()

    @property
    def complaints(self) -> list[str]:
        """What the browser says of the page: refused styles, broken markup, errors."""
        return [
            event["params"]["entry"]["text"] for event in self._events if event["method"] == "Log.entryAdded"
        ]

    def run(self, expression: str) -> Any:
        """What an expression in the page gives; scripts of the page itself are not meant by that."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self) -> bytes:
        """The whole page as PNG."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 12_000), "scale": 1}
        taken = self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(taken["data"])

    def pdf(self) -> bytes:
        """The page as it is printed, in the size that its style asks for."""
        return base64.b64decode(
            self.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)["data"]
        )

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """One question of the protocol, and its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _PATIENCE
        while True:
            found = self._take()
            if found.get("id") == self._number:
                assert "error" not in found, found
                result: dict[str, Any] = found["result"]
                return result
            assert time.monotonic() < deadline, f"no answer to {method}"

    def _take(self) -> dict[str, Any]:
        """The next message; an event is kept, too."""
        while b"\0" not in self._buffer:
            ready, _w, _x = select.select([self._read], [], [], _PATIENCE)
            assert ready, "the browser says nothing"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser ended"
            self._buffer += more
        raw, _zero, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(raw)
        if "method" in message:
            self._events.append(message)
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
            elif message["method"] == "Network.loadingFailed":
                self.refused += message["params"].get("blockedReason") == "csp"
        return message


@contextmanager
def browser(program: str) -> Iterator[Tab]:
    """A browser with an empty profile, for as long as the block lasts."""
    to_read, to_write = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(prefix="iahf-chromium-", ignore_cleanup_errors=True) as profile:

        def pipes() -> None:
            # The browser reads from 3 and writes to 4; theirs may have any of these numbers.
            first, second = os.dup(to_read[0]), os.dup(to_write[1])
            os.dup2(first, 3)
            os.dup2(second, 4)

        with subprocess.Popen(
            [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=pipes,
            env={name: text for name, text in os.environ.items() if name in ("PATH", "LANG")}
            | {"HOME": profile},
        ) as process:
            os.close(to_read[0])
            os.close(to_write[1])
            try:
                yield Tab(to_read[1], to_write[0])
            finally:
                os.close(to_read[1])
                os.close(to_write[0])
                process.terminate()
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
