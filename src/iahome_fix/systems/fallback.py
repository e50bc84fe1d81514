"""Reading over the first way to the database that answers, where more than one is configured."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, TypeVar

from iahome_fix.systems.database import DatabaseUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from iahome_fix.systems.database import Database, Login, Params, Question, Row
    from iahome_fix.systems.rehearsal import SaleToTry, Tried
    from iahome_fix.systems.wave import Answer

T = TypeVar("T")

_OF_THE_MOMENT = ("lost", "slow", "not-tried")
"""What says nothing about the way itself."""


def is_closed(error: DatabaseUnreachable) -> bool:
    """Whether no session can be had this way at all, so that another one may be taken."""
    return error.reason not in _OF_THE_MOMENT


class FirstThatAnswers:
    """A database for reading that goes over to a second way, once, where the first one gives no session.

    `refused`: what the first one said, None as long as it is used. Only for what reads: a change is made over
    the way that the operator chose, or not at all.
    """

    def __init__(self, first: Database, second: Callable[[], Database]) -> None:
        self.refused: DatabaseUnreachable | None = None
        self._current = first
        self._second = second
        self._lock = threading.Lock()

    @property
    def label(self) -> str:
        return self._current.label

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
    ) -> list[Row]:
        """As Database.read."""
        return self._ask(lambda one: one.read(statement, params, login=login, patient=patient))

    def read_each(self, questions: Sequence[Question], *, patient: bool = False) -> list[Answer]:
        """As Database.read_each."""
        return self._ask(lambda one: one.read_each(questions, patient=patient))

    def attempt(self, statement: str, *, login: Login) -> None:
        """As Database.attempt."""
        self._ask(lambda one: one.attempt(statement, login=login))

    def rehearse(
        self, sale: SaleToTry, *, login: Login, seconds: float, through: Collection[str] = ()
    ) -> Tried:
        """As Database.rehearse."""
        return self._ask(lambda one: one.rehearse(sale, login=login, seconds=seconds, through=through))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current, name)

    def _ask(self, question: Callable[[Database], T]) -> T:
        used = self._current
        try:
            return question(used)
        except DatabaseUnreachable as error:
            if not is_closed(error) or not self._goes_over(used, error):
                raise
        try:
            return question(self._current)
        except DatabaseUnreachable as error:
            raise self.refused or error from None

    def _goes_over(self, used: Database, error: DatabaseUnreachable) -> bool:
        """Whether there is another way than the one that was used."""
        with self._lock:
            if self._current is used and self.refused is None:
                self.refused, self._current = error, self._second()
            return self._current is not used
