"""The line that stands there while a run waits: for whom, for how long, how far; on a terminal only."""

from __future__ import annotations

import io
import sys
import threading
import time
from pathlib import Path

import pytest

from iahome_fix.output import outlet
from iahome_fix.output.screen import Screen
from iahome_fix.output.waiting import AFTER, Waiting, line
from iahome_fix.systems.asked import DATABASE, SITE, STRIPE, Asked
from tests.cli.bad_support import TcpServer, env_file
from tests.cli.terminal_support import terminal
from tests.commands import call

READ = "{done} entries of Stripe read"


def test_nothing_is_said_within_the_first_second() -> None:
    asked = Asked()
    with asked.asking(STRIPE):
        now = time.monotonic()
        assert line(asked, now + AFTER / 2, 80) == ""
        assert line(asked, now + AFTER + 0.1, 80) == "waiting for Stripe: 1 s"
    assert line(asked, time.monotonic() + 5, 80) == "", "it has answered"


def test_each_system_is_named_once_and_the_longest_wait_counts() -> None:
    asked = Asked()
    with asked.asking(DATABASE), asked.asking(DATABASE), asked.asking(SITE):
        said = line(asked, time.monotonic() + 4.2, 80)
    assert said == "waiting for the database, the site: 4 s"


@pytest.mark.parametrize(
    ("done", "share", "words"),
    [
        (1200, None, "1,200 entries of Stripe read, 120 a second"),
        (1200, 0.25, "1,200 entries of Stripe read, 120 a second, about 30 s left"),
        (1200, 0.01, "1,200 entries of Stripe read, 120 a second, about 16 min left"),
        (1, 1.5, "1 entries of Stripe read, 1 a second"),
    ],
)
def test_what_is_long_tells_how_fast_it_goes_and_what_is_left(
    done: int, share: float | None, words: str
) -> None:
    asked = Asked()
    with asked.coming_on(READ):
        asked.progress(READ, done, share)
        began = asked.under_way()[0].began
        assert line(asked, began + 10, 100) == words
        assert line(asked, began + 0.5, 100) == ""
    asked.progress(READ, 5)
    assert line(asked, began + 10, 100) == "", "it has ended"


def test_a_list_that_is_read_for_another_one_does_not_end_it() -> None:
    asked = Asked()
    with asked.coming_on(READ):
        with asked.coming_on(READ):
            asked.progress(READ, 7)
        asked.progress(READ, 300)
        assert [one.done for one in asked.under_way()] == [300]
    assert not asked.under_way()


def test_it_fits_the_width_of_the_terminal() -> None:
    asked = Asked()
    with asked.asking("a system with a long name " * 5):
        for width in (20, 40, 80):
            assert len(line(asked, time.monotonic() + 3, width)) < width


def test_it_goes_before_anything_else_is_written_and_stays_away_from_a_question() -> None:
    stream = io.StringIO()
    screen, asked = Screen(stream), Asked()
    with Waiting(screen, asked), asked.asking(STRIPE):
        until(stream, "waiting for Stripe")
        screen.line("found")
        assert "\n" not in stream.getvalue().partition("waiting")[2].partition("found")[0]
        assert stream.getvalue().rpartition("found")[0].endswith("\r"), "from the first column on"
        screen.prompt("shall I?")
        asking_since = len(stream.getvalue())
        time.sleep(0.7)
        assert len(stream.getvalue()) == asking_since, "the cursor is the person's"
        outlet.line_was_typed()
        until(stream, "waiting for Stripe", asking_since)
    assert stream.getvalue().endswith("\r"), "nothing of it is left"
    assert threading.active_count() < 20


def until(stream: io.StringIO, words: str, start: int = 0) -> None:
    deadline = time.monotonic() + 10
    while words not in stream.getvalue()[start:]:
        assert time.monotonic() < deadline, stream.getvalue()
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_a_silent_database_is_named_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    with TcpServer(lambda _connection: time.sleep(30)) as server:
        file = env_file(tmp_path, SUPABASE_DB_URL=server.dsn("x"))
        words = ("backfill", "--dry-run", "--env-file", str(file), "--timeout", "2")
        with terminal(tmp_path, *words) as screen:
            screen.see("waiting for the database: 1 s")
            screen.end()
        with terminal(tmp_path, *words, "--quiet") as screen:
            screen.end()
            assert "waiting" not in screen.plain
        assert "waiting" not in call(tmp_path, *words).err
