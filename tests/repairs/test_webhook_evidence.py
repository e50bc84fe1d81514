"""Before the table is closed: who writes it is found out, by traces and by asking the deployed webhook."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from iahome_fix.facts.webhook_writer import Evidence, by_requests, by_statements, weighed
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.project_logs import Asked
from tests.cli.test_commands import count, run
from tests.repairs.test_migrate_interlock import SHUT, guide_world
from tests.repairs.webhook_over_api import BROWSER, DeployedWebhook, grants, looks_for, writes
from tests.repairs.webhook_project import UNKNOWN, Project, change, customer, rows

CUSTOMER = "cust001@example.com"


def test_the_logs_tell_and_writes_with_both_keys_leave_it_open(project: Project) -> None:
    gateway = project.gateway
    nothing = project.migrate()
    assert (nothing["webhook_role"], UNKNOWN in nothing["warning"]) == (None, True)

    # What a browser or another part of the server does says nothing about the webhook.
    looks_for(gateway, gateway.anon_key, CUSTOMER, BROWSER)
    assert writes(gateway, gateway.anon_key, "u1", 3, BROWSER) == 201
    assert writes(gateway, gateway.service_key, "u2", 3) == 201
    assert project.migrate()["webhook_role"] is None

    gateway.seen.clear()
    assert grants(gateway, gateway.anon_key, customer(project.dsn), 6) == 201
    shown = project.migrate()
    assert shown["webhook_role"]["role"] == "anon"
    assert "wrote to module_access with the public key (anon), answered 201" in shown["warning"]
    assert "--allow-anon-writes" in shown["warning"]
    assert shown["verdict"] == "planned"

    stated = project.migrate("--dry-run", "--webhook-role", "service_role")
    assert stated["webhook_role"]["role"] == "service_role"
    assert stated["warning"].startswith("--webhook-role says service_role, but at ")

    assert grants(gateway, gateway.secret_key, customer(project.dsn), 3) == 201
    mixed = project.migrate()
    evidence = mixed["webhook_role"]["evidence"]
    assert ("with the public key" in evidence, "with service_role" in evidence) == (True, True)
    assert "--allow-anon-writes" in mixed["warning"]

    gateway.seen.clear()
    assert grants(gateway, gateway.secret_key, customer(project.dsn), 15) == 201
    after = project.migrate()
    assert (after["webhook_role"]["role"], after["warning"]) == ("service_role", None)
    refused = project.migrate("--dry-run", "--webhook-role", "anon")
    assert (refused["verdict"], refused["error"]["code"]) == ("refused", "webhook-role")
    assert "although at " in refused["error"]["message"]


def test_a_token_without_the_right_to_the_logs_leaves_it_unknown(project: Project) -> None:
    assert grants(project.gateway, project.gateway.anon_key, customer(project.dsn), 6) == 201
    project.management.missing.add("analytics_logs_read")
    shown = project.migrate()
    assert (shown["webhook_role"], UNKNOWN in shown["warning"]) == (None, True)


def test_the_plan_of_repair_says_it_too(project: Project) -> None:
    assert grants(project.gateway, project.gateway.anon_key, customer(project.dsn), 6) == 201
    plan = project.run("repair", "--dry-run", IAHOME_FIX_NO_DATA_API="not part of this test")[1]["plan"]
    (step,) = [step for step in plan["steps"] if step["id"] == "migrate"]
    assert step["webhook_role"]["role"] == "anon"
    assert "with the public key (anon)" in step["warning"]


def test_doctor_names_the_webhook_that_is_refused_by_the_closed_table(project: Project) -> None:
    gateway = project.gateway
    assert grants(gateway, gateway.anon_key, customer(project.dsn), 6) == 201
    open_table = project.check()
    assert open_table["status"] == "warn"
    assert "give themselves modules" in open_table["detail"]

    assert project.migrate("--yes", "--webhook-role", "service_role")["verdict"] == "applied"
    # It wrote while the table was open, and may have another key since.
    assert project.check()["status"] == "warn"
    # A stranger who tries the public key is not the webhook, and is no cause of anything.
    gateway.seen.clear()
    assert writes(gateway, gateway.anon_key, "u1", 3) == 401
    assert project.check()["status"] == "ok"

    assert grants(gateway, gateway.anon_key, customer(project.dsn), 3) == 401
    closed = project.check()
    assert closed["status"] == "fail"
    assert "the webhook writes with the public key, and is refused: no right to" in closed["detail"]
    assert "answered 401 (API logs)" in closed["detail"]

    assert grants(gateway, gateway.service_key, customer(project.dsn), 3) == 201
    assert project.check()["status"] == "ok"
    # The public key is everybody's: whoever does what the handler does, and is refused, is no cause.
    assert grants(gateway, gateway.anon_key, customer(project.dsn), 3) == 401
    assert project.check()["status"] == "ok"


def test_a_new_row_of_the_handler_speaks_for_the_service_role_where_anon_sees_no_customer(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = guide_world(make_database)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            b"insert into public.module_access (user_id, module_id, metadata, created_at) values"
            b" ('u1', 3, '{\"session_id\": \"cs_live_1\"}', now() at time zone 'utc' - interval '2 days')"
        )
    file = tmp_path / "rows.env"
    file.write_text(f"SUPABASE_DB_URL='{dsn}'\n", encoding="utf-8")
    words = ("migrate", "--dry-run", "--env-file", str(file))
    assert run(tmp_path, *words)[1]["webhook_role"] is None

    # With row level security and no policy for it, the right alone shows the public key nobody.
    change(dsn, "alter table public.profiles enable row level security")
    shown = run(tmp_path, *words)[1]
    assert (shown["webhook_role"]["role"], shown["warning"]) == ("service_role", None)
    assert "sees no customer" in shown["webhook_role"]["evidence"]

    for other in ('{"session_id": "cs_live_1", "reconciled": true}', '{"session_id": "cs", "run_id": "1"}'):
        change(dsn, f"update public.module_access set metadata = '{other}'")
        assert run(tmp_path, *words)[1]["webhook_role"] is None
    change(dsn, 'update public.module_access set metadata = \'{"session_id": "cs_live_1"}\'')
    change(dsn, "update public.module_access set created_at = created_at - interval '8 days'")
    assert run(tmp_path, *words)[1]["webhook_role"] is None


@contextmanager
def deployed(project: Project, key: str) -> Iterator[tuple[DeployedWebhook, dict[str, str]]]:
    """The webhook with this key, and the variables of a project that has it."""
    secret = "whsec_" + secrets.token_hex(16)
    with DeployedWebhook(project.gateway, key, secret) as webhook:
        yield webhook, {"NEXT_PUBLIC_APP_URL": webhook.url, "STRIPE_WEBHOOK_SECRET": secret}


def test_asked_by_an_event_the_webhook_with_the_public_key_stops_the_migration(project: Project) -> None:
    before = rows(project.dsn)
    with deployed(project, project.gateway.anon_key) as (webhook, variables):
        planned = project.migrate("--dry-run", **variables)
        assert (planned["webhook_role"], webhook.events) == (None, [])
        assert UNKNOWN in planned["warning"]

        refused = project.migrate("--yes", **variables)
        assert (refused["verdict"], refused["error"]["code"]) == ("refused", "webhook-role")
        assert refused["webhook_role"]["role"] == "anon"
        assert "asked just now with signed events" in refused["error"]["message"]
        assert webhook.events == ["checkout.session.completed"]
    assert (rows(project.dsn), count(project.dsn, SHUT)) == (before, 1)


def test_asked_by_an_event_the_webhook_with_the_server_key_is_no_obstacle(project: Project) -> None:
    before = rows(project.dsn)
    with deployed(project, project.gateway.secret_key) as (webhook, variables):
        done = project.migrate("--yes", **variables)
        assert (done["verdict"], done["warning"], done["error"]) == ("applied", None, None)
        assert done["webhook_role"]["role"] == "service_role"
        assert webhook.events == ["checkout.session.completed"]
    assert (rows(project.dsn), count(project.dsn, SHUT)) == (before, 0)


@pytest.mark.parametrize("why", ["stated", "bridge", "no secret", "no site", "no way to see"])
def test_nothing_is_sent_where_the_answer_would_decide_or_show_nothing(project: Project, why: str) -> None:
    words = {"stated": ("--webhook-role", "service_role"), "bridge": ("--allow-anon-writes",)}.get(why, ())
    with deployed(project, project.gateway.anon_key) as (webhook, variables):
        variables |= {"STRIPE_WEBHOOK_SECRET": ""} if why == "no secret" else {}
        variables |= {"NEXT_PUBLIC_APP_URL": ""} if why == "no site" else {}
        variables |= {"SUPABASE_ACCESS_TOKEN": ""} if why == "no way to see" else {}
        assert project.migrate("--yes", *words, **variables)["verdict"] == "applied"
        assert webhook.events == []


def test_a_secret_that_the_site_refuses_leaves_it_unknown(project: Project) -> None:
    with deployed(project, project.gateway.anon_key) as (webhook, variables):
        variables["STRIPE_WEBHOOK_SECRET"] = "whsec_" + secrets.token_hex(16)
        done = project.migrate("--yes", **variables)
        assert (done["webhook_role"], UNKNOWN in done["warning"], webhook.events) == (None, True, [])


def test_of_the_requests_the_handlers_own_turn_counts() -> None:
    now = datetime.now(UTC)

    def asked(seconds: float, role: str, method: str, table: str, status: int = 201) -> Asked:
        return Asked(now - timedelta(seconds=seconds), role, method, table, status)

    turn = (
        asked(100, "service_role", "POST", "module_access"),
        asked(101, "service_role", "GET", "profiles"),
    )
    stranger = asked(5, "anon", "POST", "module_access")
    found = by_requests((stranger, *turn))
    assert found is not None
    assert (found.certain, found.mixed) == (False, True)
    refused = (asked(5, "anon", "POST", "module_access", 401), asked(6, "anon", "GET", "profiles"))
    found = by_requests((*refused, *turn))
    assert found is not None
    assert (found.role, found.certain, found.refused) == ("service_role", True, False)
    other_route = asked(7, "service_role", "POST", "module_access")
    assert by_requests((*refused, other_route)) is None
    own = (asked(100, "anon", "POST", "module_access"), asked(101, "anon", "GET", "profiles"))
    found = by_requests((other_route, *own))
    assert found is not None
    assert (found.certain, found.mixed) == (False, True)
    found = by_requests((stranger,))
    assert found is not None
    assert (found.role, found.certain) == ("anon", False)
    assert by_requests((asked(5, "anon", "POST", "module_access", 401),)) is None
    assert by_requests((turn[0], asked(300, "service_role", "GET", "profiles"))) is None
    assert by_requests((turn[0], asked(101, "anon", "GET", "profiles"))) is None
    payment = asked(1, "anon", "POST", "payments", 401)
    note = by_requests((payment,))
    assert note is not None
    assert (note.role, note.certain, note.refused) == ("anon", True, False)
    grant = by_requests((payment, asked(2, "anon", "POST", "module_access", 401)))
    assert grant is not None
    assert (grant.certain, grant.refused) == (True, True)


def test_a_row_of_the_handler_outweighs_what_was_refused_to_the_public_key() -> None:
    now = datetime.now(UTC)
    refused = Evidence("anon", "refused", certain=True, refused=True, at=now)
    written = Evidence("anon", "written", certain=True, at=now)
    row = Evidence("service_role", "a row", certain=True, at=now - timedelta(hours=2))
    day, hour = now - timedelta(days=1), now - timedelta(hours=1)
    assert weighed(refused, row, since=hour) == row
    assert weighed(written, row, since=hour) == written
    both = weighed(written, row, since=day)
    assert (both.certain, both.mixed) == (False, True)
    assert weighed(both, row, since=hour) == both


def test_looks_at_customers_are_no_writes() -> None:
    assert by_statements(None) is None
    assert by_statements([{"role": "anon", "kind": "customer", "calls": 9, "since": "2026-11-01"}]) is None
