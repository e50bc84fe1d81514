"""What roles may do is tried on the server, as them; who sees a part of the rows takes it for no whole."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from iahome_fix.repairs import migrate
from iahome_fix.systems.database import Login, SqlError
from tests.repairs.repair_support import command, execute

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.sandbox.databases import MakeDatabase
    from tests.conftest import OpenChannel

INSERT = "insert into public.module_access (user_id) values ('x') returning id"
COUNT = "select count(*)::integer as found, max(id) as last from public.module_access"


def test_an_attempt_runs_nothing_and_tells_rights_apart(
    make_database: MakeDatabase, any_channel: OpenChannel
) -> None:
    dsn = make_database()
    execute(
        dsn,
        "create function public.may() returns boolean language plpgsql as"
        " $$ begin raise exception 'it ran'; end $$",
    )
    with closing(any_channel(dsn)) as database:
        migrate.apply(database, migrate.plan(database))
        database.attempt(INSERT, login=Login("service_role"))
        assert database.read(COUNT) == [{"found": 0, "last": None}]
        for statement, login, words in (
            (INSERT, Login("authenticated"), "permission denied for table module_access"),
            ("select 1 from public.module_access", Login("anon"), "permission denied for table"),
        ):
            with pytest.raises(SqlError, match=words) as refusal:
                database.attempt(statement, login=login)
            assert refusal.value.sqlstate == "42501"
        execute(
            dsn,
            "revoke execute on function public.may() from public",
            "create policy other on public.module_access for select to authenticated using (public.may())",
        )
        with pytest.raises(
            SqlError, match=r"authenticated may not execute public.may\(\), which the policy other of"
        ):
            database.attempt("select 1 from public.module_access", login=Login("authenticated"))
        execute(dsn, "grant execute on function public.may() to authenticated")
        database.attempt("select 1 from public.module_access", login=Login("authenticated"))


def test_a_user_who_sees_a_part_of_the_rows_concludes_nothing_from_them(
    role: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    execute(
        dsn,
        f"grant usage on schema public, auth to {role}",
        f"grant select on all tables in schema public to {role}",
        "alter table public.access_tokens enable row level security",
    )
    limited = dsn.replace("postgres@", f"{role}@").replace("//postgres:", f"//{role}:")
    assert role in limited
    answer = command(tmp_path, limited, "doctor", "--only", "schema", "--only", "data")
    found = {check["id"]: check for check in answer.document["checks"]}
    assert found["schema.module-access"]["status"] == "ok"
    assert found["schema.columns"]["status"] == "unknown"
    assert "row-level security" in found["schema.columns"]["detail"]
    assert "role postgres" in found["schema.columns"]["hint"]
    assert found["data.tokens-without-access"]["status"] == "unknown"
    assert answer.document["causes"] == []
