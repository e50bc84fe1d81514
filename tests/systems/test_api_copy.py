"""The copy of the rows: the same answers as SQL, nothing that opens a door, and nothing left of it."""

from __future__ import annotations

import stat
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from iahome_fix import sql as files
from iahome_fix.errors import MissingCredential
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.schema.requirements import requirement
from iahome_fix.systems import api_copy
from iahome_fix.systems.api_copy import RowsCopy
from iahome_fix.systems.data_api import DataApi
from iahome_fix.systems.database import Login
from iahome_fix.systems.embedded import throwaway
from iahome_fix.systems.embedded.throwaway import PREFIX, Throwaway
from iahome_fix.systems.embedded.watchdog import running, server_pid
from iahome_fix.systems.expected import UnexpectedResponse
from iahome_fix.systems.postgres import PostgresDatabase
from tests.cli.api_support import env_file, many_tokens, paste
from tests.cli.channel_support import run
from tests.cli.running import started, wait_for
from tests.damage import Proxy, changed
from tests.sessions import execute

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase
    from iahome_fix.sandbox.gateway import Gateway
    from tests.conftest import ServeApi

# Rows of every kind: with ends that no datetime holds, without a customer, of a module that is gone, switched
# off by a person, by this tool, and with numbers that JSON would change.
_ROWS = """
insert into public.module_access
  (user_id, module_id, expires_at, is_active, created_at, updated_at, metadata, token_id)
select u, m, e::timestamp, a, now() - interval '9 days', now(), d::jsonb, t
  from (values
  ('11111111-aaaa-4000-8000-000000000001', 6, 'infinity', true, '{"session_id": "cs_live_1"}', null),
  ('11111111-aaaa-4000-8000-000000000002', 6, '-infinity', true, '{"price": 9.90}', null),
  ('11111111-aaaa-4000-8000-000000000003', 6, '0044-03-15 BC', true, '[1.0, 2]', null),
  ('11111111-AAAA-4000-8000-000000000004 ', 99, '12345-01-01', true, '"text"', null),
  ('amelie.durand@example.test', 13, null, true, null, null),
  ('11111111-aaaa-4000-8000-000000000011', 6, '2090-01-01 00:00:00.000001', false,
   '{"session_id": "cs_live_2", "fingerprint": "x", "price": 9.900}', null),
  ('11111111-aaaa-4000-8000-000000000006', 15, '2090-01-01', null, '{}', null),
  ('11111111-aaaa-4000-8000-000000000007', 6, '2020-01-01', true,
   '{"session_id": "cs_live_3", "deactivated_by": "iahome-fix"}', 't')) as x (u, m, e, a, d, t)
"""
_TOKEN = """
insert into public.access_tokens (id, name, module_id, module_name, created_by, created_at)
values ('in capitals', 't', 15, 'm', '11111111-AAAA-4000-8000-000000000007', now())
"""
ODD = (
    "alter table public.module_access drop constraint if exists module_access_module_id_fkey",
    _ROWS,
    "update public.profiles set email = upper(email) where email like 'farid%'",
    _TOKEN,
)
DOUBLED = (
    "drop index public.idx_module_access_unique_user_module",
    "insert into public.module_access (user_id, module_id) select 'twice', 8 from generate_series(1, 2)",
)
IN_TOKYO = """do $$ begin
execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database());
end $$"""
OTHER_TYPES = (
    "alter table public.module_access alter expires_at type timestamptz, alter created_at type timestamptz",
    "alter table public.access_tokens alter expires_at type timestamptz",
)
TOKENS = {"include_expired": False, "restore": ["3"]}
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        name: (files.load("backfill/classified", MODULE_ACCESS) + files.load(name, MODULE_ACCESS), TOKENS)
        for name in ("backfill/plan", "backfill/withdrawn", "backfill/due", "checks/tokens")
    },
    "backfill/listed": (
        files.load("backfill/classified", MODULE_ACCESS) + files.load("backfill/listed"),
        {**TOKENS, "reason": None, "most": None},
    ),
    "checks/deactivated": (files.load("checks/deactivated", MODULE_ACCESS), {"most": 100}),
    "checks/payments_refunded": (
        files.load("checks/payments_refunded", MODULE_ACCESS),
        {"sessions": ["cs_live_1", "x"], "paid_again": ["nobody 6"]},
    ),
    "checks/payments_noted": (files.load("checks/payments_noted"), {"sessions": ["cs_test_hugo", "x"]}),
    "checks/ended_early": (
        files.load("checks/ended_early", MODULE_ACCESS),
        {"sales": '[{"session_id": "cs_live_3", "until": "2090-01-01T00:00:00+02:00"}]', "most": 10},
    ),
    "duplicates": (requirement("080_duplicates").detect, {}),
    **{
        name: (files.load(name, MODULE_ACCESS), {})
        for name in (
            *("backfill/active", "checks/owners", "checks/expired", "checks/email_case", "checks/owner_form"),
            *("checks/strange_modules", "checks/session_modes", "checks/handler_rows"),
        )
    },
}


