"""Several jobs at the same time, for what waits for a system's answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def at_once(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What the jobs give, in their order; raises what the first of them raised that failed.

    Each runs in a thread that keeps no process alive; one job runs in this thread.
    """
    if len(jobs) < 2:
        return [job() for job in jobs]
    came: list[Future[T]] = [Future() for _job in jobs]
    for job, future in zip(jobs, came, strict=True):
        threading.Thread(target=_work, args=(job, future), daemon=True).start()
    return [future.result() for future in came]


def _work(job: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(job())
    except BaseException as error:  # noqa: BLE001 - it is raised by whoever waits
        future.set_exception(error)
