"""What roles may do is tried on the server, as them; who sees a part of the rows takes it for no whole."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix import sql
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.migrate import migrate
from iahome_fix.systems.acting import MARK
from iahome_fix.systems.database import Login
from iahome_fix.systems.database_errors import MayNotCall, SqlError
from iahome_fix.systems.postgres import PostgresDatabase
from tests.repairs.repair_support import command
from tests.sessions import execute

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
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


SHOWS = """
create function public.shows() returns boolean language plpgsql stable as $$ begin
  raise exception '%', json_build_object('query', current_query(), 'path', current_setting('search_path'),
    'claims', current_setting('request.jwt.claims')::json,
    'headers', current_setting('request.headers')::json,
    'method', current_setting('request.method'), 'shop', current_setting('app.shop', true),
    'old', current_setting('request.jwt.claim.sub', true), 'role', current_user);
end $$;
create policy shows on public.module_access for select to authenticated using (public.shows());
insert into public.modules (title, price) values ('Metube', 0);
insert into public.module_access (user_id, module_id) select 'x', id from public.modules
"""


def test_a_trial_has_what_the_data_api_sets_and_carries_its_marker(
    make_database: MakeDatabase, any_channel: OpenChannel, databases: DatabaseFactory
) -> None:
    dsn = make_database()
    login = Login("authenticated", {"sub": "x", "aal": "aal1"})
    name = conninfo_to_dict(dsn)["dbname"]

    def set_for(role: str, setting: str) -> None:
        execute(databases.superuser(dsn), f'alter role {role} in database "{name}" set {setting}')

    with closing(any_channel(dsn)) as database:

        def shown() -> dict[str, Any]:
            with pytest.raises(SqlError) as refusal:
                database.read("select count(*) from public.module_access", login=login)
            found: dict[str, Any] = json.loads(refusal.value.message)
            return found

        migrate.apply(database, migrate.plan(database))
        execute(dsn, SHOWS)
        seen = shown()
        assert MARK in seen["query"]
        assert seen["claims"] == {"role": "authenticated", "sub": "x", "aal": "aal1"}
        assert (seen["path"], seen["role"]) == ('"public", "extensions"', "authenticated")
        assert (seen["method"], seen["headers"]["x-client-info"]) == ("GET", MARK)
        assert (seen["shop"], seen["old"]) == (None, None)

        set_for("authenticator", "app.shop = 'one'")
        set_for("authenticator", "pgrst.db_use_legacy_gucs = 'true'")
        set_for("authenticated", "search_path = auth")
        seen = shown()
        assert (seen["shop"], seen["path"], seen["old"]) == ("one", "auth", "x")
        set_for("authenticated", "app.shop = 'two'")
        assert shown()["shop"] == "two"


FIRES = (
    "create function public.fires() returns trigger language plpgsql as $$ begin {} return new; end $$;"
    "create trigger fires before {} on public.module_access for each row {} execute function public.fires()"
)
ALTER = "alter table public.module_access "
REACHED = {
    "default": f"{ALTER} add column stamp text default public.reached()",
    "check": f"{ALTER} add constraint held check (public.reached() is not null)",
    "generated": f"{ALTER} add column kind text generated always as (public.reached()) stored",
    "trigger": FIRES.format("new.access_type := public.reached();", "insert", ""),
    "when": FIRES.format("", "insert", "when (public.reached() is null)"),
    "domain": "create domain public.word as text check (public.reached() is not null);"
    f"{ALTER} add column word public.word",
}
NOT_REACHED = {
    "the default of a column that is named": f"{ALTER} alter access_type set default public.reached()",
    "a trigger of another command": FIRES.format("perform public.reached();", "delete", ""),
    "a policy, which does not bind the role": "create policy p on public.module_access for insert"
    " to public with check (public.reached() is not null)",
    "a comment and a string": FIRES.format(
        "/* public.reached() */ new.access_type := 'public.reached()'; -- public.reached()\n", "insert", ""
    ),
    "a definer that may": "create function public.opens() returns text language sql security definer as"
    f" $$ select public.reached() $$; {ALTER} add column stamp text default public.opens()",
}


@pytest.mark.parametrize("way", [*REACHED, *NOT_REACHED])
def test_before_anything_acts_each_function_that_is_reached_is_asked_for(
    make_database: MakeDatabase, way: str
) -> None:
    dsn = make_database()
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
        execute(
            dsn,
            "create function public.reached() returns text language plpgsql immutable as"
            " $$ begin return 'x'; end $$",
            {**REACHED, **NOT_REACHED}[way],
            "revoke execute on function public.reached() from public, anon, authenticated, service_role",
        )
        trial, server = sql.load("trials/insert", MODULE_ACCESS), Login("service_role")
        if way in NOT_REACHED:
            database.attempt(trial, login=server)
            return
        with pytest.raises(MayNotCall) as refusal:
            database.attempt(trial, login=server)
        assert refusal.value.certain
        assert refusal.value.grants == "grant execute on function public.reached() to service_role"
        assert "service_role may not execute public.reached()" in refusal.value.message
        database.attempt(sql.load("trials/delete", MODULE_ACCESS), login=server)
        execute(dsn, refusal.value.grants)
        database.attempt(trial, login=server)


def test_a_view_is_looked_through(make_database: MakeDatabase, any_channel: OpenChannel) -> None:
    dsn = make_database()
    execute(
        dsn,
        "create function public.reached() returns text language sql as $$ select 'x' $$",
        "create view public.shown as select id from public.modules where title <> public.reached()",
        "grant select on public.shown to anon",
        "grant execute on function public.reached() to anon",
    )
    with closing(any_channel(dsn)) as database:
        database.read("select count(*) from public.shown", login=Login("anon"))
        execute(dsn, "revoke execute on function public.reached() from public, anon")
        with pytest.raises(MayNotCall, match=r"anon may not execute public.reached\(\), which the view"):
            database.read("select count(*) from public.shown", login=Login("anon"))


def test_there_is_one_way_to_act_as_a_role() -> None:
    """Whoever switches the role does so behind the questions of acting/becoming, which only acting runs."""
    switch = re.compile(r"(?im)set_config\(\s*'role'|^\s*set\s+(local\s+|session\s+)?(role|session\s+auth)")
    files = [path for path in sql.folder().rglob("*.sql") if "sandbox" not in path.parts]
    assert [path.stem for path in files if switch.search(path.read_text(encoding="utf-8"))] == ["becoming"]
    takes_in = [path.stem for path in files if "include acting/becoming" in path.read_text(encoding="utf-8")]
    assert sorted(takes_in) == ["become", "trial_of_wave"]
    code = [path for path in Path(sql.__file__).parent.rglob("*.py") if "sandbox" not in path.parts]
    for name in ("session/become", "acting/trial_of_wave"):
        runs = [path.name for path in code if f'"{name}"' in path.read_text(encoding="utf-8")]
        assert runs == ["acting.py"]
