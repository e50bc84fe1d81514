"""Several questions in one round: each has its own answer, whatever becomes of the others."""

from __future__ import annotations

import json

import pytest

from iahome_fix.errors import ToolError
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems import wave
from iahome_fix.systems.database import Login, Question
from iahome_fix.systems.database_errors import DatabaseUnreachable, MayNotCall, SqlError
from iahome_fix.systems.expected import UnexpectedResponse
from tests.conftest import OpenChannel
from tests.sessions import execute

WHO = (
    "select current_user::text as who, current_setting('row_security') as thinned,"
    " current_setting('search_path') as path"
)


def test_each_has_its_own_answer(any_channel: OpenChannel, make_database: MakeDatabase) -> None:
    dsn = make_database()
    execute(dsn, "insert into public.modules (title) values ('one')")
    db = any_channel(dsn)
    before = db.read(WHO)
    found = db.read_each(
        [
            Question("select 1 as n, 'a;b %' as said -- and a comment"),
            Question(
                "select %(text)s::text as text, %(ids)s::text[] as ids", {"text": "o'\\ % {", "ids": ["a"]}
            ),
            Question("select * from public.nowhere"),
            Question("select 1 / 0 as n"),
            Question("select count(*)::int as n from public.modules"),
            Question("select id from public.modules where false"),
            Question(WHO),
        ]
    )
    assert found[0] == [{"n": 1, "said": "a;b %"}]
    assert found[1] == [{"text": "o'\\ % {", "ids": ["a"]}]
    assert isinstance(found[2], SqlError)
    assert found[2].sqlstate == "42P01"
    assert isinstance(found[3], SqlError)
    assert found[3].sqlstate == "22012"
    assert found[4:6] == [[{"n": 1}], []]
    assert found[6] == before, "nothing that came before it is left"
    assert db.read_each([]) == []


def test_a_trial_is_one_question_of_several(any_channel: OpenChannel, make_database: MakeDatabase) -> None:
    dsn = make_database()
    execute(
        dsn,
        "create function public.shut() returns int language sql stable as 'select 1'",
        "revoke execute on function public.shut() from public, anon, authenticated",
        "create policy shut on public.modules to anon using (public.shut() = 1)",
        "alter table public.modules enable row level security",
        "grant select on public.modules to anon",
    )
    customer = Login("authenticated", {"sub": "c1"})
    claims = "select current_user::text as who, auth.jwt() ->> 'sub' as sub"
    found = any_channel(dsn).read_each(
        [
            Question(claims, None, customer),
            Question("explain insert into public.access_tokens (id) values ('x')", None, Login("anon")),
            Question("explain select id from public.profiles", None, Login("service_role")),
            Question("select id from public.modules", None, Login("anon")),
            Question(claims, None, Login("anon")),
            Question("select title from public.modules", None, Login("anon")),
            Question("select current_user::text as who, current_setting('plan_cache_mode') as plans"),
            Question("select current_setting('plan_cache_mode') as plans", None, customer),
            Question("select count(*)::int as n from public.modules", None, Login("service_role")),
        ]
    )
    assert found[0] == [{"who": "authenticated", "sub": "c1"}]
    assert isinstance(found[1], SqlError)
    assert found[1].sqlstate == "42501"
    assert found[2] == []
    assert isinstance(found[3], MayNotCall)
    assert "shut()" in found[3].grants
    assert found[4] == [{"who": "anon", "sub": None}]
    assert isinstance(found[5], MayNotCall), "what was looked at for one trial holds for the next of its kind"
    assert found[6] == [{"who": "postgres", "plans": "auto"}]
    assert found[7] == [{"plans": "auto"}]
    assert found[8] == [{"n": 0}]


def test_who_takes_too_long_is_named_and_no_other(
    any_channel: OpenChannel, make_database: MakeDatabase
) -> None:
    found = any_channel(make_database(), timeout=1).read_each(
        [Question("select 1 as n"), Question("select pg_sleep(30)"), Question("select 2 as n")]
    )
    assert found[0] == [{"n": 1}]
    assert isinstance(found[1], DatabaseUnreachable)
    assert found[1].reason == "slow"
    assert found[2] is None, "it was not begun: no second limit would have ended it"


def test_nothing_is_written(any_channel: OpenChannel, make_database: MakeDatabase) -> None:
    dsn = make_database()
    db = any_channel(dsn)
    found = db.read_each(
        [Question("with m as (insert into public.modules (title) values ('x') returning 1) select * from m")]
    )
    assert isinstance(found[0], SqlError)
    assert db.read("select count(*)::int as n from public.modules") == [{"n": 0}]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "null",
        "[]",
        "[1, 2]",
        '[{"rows": []}]',
        '[{"rows": []}, {"rows": {}}]',
        '[{"rows": []}, {"rows": [1]}]',
        '[{"rows": []}, {"error": {"message": "x"}}]',
        '[{"rows": []}, {"rows": [], "more": 1}]',
        '[{"rows": []}, {"error": "x"}]',
        '[{"rows": []}, {"rows": [',
    ],
)
def test_another_answer_is_no_answer(said: str) -> None:
    with pytest.raises(UnexpectedResponse):
        wave.answers([{"answers": said}], 2)
    with pytest.raises(UnexpectedResponse):
        wave.answers([], 2)


def test_an_error_hands_on_what_the_server_named() -> None:
    error = {"sqlstate": "23505", "message": "no", "table": "modules", "constraint": "one", "detail": ""}
    (found,) = wave.answers([{"answers": json.dumps([{"error": error}])}], 1)
    assert isinstance(found, ToolError)
    assert isinstance(found, SqlError)
    assert (found.named.table, found.named.constraint, found.named.detail) == ("modules", "one", None)
