"""A repair that somebody's function refuses: the function, its trigger and who has to act are named."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from iahome_fix.errors import Refused
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from tests.repairs.backfill_support import shop, token
from tests.repairs.repair_support import value
from tests.sessions import execute

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.sandbox.databases import MakeDatabase
    from tests.conftest import OpenChannel

TRIGGER = (
    "create function public.notify_grant() returns trigger language plpgsql as"
    " $f$ begin {} return new; end $f$;"
    "create trigger on_grant {} insert on public.module_access"
    " for each row execute function public.notify_grant()"
)
WAYS = {
    "no schema net": (
        TRIGGER.format(
            "perform net.http_post(url := 'https://hooks.example.test/x', body := to_jsonb(new));", "after"
        ),
        ('(3F000): schema "net" does not exist',),
        "pg_net",
    ),
    "a value that a nested function refuses": (
        "create function public.deeper() returns integer language plpgsql as"
        " $f$ begin return 1 / 0; end $f$;" + TRIGGER.format("perform public.deeper();", "before"),
        ("(22012): division by zero", "deeper(), in notify_grant()"),
        "whoever made it",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_function_and_its_trigger_are_named(
    make_database: MakeDatabase, any_channel: OpenChannel, tmp_path: Path, way: str
) -> None:
    dsn = shop(make_database, tmp_path)
    token(dsn, "token_1", ends="3 days")
    statement, says, hint = WAYS[way]
    execute(dsn, statement)
    with closing(any_channel(dsn)) as database:
        plan = backfill.plan(database, MODULE_ACCESS)
        assert plan.to_create == 1
        with pytest.raises(Refused) as refusal:
            backfill.apply(database, plan, "run-1")
    said = refusal.value.message
    for phrase in (*says, "notify_grant()", "the trigger on_grant on module_access"):
        assert phrase in said
    assert hint in str(refusal.value.hint)
    assert "pg_proc where oid = " in str(refusal.value.hint)
    assert value(dsn, "select count(*) from public.module_access") == 0


def test_a_constraint_is_named_with_its_table(
    make_database: MakeDatabase, any_channel: OpenChannel, tmp_path: Path
) -> None:
    dsn = shop(make_database, tmp_path)
    token(dsn, "token_1", ends="3 days")
    execute(dsn, "alter table public.module_access add constraint few check (access_type <> 'token')")
    with closing(any_channel(dsn)) as database, pytest.raises(Refused, match="few") as refusal:
        backfill.apply(database, backfill.plan(database, MODULE_ACCESS), "run-1")
    assert refusal.value.code == "sql-refused"
    assert "alter table" in str(refusal.value.hint)
    assert "drop constraint few" in str(refusal.value.hint)


def test_no_token_is_served_at_the_cost_of_another_access(
    make_database: MakeDatabase, any_channel: OpenChannel, tmp_path: Path
) -> None:
    dsn = shop(make_database, tmp_path)
    token(dsn, "token_1", ends="3 days")
    execute(
        dsn,
        "insert into public.module_access (user_id, module_id, metadata) select created_by, 13, '{}'"
        " from public.access_tokens",
    )
    execute(
        dsn,
        "create function public.keep_latest() returns trigger language plpgsql as $f$ begin delete from"
        " public.module_access where user_id = new.user_id and id <> new.id; return null; end $f$;"
        "create trigger keep_latest after insert on public.module_access"
        " for each row execute function public.keep_latest()",
    )
    with closing(any_channel(dsn)) as database, pytest.raises(Refused, match="taken away") as refusal:
        backfill.apply(database, backfill.plan(database, MODULE_ACCESS), "run-1")
    assert refusal.value.code == "not-kept"
    assert value(dsn, "select string_agg(module_id::text, ',') from public.module_access") == "13"