OF_THE_COPY = "metadata_text"
"""What only the copy asks of module_access."""


def gateway_of(make_database: MakeDatabase, serve_api: ServeApi, *more: str) -> tuple[str, Gateway]:
    dsn = make_database("since", "awkward")
    paste(dsn)
    execute(dsn, *ODD, *more)
    return dsn, serve_api(dsn)


@pytest.fixture
def shop(make_database: MakeDatabase, serve_api: ServeApi) -> tuple[str, Gateway]:
    return gateway_of(make_database, serve_api)


@pytest.mark.parametrize("more", [(), OTHER_TYPES], ids=["as migrate makes them", "times with a zone"])
def test_it_answers_what_sql_answers(
    make_database: MakeDatabase, serve_api: ServeApi, more: tuple[str, ...]
) -> None:
    dsn, gateway = gateway_of(make_database, serve_api, *DOUBLED, *more, IN_TOKYO)
    with (
        closing(PostgresDatabase(dsn, label="test", timeout=10)) as there,
        closing(DataApi(gateway.url, gateway.service_key, timeout=10)) as api,
        closing(RowsCopy(api, MODULE_ACCESS, timeout=10)) as copied,
    ):
        for name, (statement, values) in QUESTIONS.items():
            by_sql, by_copy = there.read(statement, values), copied.read(statement, values)
            assert sorted(map(str, by_copy)) == sorted(map(str, by_sql)), name
            assert by_sql, name
        with pytest.raises(MissingCredential):
            copied.read("select 1 as one", login=Login("anon"))
        with pytest.raises(MissingCredential):
            copied.read("select 1 as one from auth.users")
        with pytest.raises(MissingCredential):
            copied.transact(())


