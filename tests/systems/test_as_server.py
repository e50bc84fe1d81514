"""What is written is written in the name of the app's server, on every channel."""

from __future__ import annotations

import psycopg
import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.database import Statement
from tests.conftest import OpenChannel

WHO = """
create table public.notes (id integer, written_by text);
create function public.who_writes() returns trigger language plpgsql as $$ begin
  if coalesce(auth.role(), '') <> 'service_role' then raise exception 'only the server'; end if;
  new.written_by := current_setting('request.jwt.claims')::json ->> 'role';
  return new;
end $$;
create trigger who_writes before insert on public.notes for each row execute function public.who_writes();
"""
"""A trigger that asks who writes, as those of others do; for want of a claim it ends in an error."""


@pytest.mark.parametrize("times", [1, 2])
def test_a_trigger_that_asks_who_writes_meets_the_server(
    any_channel: OpenChannel, make_database: MakeDatabase, times: int
) -> None:
    dsn = make_database()
    with psycopg.connect(dsn) as connection:
        connection.execute(WHO.encode())
    database = any_channel(dsn)
    for number in range(times):
        database.transact(
            [
                Statement("insert into public.notes (id) values (%(id)s) returning id", {"id": number}),
                Statement("select count(*) as found from public.notes"),
            ]
        )
    with psycopg.connect(dsn) as connection:
        found = connection.execute("select id, written_by from public.notes order by id").fetchall()
    assert found == [(number, "service_role") for number in range(times)]
