"""`doctor --rehearse` and the last look of `repair`: what only a rehearsal tells, over both channels."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from iahome_fix.repairs.migrate import migrate
from iahome_fix.systems.postgres import PostgresDatabase
from tests.cli.channel_support import CHANNELS, Channel, env_file, run
from tests.cli.test_commands import run as run_in
from tests.repairs.repair_support import value
from tests.sessions import execute

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.sandbox.databases import MakeDatabase
    from iahome_fix.sandbox.house import House
    from tests.conftest import ServeManagement

GRANT = "schema.grant-accepted"
AUDIT = """
create table public.audit_log (id serial primary key, access integer);
revoke all on public.audit_log from service_role;
create function public.audited() returns trigger language plpgsql as $f$ begin
  if (select true) then insert into public.audit_log (access) values (new.id); end if;
  return new; end $f$;
create trigger audit after insert on public.module_access
  for each row execute function public.audited()
"""


@pytest.mark.parametrize("channel", CHANNELS)
def test_doctor_names_what_refuses_the_webhook(
    channel: Channel,
    make_database: MakeDatabase,
    serve_management: ServeManagement,
    tmp_path: Path,
) -> None:
    dsn = make_database("since", "awkward")
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
    execute(dsn, AUDIT)
    server = serve_management(dsn)
    words = ("doctor", "--only", GRANT, "--env-file", str(env_file(tmp_path, channel, dsn, server)))
    code, read = run(tmp_path, *words)
    (found,) = (check for check in read["checks"] if check["id"] == GRANT)
    assert (code, found["status"], found["evidence"]["undecided"]) == (0, "warn", ["audit"])
    assert "doctor --rehearse --env-file" in found["hint"]

    code, tried = run(tmp_path, *words, "--rehearse")
    (found,) = (check for check in tried["checks"] if check["id"] == GRANT)
    assert (code, tried["causes"]) == (1, [GRANT])
    for phrase in ("42501", "table audit_log", "audited()", "the trigger audit calls", "service_role"):
        assert phrase in found["detail"]
    assert found["evidence"]["named"]["functions"] == ["audited()"]
    assert "grant insert on public.audit_log to service_role" in found["hint"]
    assert "@" not in str(found)
    assert value(dsn, "select count(*) from public.module_access") == 0

    execute(dsn, "grant insert on public.audit_log to service_role")
    execute(dsn, "grant usage on sequence public.audit_log_id_seq to service_role")
    code, tried = run(tmp_path, *words, "--rehearse")
    assert (code, tried["causes"]) == (0, [])
    # What was tried is no trouble of the shop's.
    if channel == "management":
        code, logged = run(tmp_path, "logs", "--env-file", str(env_file(tmp_path, channel, dsn, server)))
        assert (code, logged["verdict"]) == (0, "quiet"), logged


def test_rehearse_through_needs_a_rehearsal(house: House) -> None:
    words = ("doctor", "--env-file", house.env_file.name)
    for more in (("--rehearse-through", "http"), ("--rehearse", "--watch", "30")):
        assert run_in(house.folder, *words, *more)[0] == 2


def test_repair_rehearses_after_it_applied(house: House) -> None:
    execute(
        house.dsn,
        "create function public.audited() returns trigger language plpgsql as $f$ begin"
        " if (select true) and current_user = 'service_role' then raise exception 'not for you'; end if;"
        " return new; end $f$",
    )
    options = ("--env-file", house.env_file.name, "--yes")
    run_in(house.folder, "migrate", *options)
    execute(
        house.dsn,
        "create trigger audit before insert on public.module_access for each row"
        " execute function public.audited()",
    )
    code, done = run_in(house.folder, "repair", *options)
    assert (code, done["verdict"]) == (1, "broken")
    # As the owner of the tables the rows were written, and the webhook's are refused still.
    assert done["counts"]["backfill"] == 9
    assert done["after"]["causes"] == [GRANT]
    (found,) = (check for check in done["after"]["checks"] if check["id"] == GRANT)
    assert "P0001" in found["detail"]
    assert "the trigger audit calls" in found["detail"]
    (new,) = (promise for promise in done["promises"] if promise["id"] == "new")
    assert (new["state"], new["why"].partition(":")[0]) == ("broken", GRANT)
    assert value(house.dsn, "select count(*) from public.module_access where not is_active") == 0
