"""Who writes the table, by pg_stat_statements; most of it only on a server that loads the extension."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
import pytest

from iahome_fix import sql
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.database import Login
from iahome_fix.systems.postgres import PostgresDatabase
from tests.conftest import OpenSite
from tests.repairs.webhook_over_api import grants
from tests.repairs.webhook_project import UNKNOWN, Project, customer, rows


def test_without_the_extension_nothing_is_counted(make_database: MakeDatabase) -> None:
    with psycopg.connect(make_database()) as connection:
        known = connection.execute(sql.load("checks/statement_roles_known").encode()).fetchall()
        assert known == [(False,)]
        assert connection.execute(sql.load("checks/statement_roles").encode()).fetchall() == []


def test_what_was_counted_is_history(counted: Project) -> None:
    gateway = counted.gateway
    assert counted.migrate()["webhook_role"] is None

    assert grants(gateway, gateway.service_key, customer(counted.dsn), 6) == 201
    only = counted.migrate()
    assert (only["webhook_role"]["role"], only["warning"]) == ("service_role", None)
    assert ": 1 with service_role (pg_stat_statements)" in only["webhook_role"]["evidence"]

    assert grants(gateway, gateway.anon_key, customer(counted.dsn), 3) == 201
    both = counted.migrate()
    assert both["webhook_role"]["role"] == "anon"
    assert "1 with the public key (anon), 1 with service_role (pg_stat_statements)" in both["warning"]
    assert counted.check()["status"] == "ok"
    over_https = counted.migrate("--dry-run", SUPABASE_DB_URL="")
    assert over_https["webhook_role"] == both["webhook_role"]


def test_what_this_tool_tries_is_no_trace_of_the_webhook(counted: Project) -> None:
    def counts() -> list[dict[str, Any]]:
        return database.read(sql.load("checks/statement_roles"))

    with closing(PostgresDatabase(counted.dsn, label="test", timeout=10)) as database:
        look = "select id from public.profiles where email = %(email)s"
        assert database.read(look, {"email": "x@example.test"}, login=Login("service_role")) == []
        assert counts() == []
        with psycopg.connect(counted.dsn) as connection:
            connection.execute(b"set local role service_role")
            connection.execute(b"select id, email from public.profiles where email = 'x@example.test'")
        assert [(row["role"], row["kind"], row["calls"]) for row in counts()] == [
            ("service_role", "customer", 1)
        ]


def test_a_history_of_the_public_key_alone_is_no_proof_of_today(counted: Project) -> None:
    gateway = counted.gateway
    assert grants(gateway, gateway.anon_key, customer(counted.dsn), 6) == 201
    assert counted.migrate("--yes", "--webhook-role", "service_role")["verdict"] == "applied"
    closed = counted.check()
    assert closed["status"] == "warn"
    assert "if the webhook still writes with the public key, it is refused now" in closed["detail"]

    assert grants(gateway, gateway.service_key, customer(counted.dsn), 3) == 201
    assert counted.check()["status"] == "ok"


@pytest.mark.parametrize(("role", "verdict"), [("anon", "refused"), ("service_role", "applied")])
def test_the_counts_show_who_answers_an_event(
    counted: Project, open_site: OpenSite, role: str, verdict: str
) -> None:
    before = rows(counted.dsn)
    site = open_site(counted.dsn, handler_role=role)
    variables = {"NEXT_PUBLIC_APP_URL": site.url, "STRIPE_WEBHOOK_SECRET": str(site.webhook_secret)}
    done = counted.migrate("--yes", SUPABASE_ACCESS_TOKEN="", **variables)
    assert (done["verdict"], done["webhook_role"]["role"]) == (verdict, role)
    assert site.log == ["user not found: profile:PGRST116(0)"] * 3
    assert rows(counted.dsn) == before


def test_a_webhook_that_looks_for_nobody_proves_nothing(counted: Project, open_site: OpenSite) -> None:
    site = open_site(counted.dsn, handler_role="anon")
    site.handler = "noop"
    variables = {"NEXT_PUBLIC_APP_URL": site.url, "STRIPE_WEBHOOK_SECRET": str(site.webhook_secret)}
    done = counted.migrate("--yes", SUPABASE_ACCESS_TOKEN="", **variables)
    assert (done["webhook_role"], UNKNOWN in done["warning"]) == (None, True)
