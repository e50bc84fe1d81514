"""What takes no values is asked in one round, once, by the checks that declare it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from iahome_fix import sql
from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.runner import run_checks
from iahome_fix.facts.context import Context
from iahome_fix.facts.together import QUERIES, Together, asked_of, questions
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.schema.requirements import READ
from iahome_fix.settings import load_settings
from iahome_fix.systems.database import Login, Question, Row
from iahome_fix.systems.database_errors import DatabaseUnreachable, SqlError
from iahome_fix.systems.postgres import PostgresDatabase
from iahome_fix.systems.wave import Answer


class Asked:
    """A database that notes what it is asked by itself."""

    def __init__(self, came: Sequence[Answer] | Exception = ()) -> None:
        self.came = came
        self.alone: list[str] = []

    def read(self, statement: str, _params: Any = None, **_more: Any) -> list[Row]:
        self.alone.append(statement)
        return [{"alone": statement}]

    def read_each(self, asked: Sequence[Question], **_more: Any) -> list[Answer]:
        if isinstance(self.came, Exception):
            raise self.came
        assert len(asked) == len(self.came)
        return list(self.came)


def test_only_what_a_check_declares_is_asked() -> None:
    assert questions((), MODULE_ACCESS) == (sql.load("checks/module_access_is_there"),)
    assert sql.load("checks/tables", MODULE_ACCESS) in questions(
        {"checks/tables", "checks/sees_own"}, MODULE_ACCESS
    )
    every = questions({query for check in CHAIN for query in check.queries}, MODULE_ACCESS)
    assert len(every) == len(QUERIES) + 2
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("text", questions({q for c in CHAIN for q in c.queries}, MODULE_ACCESS))
def test_none_of_them_takes_values(text: str) -> None:
    assert not re.search(r"%\(\w+\)s|/\* \w+ \*/", text)


def test_the_answers_of_the_round_are_taken_and_the_rest_is_asked() -> None:
    refused = SqlError("42P01", "no such table")
    asked: Any = Asked([[{"n": 1}], refused, None])
    answers = asked_of(asked, ["a", "b", "c"])
    database = Together(asked, {"a", "b", "c"}, lambda: answers)
    first = database.read("a")
    first[0]["n"] = 2
    assert database.read("a") == [{"n": 1}], "each gets rows of its own"
    with pytest.raises(SqlError, match="no such table"):
        database.read("b")
    assert asked.alone == []
    assert database.read("c") == [{"alone": "c"}]
    assert database.read("d") == [{"alone": "d"}]
    database.read("a", {"value": 1})
    database.read("a", login=Login("anon"))
    assert asked.alone == ["c", "d", "a", "a"]


def test_where_no_round_is_run_each_is_asked_by_itself() -> None:
    asked: Any = Asked(SqlError("42601", "no"))
    assert asked_of(asked, ["a"]) == {}
    gone: Any = Asked(DatabaseUnreachable("lost", "gone"))
    with pytest.raises(DatabaseUnreachable):
        asked_of(gone, ["a"])


class Counted(PostgresDatabase):
    """Counts the questions that it is asked, in rounds and by themselves."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn, label="test", timeout=10)
        self.asked: Counter[str] = Counter()

    def read(self, statement: str, params: Any = None, **more: Any) -> list[Row]:
        self.asked[repr(Question(statement, params, more.get("login")))] += 1
        return super().read(statement, params, **more)

    def read_each(self, questions: Sequence[Question], **more: Any) -> list[Answer]:
        self.asked.update(map(repr, questions))
        return super().read_each(questions, **more)


def test_a_run_asks_nothing_twice_whichever_check_finds_out_the_version_of_the_app(
    shared: str, tmp_path: Path
) -> None:
    settings = load_settings(folder=tmp_path, environ={"SUPABASE_DB_URL": shared})
    with closing(Context(settings)) as ctx, closing(Counted(shared)) as database:
        ctx.fact("database", lambda: database)
        run_checks([check for check in CHAIN if check.id.startswith(("schema.", "permissions."))], ctx)
    assert database.asked[repr(Question(sql.load("checks/refusals", MODULE_ACCESS)))] == 1
    assert [question for question, times in database.asked.items() if times > 1] == []


def test_of_the_target_shape_what_checks_declare_is_read_and_nothing_else() -> None:
    declared = {query.partition("/") for check in CHAIN for query in check.queries}
    assert sorted(name for folder, _slash, name in declared if folder == "module_access") == sorted(READ)
