"""Commands over the Management API, of whose changes one gets lost, or ends the client."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iahome_fix.sandbox.loopback import Request, Response
from iahome_fix.sandbox.management import ManagementServer
from tests.checks.app_support import App
from tests.cli.channel_support import run, start
from tests.cli.test_channels import CATALOG, read

Answers = Callable[[], Response]
State = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]
Fate = Callable[[Answers], Response]
"""What becomes of one request; calling what it is given carries it out."""

ROWS = """
select user_id, module_id, access_type, token_id, is_active, expires_at, metadata ->> 'session_id'
  from public.module_access order by user_id, module_id, token_id, is_active, created_at
"""
_A_CHANGE = (b"read committed, read write", b"hashtext('iahome-fix')")
"""It writes, and takes its turn; a rehearsed sale does not, for nothing of it is kept."""
_PAGE = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"


def cut(carry_out: Answers) -> Response:
    carry_out()
    raise ConnectionError("the answer got lost")


def never_came(_carry_out: Answers) -> Response:
    raise ConnectionError("the request got lost")


def instead(status: int, body: bytes) -> Fate:
    """It is carried out, and this is the answer."""

    def fate(carry_out: Answers) -> Response:
        carry_out()
        return Response(status, body, {"Content-Type": "application/json"})

    return fate


def truncated(carry_out: Answers) -> Response:
    answer = carry_out()
    return Response(answer.status, answer.body[:-2], answer.headers)


LOST: dict[str, Fate] = {
    "cut off": cut,
    "never came": never_came,
    "502 with a page": instead(502, _PAGE),
    "504": instead(504, b'{"message": "upstream request timeout"}'),
    "truncated": truncated,
    "empty": instead(201, b""),
    "null": instead(201, b"null"),
    "no rows": instead(201, b"[]"),
    "a page": instead(200, _PAGE),
}


class Trapped(ManagementServer):
    """The changes whose numbers (from 0) are trapped meet their `fate`; `changes` counts them."""

    at: tuple[int, ...] = ()
    changes = 0
    fate: Fate = cut

    def trap(self, fate: Fate, *at: int) -> None:
        self.at, self.fate, self.changes = at, fate, 0

    def let_go(self) -> None:
        """Every change is answered from here on, and counted anew."""
        self.at, self.changes = (), 0

    def _query(self, request: Request, *, read_only: bool) -> Response:
        def carry_out() -> Response:
            return ManagementServer._query(self, request, read_only=read_only)

        if read_only or not all(mark in request.body for mark in _A_CHANGE):
            return carry_out()
        number, self.changes = self.changes, self.changes + 1
        return self.fate(carry_out) if number in self.at else carry_out()


@dataclass
class Shop:
    """A shop whose database is reached over the Management API alone."""

    app: App
    server: Trapped
    folder: Path
    dsn: str

    def run(self, *words: str) -> tuple[int, dict[str, Any]]:
        return run(self.folder, *words, *self.options)

    def killed(self, at: int, *words: str, done: bool) -> None:
        """The command as a process, killed at its change number `at`, before that or when it is `done`."""
        process = start(self.folder, *words, *self.options)

        def kill(carry_out: Answers) -> Response:
            if done:
                carry_out()
            os.kill(process.pid, signal.SIGKILL)
            raise ConnectionError("nobody waits for the answer")

        self.server.trap(kill, at)
        with process:
            process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        self.server.let_go()

    def runs(self) -> list[str]:
        """The runs on record, the oldest first, without what took others back."""
        found = [
            json.loads(file.read_text(encoding="utf-8"))
            for file in (self.folder / ".iahome-fix" / "runs").glob("*.json")
        ]
        ordered = sorted(found, key=lambda run: str(run["started"]))
        return [run["run_id"] for run in ordered if run["command"] != "undo"]

    def state(self) -> State:
        """The schema, and the rows as far as they do not tell of a run."""
        return read(self.dsn, CATALOG), read(self.dsn, ROWS)

    @property
    def options(self) -> tuple[str, ...]:
        return ("--yes", "--env-file", str(self.folder / "management.env"))