def test_what_opens_a_door_is_neither_asked_for_nor_kept(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    dsn, gateway = shop
    execute(dsn, "update public.access_tokens set jwt_token = 'opens-a-door ' || id")
    way = str(env_file(tmp_path, gateway))
    run(tmp_path, "doctor", "--env-file", way)
    run(tmp_path, "backfill", "--yes", "--env-file", way)
    asked = [seen.query for seen in gateway.seen if seen.path.endswith("/access_tokens")]
    assert len(asked) > 5
    for query in asked:
        assert "jwt_token" not in query
        assert "select=%2A" not in query.replace("*", "%2A") or "limit=0" in query, query
    with (
        closing(DataApi(gateway.url, gateway.service_key, timeout=10)) as api,
        closing(RowsCopy(api, MODULE_ACCESS, timeout=10)) as copied,
    ):
        rows = copied.read("select to_jsonb(t) as row from public.access_tokens t")
        assert rows
        assert {"jwt_token", "name"}.isdisjoint(rows[0]["row"])
        assert "opens-a-door" not in str(rows)


def test_a_value_that_does_not_fit_is_named(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    _dsn, gateway = gateway_of(
        make_database,
        serve_api,
        "alter table public.module_access alter updated_at drop default, alter updated_at type text",
        "update public.module_access set updated_at = 'soon' where id = 1",
    )
    with (
        closing(DataApi(gateway.url, gateway.service_key, timeout=10)) as api,
        closing(RowsCopy(api, MODULE_ACCESS, timeout=10)) as copied,
    ):
        with pytest.raises(UnexpectedResponse) as odd:
            copied.read("select 1 as one from public.module_access")
        assert "module_access" in odd.value.message
        assert "updated_at" in odd.value.message
        assert "soon" not in odd.value.message
        # What the others hold can be told still.
        assert copied.read(files.load("checks/email_case"))[0]["found"] == 1


def test_more_rows_than_may_be_copied(
    shop: tuple[str, Gateway], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn, gateway = shop
    monkeypatch.setattr(api_copy, "MOST", 30)
    many_tokens(dsn, 25)
    way = str(env_file(tmp_path, gateway))
    code, document = run(tmp_path, "backfill", "--yes", "--env-file", way)
    assert (code, document["error"]["code"]) == (3, "too-many-rows")
    assert "SUPABASE_DB_URL" in document["error"]["hint"]
    assert execute(dsn, "select count(*) from public.module_access where access_type = 'token'") == [(0,)]
    code, document = run(tmp_path, "doctor", "--env-file", way)
    told = {check["id"]: check for check in document["checks"]}
    assert told["data.owner-form"]["status"] == "unknown"
    assert "too many" in told["data.owner-form"]["detail"]


def test_a_machine_without_the_server_says_what_else_would_do(
    shop: tuple[str, Gateway], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn, gateway = shop
    nowhere = Throwaway(programs=Path("/nowhere/pginstall/bin"))
    monkeypatch.setattr(throwaway, "_throwaway", nowhere)
    way = str(env_file(tmp_path, gateway))
    code, document = run(tmp_path, "backfill", "--yes", "--env-file", way)
    assert (code, document["error"]["code"]) == (3, "no-embedded-postgres"), document["error"]
    assert "SUPABASE_DB_URL" in document["error"]["hint"]
    assert nowhere.folder is None
    assert execute(dsn, "select count(*) from public.module_access where access_type = 'token'") == [(0,)]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX")
@pytest.mark.parametrize("kill", [True, False], ids=["killed", "ended"])
def test_nothing_is_left_and_nobody_else_may_look(
    shop: tuple[str, Gateway], short_folder: Path, kill: bool
) -> None:
    _dsn, gateway = shop
    folder = short_folder / f"copy-{kill}"
    folder.mkdir(mode=0o755)
    way = str(env_file(folder, gateway))
    with ExitStack() as stack:
        proxy = stack.enter_context(Proxy(gateway.url))
        held: list[float] = []

        def hold(answer: Any) -> Any:
            held.append(time.monotonic())
            time.sleep(20 if kill else 1)
            return answer

        proxy.strike(hold, "/profiles")
        with open(way, "a", encoding="utf-8") as file:  # noqa: PTH123
            file.write(f"SUPABASE_API_URL={proxy.url}\n")
        with started(folder, "backfill", "--dry-run", "--env-file", way) as process:
            assert wait_for(lambda: held, 60)
            (copied,) = folder.glob(PREFIX + "*")
            assert stat.S_IMODE(copied.stat().st_mode) == 0o700
            server = server_pid(copied / "pgdata")
            assert server is not None
            if kill:
                process.kill()
            process.wait(timeout=60)
        proxy.heal()
    if kill:
        assert wait_for(lambda: not copied.exists(), 30)
    assert not list(folder.glob(PREFIX + "*"))
    assert wait_for(lambda: not running(server), 10)
    assert (folder / "out").read_text() or kill


def test_what_would_accuse_somebody_is_asked_again(shop: tuple[str, Gateway], tmp_path: Path) -> None:
    """Accesses that were not to be seen at first: a copy of the database behind, or a sale under way."""
    _dsn, gateway = shop
    way = env_file(tmp_path, gateway)
    assert run(tmp_path, "backfill", "--yes", "--env-file", str(way))[0] == 0
    looks: list[int] = []

    def blind_at_first(answer: Any) -> Any:
        looks.append(1)
        return changed(lambda _rows: [], **{"content-range": "*/*"})(answer) if len(looks) == 1 else answer

    with ExitStack() as stack:
        proxy = stack.enter_context(Proxy(gateway.url))
        way.write_text(way.read_text("utf-8") + f"SUPABASE_API_URL={proxy.url}\n", "utf-8")
        proxy.strike(blind_at_first, "/module_access", asking=OF_THE_COPY)
        _code, document = run(tmp_path, "doctor", "--only", "data", "--env-file", str(way))
    told = {check["id"]: check for check in document["checks"]}
    assert len(looks) > 1
    assert told["data.tokens-without-access"]["status"] == "ok", told["data.tokens-without-access"]


def test_the_next_copy_has_the_database_of_the_one_before_and_nothing_of_its_rows(
    shop: tuple[str, Gateway], tmp_path: Path
) -> None:
    dsn, gateway = shop
    tables = (
        "select relname::text as name from pg_class where relnamespace = 'public'::regnamespace order by 1"
    )
    here = "select current_database()::text as name"
    with closing(DataApi(gateway.url, gateway.service_key, timeout=10)) as api:
        with closing(RowsCopy(api, MODULE_ACCESS, timeout=10)) as first:
            assert first.read("select count(*)::int as n from public.modules")[0]["n"] > 0
            [name] = first.read(here)
            there = first.read(tables)
            with closing(RowsCopy(api, MODULE_ACCESS, timeout=10)) as beside:
                assert beside.read(here) != [name], "one that is in use is nobody else's"
        execute(dsn, "delete from public.module_access", "delete from public.modules")
        with closing(RowsCopy(api, MODULE_ACCESS, timeout=10)) as second:
            assert second.read("select count(*)::int as n from public.modules") == [{"n": 0}]
            assert second.read(here) == [name]
            assert second.read(tables) == there
            # Who was given up may still read: nobody waits for that, and the next copy has another database.
            with closing(psycopg.connect(second._dsn)) as late:
                late.execute("select count(*) from public.modules")
                second.close()
                with closing(RowsCopy(api, MODULE_ACCESS, timeout=10)) as third:
                    assert third.read(here) != [name]
