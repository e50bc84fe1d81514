"""How many sessions a run opens: each costs a server that is near more than most questions do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from iahome_fix.systems.postgres_pool import Sessions

NEAR, FAR = 600.0, 0.0


@contextmanager
def sessions(dsn: str, near: float) -> Iterator[Sessions]:
    made = Sessions(dsn, label="test", timeout=10, options={}, look_again=lambda e: e, ahead=True, near=near)
    with closing(made):
        yield made


def pids(opened: Sessions) -> set[int]:
    """The sessions that nobody uses."""
    return {connection.info.backend_pid for _since, connection in opened._idle}


def test_who_reads_beside_another_waits_for_that_session_where_the_server_is_near(shared: str) -> None:
    with sessions(shared, NEAR) as opened, ThreadPoolExecutor(1) as pool:
        asked = threading.Event()

        def beside() -> int:
            asked.set()
            with opened.one(reading=True) as connection:
                return connection.info.backend_pid

        with opened.one(reading=True) as first:
            second = pool.submit(beside)
            assert asked.wait(10)
        assert second.result(10) == first.info.backend_pid
        assert pids(opened) == {first.info.backend_pid}, "none was opened ahead"


def test_nobody_waits_long_for_it(shared: str) -> None:
    with (
        sessions(shared, NEAR) as opened,
        opened.one(reading=True) as first,
        opened.one(reading=True) as second,
    ):
        assert second.info.backend_pid != first.info.backend_pid


@pytest.mark.parametrize("first_reads", [True, False])
def test_nobody_waits_where_one_of_them_writes(shared: str, first_reads: bool) -> None:
    with sessions(shared, NEAR) as opened:
        with opened.one(reading=first_reads):
            pass
        opened._free.wait_for = None  # type: ignore[assignment,method-assign]  # a wait would fail
        with opened.one(reading=first_reads) as first, opened.one(reading=not first_reads) as second:
            assert second.info.backend_pid != first.info.backend_pid


def test_of_a_server_that_is_far_the_others_are_opened_ahead(shared: str) -> None:
    with sessions(shared, FAR) as opened:
        with opened.one(reading=True) as first:
            deadline = time.monotonic() + 10
            while len(ahead := pids(opened)) < 2 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert len(ahead) == 2
        assert len(pids(opened)) == 3
        with opened.one(reading=True) as again:
            assert again.info.backend_pid == first.info.backend_pid
