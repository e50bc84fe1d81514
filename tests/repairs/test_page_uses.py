"""What signed-in customers are seen to do with their rights is in the plan that takes these: by the project's
API logs, and by pg_stat_statements (only on a server that loads it).
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from iahome_fix import sql
from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.sandbox.loopback_client import loopback_client
from iahome_fix.systems.embedded.postgres import SUPERUSER, EmbeddedPostgres
from tests import places
from tests.repairs.repair_support import ALICE, command, outcome
from tests.repairs.shapes import GUIDE, MODULES
from tests.repairs.test_in_sight import PAGE, notes
from tests.repairs.webhook_over_api import BROWSER
from tests.repairs.webhook_project import UNKNOWN, Project
from tests.servers import SETTINGS, programs_of
from tests.sessions import execute

UNSEEN = "signed-in customers updated module_access"
STEP = "150_authenticated"


def opens(gateway: Gateway, change: dict[str, Any], *, key: str | None = None, agent: str = BROWSER) -> int:
    """The page changes its customer's row when a module is opened; returns the status."""
    token = key or gateway.user_jwt(ALICE, "alice@example.test")
    headers = {"apikey": key or gateway.anon_key, "authorization": f"Bearer {token}", "user-agent": agent}
    with loopback_client(base_url=gateway.url, headers=headers, timeout=15) as client:
        where = {"user_id": f"eq.{ALICE}", "module_id": "eq.6"}
        return client.patch("/rest/v1/module_access", params=where, json=change).status_code


def add_row(dsn: str) -> None:
    execute(dsn, f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6)")


def with_page(folder: Path) -> str:
    page = folder / "app" / "src" / "app" / "encours" / "page.tsx"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE, encoding="utf-8")
    (folder / "app" / "package.json").write_text('{"dependencies": {"next": "14.0.0"}}', encoding="utf-8")
    return str(folder / "app")


def test_the_logs_show_that_customers_update_and_the_plan_says_it_aloud(
    project: Project, tmp_path: Path
) -> None:
    gateway = project.gateway
    add_row(project.dsn)
    quiet = project.migrate()
    assert "authenticated loses update" in notes(quiet, STEP)
    assert "no request in 7 days (API logs)" in notes(quiet, STEP)
    assert UNSEEN not in quiet["warning"]

    # What was refused, the server's own changes and this tool's are no use by customers.
    assert opens(gateway, {"no_such_column": 1}) == 400
    assert opens(gateway, {"is_active": True}, key=gateway.service_key) in (200, 204)
    assert opens(gateway, {"is_active": True}, key=gateway.secret_key, agent="node") in (200, 204)
    assert opens(gateway, {"is_active": True}, agent="iahome-fix/1") in (200, 204)
    assert notes(project.migrate(), STEP) == notes(quiet, STEP)

    for _time in range(3):
        assert opens(gateway, {"is_active": False}) in (200, 204)
    seen = project.migrate()
    assert "authenticated loses update on public.module_access: 3 requests since 20" in notes(seen, STEP)
    assert "UTC (API logs, which name no columns); a request that needs it is then refused" in notes(
        seen, STEP
    )
    assert "authenticated loses delete on public.module_access: no request in 7 days" in notes(seen, STEP)
    assert (UNSEEN in seen["warning"], UNKNOWN in seen["warning"]) == (True, True)
    assert UNSEEN in project.migrate("--dry-run", "--webhook-role", "service_role")["warning"]
    repair = project.run("repair", "--dry-run", IAHOME_FIX_NO_DATA_API="not part of this test")[1]["plan"]
    (step,) = [step for step in repair["steps"] if step["id"] == "migrate"]
    assert UNSEEN in step["warning"]

    told = project.migrate("--dry-run", "--app", with_page(tmp_path))
    assert UNSEEN not in told["warning"]
    assert "authenticated keeps update on is_active, token_id alone" in notes(told, STEP)

    project.management.missing.add("analytics_logs_read")
    unread = project.migrate()
    assert "loses update on public.module_access: whether this right is used is not known;" in notes(
        unread, STEP
    )
    assert UNSEEN not in unread["warning"]


def test_the_columns_that_the_page_updates_are_read_off_what_was_counted(
    counted: Project, tmp_path: Path
) -> None:
    gateway = counted.gateway
    add_row(counted.dsn)
    assert "no use counted (pg_stat_statements)" in notes(counted.migrate(), STEP)
    # As PostgREST writes it, and as a connection of the app's own would.
    assert opens(gateway, {"is_active": False, "token_id": "x"}) in (200, 204)
    by_hand = (
        "update public.module_access as m set updated_at = now(), access_type = 'purchase'"
        " from public.modules o where o.id = m.module_id and m.user_id = 'nobody'"
    )
    with psycopg.connect(counted.dsn) as connection:
        connection.execute(b"set local role authenticated")
        connection.execute(by_hand.encode())
        connection.execute(b"explain update public.module_access set user_id = 'x' where id = 0")
        connection.execute(b"/* iahome-fix: a trial */ update public.module_access set user_id = user_id")
        connection.rollback()
    kept = "access_type, is_active, token_id, updated_at"
    planned = counted.migrate()
    assert f"authenticated keeps update on {kept} alone" in notes(planned, STEP)
    assert "(used 2 times since 20" in notes(planned, STEP)
    assert UNSEEN not in planned["warning"]
    done = counted.migrate("--yes", "--webhook-role", "service_role")
    assert done["verdict"] == "applied", done["error"]
    use = "update public.module_access set is_active = true, token_id = null where user_id is not null"
    assert outcome(counted.dsn, "authenticated", use, ALICE) != "42501"
    forged = "update public.module_access set expires_at = null where user_id is not null"
    assert outcome(counted.dsn, "authenticated", forged, ALICE) == "42501"
    assert counted.migrate("--dry-run")["verdict"] == "nothing-to-do"


def test_where_statements_were_dropped_no_count_is_no_proof(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    with psycopg.connect(make_database()) as connection:
        assert connection.execute(sql.load("checks/statements_dropped").encode()).fetchall() == []
        major = connection.info.server_version // 10_000
    programs = programs_of(major) if major in (15, 17) else None
    if programs is None:
        pytest.skip("this server does not load pg_stat_statements")
    folder = Path(tempfile.mkdtemp(prefix="iahf-", dir=places.short()))
    settings = {**SETTINGS, "pg_stat_statements.max": "100"}
    try:
        with EmbeddedPostgres(folder, programs=programs, major=major, settings=settings) as server:
            few = DatabaseFactory(server.dsn(user=SUPERUSER), server.databases)
            with closing(few):
                dsn = few.create("revoked")
                execute(few.superuser(dsn), "create extension pg_stat_statements")
                execute(dsn, MODULES, GUIDE, "grant all on public.module_access to authenticated")
                execute(dsn, *(f"select {', '.join('1' * n)}" for n in range(1, 160)))
                said = notes(command(tmp_path, dsn, "migrate", "--dry-run").document, STEP)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert "loses update on public.module_access: whether this right is used is not known for sure: " in said
    assert "times statements were dropped (pg_stat_statements)" in said
