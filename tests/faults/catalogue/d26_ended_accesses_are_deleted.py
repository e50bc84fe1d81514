"""D26, a decoy: a job of the database deletes accesses after their end, in a function that it calls."""

from __future__ import annotations

from tests.faults.model import Fault, carol_buys, sql
from tests.faults.world import BOB, World, ago


def has_the_job(world: World) -> None:
    world.sql_as_superuser(
        "create schema cron;"
        "create table cron.job (jobid bigint, schedule text, command text, active boolean, jobname text);"
        "insert into cron.job values (1, '0 3 * * *', 'select public.clean_up()', true, 'nightly'),"
        " (2, '0 4 * * *', 'delete from public.module_access_old', true, 'old'),"
        " (3, '0 5 * * *', 'truncate public.module_access', false, 'off');"
        "grant usage on schema cron to postgres; grant select on cron.job to postgres"
    )


def sold_long_ago(world: World) -> None:
    for who in ("alice", "bob"):
        world.buys(who, 13, when=ago(days=20), id=f"cs_live_{who}_old")
    world.sql(f"delete from public.module_access where module_id = 13 and user_id <> '{BOB}'")
    carol_buys(world)


FAULT = Fault(
    what="nobody waits: what was sold weeks ago was served, came to its end, and was deleted",
    inject=(
        has_the_job,
        sql(
            "create function public.clean_up() returns void language sql as"
            " $$ delete from module_access where expires_at < now() $$"
        ),
    ),
    cause=None,
    then=sold_long_ago,
    before={"carol": ["15"], "alice": ["15"]},
    statuses={"payments.unfulfilled": "warn", "data.rows-lost": "ok"},
    notes={"payments.unfulfilled": "a job of pg_cron deletes accesses: nightly"},
)
