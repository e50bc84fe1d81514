"""Values written into SQL text arrive as psycopg's parameters do, whatever they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iahome_fix import sql
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.literals import literal, one_statement, render

HOSTILE = [
    "",
    "plain",
    "it's",
    "'; drop table public.modules; --",
    "\\",
    "\\'; select 1; --",
    "a\\' or 1=1 --",
    "''''",
    "E'\\''",
    "%s %(name)s %% %",
    "$$ $tag$ $1",
    "/* -- */ --",
    "line\nbreak\r\n\ttab",
    "\x01\x1f\x7f",
    "é € 🙂 \u202e 中文",
    "{a,b}",
    "NULL",
    '"quoted" \\"json\\"',
    "x" * 70_000,
]
VALUES: list[tuple[str, Any]] = [
    *(("text", text) for text in HOSTILE),
    ("text", None),
    ("integer", 0),
    ("integer", -5),
    ("bigint", 2**62),
    ("numeric", -(10**30)),
    ("float8", 0.1),
    ("float8", -1.5e300),
    ("float8", float("inf")),
    ("boolean", True),
    ("boolean", False),
    ("timestamp", datetime(2026, 11, 1, 10, 0, 0, 123456)),
    ("timestamptz", datetime(2026, 11, 1, 10, 0, tzinfo=UTC)),
    ("timestamptz", datetime(2026, 11, 1, 10, 0, tzinfo=timezone(timedelta(hours=-9, minutes=-30)))),
    ("text[]", []),
    ("text[]", ["a", "it's", "\\", "{}", '"', "", "NULL", None]),
    ("bigint[]", [1, -2, None]),
    ("boolean[]", [True, False]),
    ("float8[]", [0.5, -0.5]),
]


@pytest.fixture(params=["on", "off"])
def connection(request: pytest.FixtureRequest, make_database: MakeDatabase) -> Iterator[psycopg.Connection]:
    """A session that reads backslashes in plain quotes either way."""
    with psycopg.connect(make_database("since", "empty"), autocommit=True) as session:
        session.execute(f"set standard_conforming_strings = {request.param}".encode())
        session.execute(b"set escape_string_warning = off")
        session.execute(b"set timezone = 'UTC'")
        yield session


def written(session: psycopg.Connection, statement: str, params: dict[str, Any]) -> Any:
    """The first value of a statement whose values are written into it."""
    row = session.execute(render(statement, params).encode()).fetchone()
    assert row is not None
    return row[0]


def bound(session: psycopg.Connection, statement: str, params: dict[str, Any]) -> Any:
    """The first value of the same statement with psycopg's parameters."""
    row = session.execute(statement.encode(), params).fetchone()
    assert row is not None
    return row[0]


def test_each_kind_of_value_arrives_as_psycopg_sends_it(connection: psycopg.Connection) -> None:
    for kind, value in VALUES:
        statement = f"select %(value)s::{kind}"
        assert written(connection, statement, {"value": value}) == bound(
            connection, statement, {"value": value}
        ), (kind, value)


def test_a_value_stands_anywhere_in_a_statement(connection: psycopg.Connection) -> None:
    statement = "select 7 -%(minus)s, %(text)s = any(%(list)s), '%%', %(text)s like 'a%%'"
    params = {"minus": -3, "text": "a'b", "list": ["x", "a'b"]}
    got = connection.execute(render(statement, params).encode()).fetchone()
    assert got == connection.execute(statement.encode(), params).fetchone() == (10, True, "%", True)


def test_a_document_becomes_jsonb(connection: psycopg.Connection) -> None:
    document = {"quote'": ["\\", "é", None, 1.5, True], "nested": {"%": "%%"}}
    assert written(connection, "select %(document)s", {"document": document}) == document


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_text_comes_back_unchanged(connection: psycopg.Connection, text: str) -> None:
    statement = "select %(text)s::text, (%(list)s::text[])[1], (%(document)s::jsonb) ->> 'text'"
    params = {"text": text, "list": [text], "document": {"text": text}}
    row = connection.execute(render(statement, params).encode()).fetchone()
    assert row == (text, text, text)


@pytest.mark.parametrize("text", ["a\0b", "half \ud800", "\udfff"])
def test_what_the_server_cannot_hold_is_an_error_of_the_statement(text: str) -> None:
    for value in (text, [text]):
        with pytest.raises(SqlError) as caught:
            literal(value)
        assert caught.value.sqlstate == "22021"
        assert text not in caught.value.message


@pytest.mark.parametrize(
    "statement",
    [
        "select 1 -- %(value)s",
        "select 1 /* %(value)s */",
        "select '%(value)s'",
        "select E'\\'%(value)s'",
        'select 1 as "%(value)s"',
        "do $$ begin perform %(value)s; end $$",
        "do $a$ begin perform $b$ %(value)s $b$; end $a$",
        "select 5 % 2, %(value)s",
        "select %(other)s",
        "select /* /* */ %(value)s */ 1",
    ],
)
def test_a_value_where_it_could_break_out_is_refused(statement: str) -> None:
    with pytest.raises(ValueError, match=r"percent|stray|no value|comment"):
        render(statement, {"value": "x"})


@pytest.mark.parametrize("value", [object(), b"bytes", {1, 2}, [1, "a"], [[1]]])
def test_a_kind_of_value_that_nobody_promised_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        literal(value)


def test_without_values_the_text_stays_as_it_is() -> None:
    text = "select 5 % 2, '%(value)s', '%%'"
    assert render(text, None) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("select 1", "select 1"),
        ("select 1;", "select 1"),
        ("select 1; -- the end\n", "select 1"),
        ("select ';' -- ;\n", "select ';' -- ;"),
        ("do $$ begin null; end $$;", "do $$ begin null; end $$"),
    ],
)
def test_the_semicolon_at_the_end_goes(text: str, left: str) -> None:
    assert one_statement(text).strip() == left


@pytest.mark.parametrize("text", ["select 1; select 2", "select 1;;", "select 1; $$a$$"])
def test_a_second_statement_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="more than one"):
        one_statement(text)


def test_every_statement_of_the_project_can_be_rendered() -> None:
    """A placeholder in a comment, or an undoubled percent sign, would show here and not at the operator's."""

    class Anything(dict[str, str]):
        def __contains__(self, key: object) -> bool:
            return True

        def __missing__(self, key: str) -> str:
            return "value"

    rendered = 0
    for path in sorted(sql.folder().rglob("*.sql")):
        # As it is used: with what it includes.
        text = sql.load(path.relative_to(sql.folder()).with_suffix("").as_posix(), MODULE_ACCESS)
        if path.parent.name == "sandbox" or "%(" not in text:
            continue
        assert not re.search(r"%\(\w+\)s", render(text, Anything())), path
        rendered += 1
    assert rendered > 10


@pytest.mark.parametrize("folder", ["backfill", "checks", "migrate", "reconcile", "session", "undo"])
def test_every_file_that_goes_into_a_unit_is_one_statement(folder: str) -> None:
    paths = sorted((sql.folder() / folder).glob("*.sql"))
    assert paths
    for path in paths:
        # The files of a query come in two parts: the first ends where the second goes on.
        assert one_statement(path.read_text(encoding="utf-8")).strip(), path
