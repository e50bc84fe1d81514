"""Reads that are asked at the same time leave together.

Whoever reads while others of the same kind are under way waits for the end of one; what has come together by
then is asked in one round. So many askers at once cost a far database little more than one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import ToolError
from iahome_fix.systems.database import Question
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.systems.database import Database, Login, Params, Row

_MOST = 40  # questions of one round, so that none waits for hundreds of others
_TOGETHER = 0.004  # seconds in which those who ask at the same time come together


class Gathering:
    """A database for reading, by several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # What waits costs little, may take minutes, or acts as somebody: none holds up those of another kind.
        self._lines = {
            (patient, trial): _Line(database, patient=patient)
            for patient in (False, True)
            for trial in (False, True)
        }

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
    ) -> list[Row]:
        """As Database.read."""
        line = self._lines[patient, login is not None]
        return line.ask(
            Question(statement, params, login),
            lambda: self._database.read(statement, params, login=login, patient=patient),
        )

    def attempt(self, statement: str, *, login: Login) -> None:
        """As Database.attempt."""

        def alone() -> list[Row]:
            self._database.attempt(statement, login=login)
            return []

        self._lines[False, True].ask(Question(f"explain {statement}", None, login), alone)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


class _Waiting:
    """One question, how it is asked by itself, and what came."""

    def __init__(self, question: Question, alone: Callable[[], list[Row]]) -> None:
        self.question = question
        self.alone = alone
        self.came: Future[list[Row]] = Future()

    def ask_alone(self) -> None:
        try:
            self.came.set_result(self.alone())
        except BaseException as error:  # noqa: BLE001 - it is raised by whoever asked
            self.came.set_exception(error)


class _Line:
    """Questions of one kind; the first of those that wait asks for all of them."""

    def __init__(self, database: Database, *, patient: bool) -> None:
        self._database = database
        self._patient = patient
        self._lock = threading.Lock()
        # What looks at whole tables may take its time; nobody waits behind one of these alone.
        self._asking = threading.Semaphore(2 if patient else 1)
        self._waiting: list[_Waiting] = []

    def ask(self, question: Question, alone: Callable[[], list[Row]]) -> list[Row]:
        mine = _Waiting(question, alone)
        with self._lock:
            self._waiting.append(mine)
        with self._asking:
            if self._waits(mine):
                time.sleep(_TOGETHER)
                self._ask(self._taken_with(mine))
        return mine.came.result()

    def _waits(self, mine: _Waiting) -> bool:
        with self._lock:
            return mine in self._waiting

    def _taken_with(self, mine: _Waiting) -> list[_Waiting]:
        """That one and what waits beside it; empty where another took it meanwhile."""
        with self._lock:
            if mine not in self._waiting:
                return []
            self._waiting.remove(mine)
            together = [mine, *self._waiting[: _MOST - 1]]
            self._waiting = self._waiting[_MOST - 1 :]
        return together

    def _ask(self, together: list[_Waiting]) -> None:
        if len(together) < 2:
            for one in together:
                one.ask_alone()
            return
        try:
            answers = self._database.read_each([one.question for one in together], patient=self._patient)
        except SqlError:
            # The server does not run such a round: each by itself.
            for one in together:
                one.ask_alone()
            return
        except BaseException as error:  # noqa: BLE001 - it is raised by all who asked
            for one in together:
                one.came.set_exception(error)
            return
        for one, answer in zip(together, answers, strict=True):
            if isinstance(answer, ToolError):
                one.came.set_exception(answer)
            elif answer is not None:
                one.came.set_result(answer)
            else:
                one.ask_alone()
