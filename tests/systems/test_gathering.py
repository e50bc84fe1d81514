"""Who reads at the same time is asked for together, and gets what is theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from iahome_fix.systems.database import Login, Params, Question, Row
from iahome_fix.systems.database_errors import DatabaseUnreachable, SqlError
from iahome_fix.systems.gathering import Gathering
from iahome_fix.systems.wave import Answer

SLOW = "select 'slow'"


class Far:
    """A database that says what it is asked, and answers the first question once the others wait."""

    label = "far"

    def __init__(self, answers: Mapping[str, Answer] | None = None, refuses: Exception | None = None) -> None:
        self.answers = answers or {}
        self.refuses = refuses
        self.rounds: list[list[str]] = []
        self.asked = threading.Event()
        self.go_on = threading.Event()

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
    ) -> list[Row]:
        self.rounds.append([statement])
        if statement == SLOW:
            self.asked.set()
            self.go_on.wait(10)
        return [{"asked": statement, "params": params, "login": login, "patient": patient}]

    def attempt(self, statement: str, *, login: Login) -> None:
        self.rounds.append([f"explain {statement}"])
        raise SqlError("42501", login.role)

    def read_each(self, questions: Sequence[Question], *, patient: bool = False) -> list[Answer]:
        self.rounds.append([one.statement for one in questions])
        if self.refuses:
            raise self.refuses
        default = [{"patient": patient}]
        return [self.answers.get(one.statement, default) for one in questions]


def together(far: Far, *reads: Callable[[Any], Any]) -> list[Any]:
    """What the reads give (or raise) that are asked while one is under way."""
    database: Any = Gathering(far)  # type: ignore[arg-type]  # a part of one is enough

    def said(read: Callable[[Any], Any]) -> Any:
        try:
            return read(database)
        except Exception as error:  # noqa: BLE001 - it is what came
            return error

    with ThreadPoolExecutor(len(reads) + 1) as pool:
        slow = pool.submit(database.read, SLOW)
        assert far.asked.wait(10)
        line = database._lines[False, False]
        waiting = []
        for number, read in enumerate(reads, 1):
            waiting.append(pool.submit(said, read))
            while len(line._waiting) < number:
                threading.Event().wait(0.001)
        far.go_on.set()
        assert slow.result(10)[0]["asked"] == SLOW
        return [one.result(10) for one in waiting]


def test_what_waits_is_asked_in_one_round() -> None:
    far = Far({"a": [{"n": 1}], "b": SqlError("42P01", "no b")})
    a, b, c = together(far, lambda db: db.read("a"), lambda db: db.read("b"), lambda db: db.read("c"))
    assert far.rounds == [[SLOW], ["a", "b", "c"]]
    assert a == [{"n": 1}]
    assert isinstance(b, SqlError)
    assert b.sqlstate == "42P01"
    assert c == [{"patient": False}]


def test_what_was_not_begun_is_asked_by_itself() -> None:
    far = Far({"b": None})
    _a, b = together(far, lambda db: db.read("a"), lambda db: db.read("b", {"x": 1}))
    assert far.rounds == [[SLOW], ["a", "b"], ["b"]]
    assert b[0]["params"] == {"x": 1}


@pytest.mark.parametrize("refuses", [SqlError("42601", "no such round"), None])
def test_where_no_round_is_run_each_is_asked_by_itself(refuses: Exception | None) -> None:
    far = Far(refuses=refuses)
    together(far, lambda db: db.read("a"), lambda db: db.read("b"))
    alone = [["a"], ["b"]] if refuses else []
    assert far.rounds == [[SLOW], ["a", "b"], *alone]


def test_a_server_that_is_gone_is_said_to_all() -> None:
    gone = DatabaseUnreachable("lost", "gone")
    assert together(Far(refuses=gone), lambda db: db.read("a"), lambda db: db.read("b")) == [gone, gone]


def test_more_than_one_round_holds_are_asked_all_the_same() -> None:
    far = Far()
    texts = [f"q{number}" for number in range(95)]
    found = together(far, *[partial(lambda text, db: db.read(text), text) for text in texts])
    assert len(found) == 95
    assert sorted(text for round_ in far.rounds[1:] for text in round_) == sorted(texts)
    assert max(map(len, far.rounds)) <= 40


def test_of_those_that_look_at_whole_tables_one_holds_up_nobody() -> None:
    far = Far()
    database: Any = Gathering(far)  # type: ignore[arg-type]  # a part of one is enough
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(lambda: database.read(SLOW, patient=True))
        assert far.asked.wait(10)
        assert database.read("long", patient=True)[0]["asked"] == "long"
        far.go_on.set()
        slow.result(10)


def test_kinds_do_not_wait_for_each_other() -> None:
    far = Far()
    database: Any = Gathering(far)  # type: ignore[arg-type]  # a part of one is enough
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(database.read, SLOW)
        assert far.asked.wait(10)
        assert database.read("long", patient=True)[0]["patient"]
        login = Login("anon")
        assert database.read("as anon", login=login)[0]["login"] == login
        with pytest.raises(SqlError, match="anon"):
            database.attempt("insert", login=login)
        far.go_on.set()
        slow.result(10)
    assert far.rounds == [[SLOW], ["long"], ["as anon"], ["explain insert"]]
