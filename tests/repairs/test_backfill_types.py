"""`backfill` over the types that ids and times really had, on a server that does not live in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.backfill_support import backfill, counts
from tests.repairs.repair_support import ALICE, BOB, command, value
from tests.sessions import execute

MODULE_IDS = {
    "integer": ("6", "13"),
    "bigint": ("6", "13"),
    "text": ("metube", "6f00-l'été"),
    "uuid": ("66666666-0000-4000-8000-000000000006", "66666666-0000-4000-8000-000000000013"),
}


def _tables(owner: str, token_id: str, module: str, token_module: str, time: str) -> tuple[str, ...]:
    return (
        "drop table public.access_tokens, public.modules cascade",
        f"create table public.modules (id {module} primary key, title text)",
        f"""create table public.access_tokens (
              id {token_id} primary key, name text, module_id {token_module}, created_by {owner},
              is_active boolean default true, expires_at {time}, created_at {time}, metadata jsonb)""",
    )


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize(
    ("owner", "token_id", "module", "token_module", "time"),
    [
        ("uuid", "text", "integer", "integer", "timestamp with time zone"),
        ("varchar(255)", "serial", "integer", "bigint", "timestamp"),
        ("text", "text", "text", "text", "timestamp with time zone"),
        ("uuid", "serial", "text", "varchar(60)", "timestamp"),
        ("varchar(255)", "uuid", "uuid", "uuid", "timestamp"),
        ("text", "serial", "uuid", "text", "timestamp with time zone"),
        ("text", "bigint", "bigint", "text", "timestamp"),
    ],
)
def test_ids_are_compared_as_text_and_times_as_utc(
    owner: str,
    token_id: str,
    module: str,
    token_module: str,
    time: str,
    zone: str,
    make_database: MakeDatabase,
    tmp_path: Path,
) -> None:
    dsn = make_database()
    name = value(dsn, "select quote_ident(current_database())")
    execute(dsn, f"alter database {name} set timezone to '{zone}'")
    execute(dsn, *_tables(owner, token_id, module, token_module, time))
    first, second = (identifier.replace("'", "''") for identifier in MODULE_IDS[module])
    execute(dsn, f"insert into public.modules (id, title) values ('{first}', 'A'), ('{second}', 'B')")
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"

    assert value(dsn, "show timezone") == zone
    now = "now()" if time.endswith("zone") else "timezone('utc', now())"
    ids = ("gen_random_uuid()",) * 4 if token_id == "uuid" else ("1", "2", "3", "4")
    execute(
        dsn,
        "insert into public.access_tokens (id, created_by, module_id, expires_at, created_at) values"
        f" ({ids[0]}, '{ALICE}', '{first}', {now} + interval '1 hour', {now}),"
        f" ({ids[1]}, '{ALICE}', '{first}', {now} + interval '2 hours', {now} - interval '9 hours'),"
        f" ({ids[2]}, '{ALICE}', '{second}', null, {now}),"
        f" ({ids[3]}, '{BOB}', '{first}', {now} - interval '1 hour', {now})",
    )

    answer = backfill(tmp_path, dsn)
    assert (answer.code, counts(answer)) == (0, {"to_create": 2, "duplicate": 1, "expired": 1})
    made = execute(
        dsn,
        "select user_id, module_id::text, extract(epoch from expires_at)::float8 from public.module_access"
        " order by expires_at",
    )
    assert [row[:2] for row in made] == [
        (ALICE, first.replace("''", "'")),
        (ALICE, second.replace("''", "'")),
    ]
    assert made[0][2] == pytest.approx(datetime.now(UTC).timestamp() + 7200, abs=120)
    assert made[1][2] is None
    assert backfill(tmp_path, dsn).verdict == "nothing-to-do"


def test_an_access_table_with_zoned_times_keeps_the_moment(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    name = value(dsn, "select quote_ident(current_database())")
    execute(
        dsn,
        f"alter database {name} set timezone to 'Asia/Kolkata'",
        "insert into public.modules (id, title) values (6, 'M'), (13, 'N')",
        "create table public.module_access (id serial primary key, user_id text not null, module_id integer,"
        " expires_at timestamp with time zone, created_at timestamp with time zone)",
        f"insert into public.module_access (user_id, module_id, expires_at) values ('{ALICE}', 13,"
        " now() - interval '1 hour')",
        "insert into public.access_tokens (name, module_name, module_id, created_by, expires_at) values"
        f" ('t', 'm', 6, '{ALICE}', timezone('utc', now()) + interval '1 hour'),"
        f" ('t', 'm', 13, '{ALICE}', timezone('utc', now()) + interval '1 hour')",
    )
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"

    assert counts(backfill(tmp_path, dsn)) == {"to_create": 2}
    assert execute(
        dsn,
        "select module_id, round(extract(epoch from expires_at - now()) / 60) from public.module_access"
        " where is_active order by 1",
    ) == [(6, 60), (13, 60)]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("drop table public.module_access", "no such table"),
        ("alter table public.module_access drop column token_id", "token_id: no such column"),
        ("drop index public.idx_module_access_unique_user_module", "unique index"),
        ("alter table public.module_access alter is_active drop default", "is_active: no default"),
        ("alter table public.access_tokens drop column created_by cascade", "access_tokens.created_by"),
    ],
)
def test_tables_that_are_not_ready_are_refused_with_the_command_to_type(
    broken: str, words: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    execute(dsn, broken)

    answer = command(tmp_path, dsn, "backfill", "--yes")
    assert (answer.code, answer.verdict, answer.error["code"]) == (1, "refused", "not-migrated")
    assert words in answer.error["message"]
    assert f"iahome-fix migrate --env-file {tmp_path}" in answer.error["hint"]


@pytest.mark.parametrize(
    ("broken", "code", "words"),
    [
        ("drop table public.access_tokens", "no-access-tokens", "access_tokens does not exist"),
        ("drop table public.profiles cascade", "no-profiles", "profiles does not exist"),
        (
            "alter table public.access_tokens drop column expires_at",
            "access-tokens-columns",
            "has no column expires_at",
        ),
    ],
)
def test_what_migrate_cannot_bring_back_is_named(
    broken: str, code: str, words: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    execute(dsn, broken)

    answer = command(tmp_path, dsn, "backfill", "--yes")
    assert (answer.code, answer.verdict, answer.error["code"]) == (1, "refused", code)
    assert words in answer.error["message"]
