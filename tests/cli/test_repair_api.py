"""`repair` with the address of the Data API and a key alone: it does what it can, and names the rest."""

from __future__ import annotations

import time

from tests.checks.app_support import EVERYBODY, ago
from tests.cli.api_support import DOUBLED
from tests.cli.test_reconcile_api import ApiShop, shop
from tests.explain.support import token

__all__ = ["shop"]
ALICE, BOB, CAROL = EVERYBODY
WAITING = "select count(*) from public.module_access where is_active and access_type = %s"


def test_rows_are_given_and_what_needs_sql_is_named(shop: ApiShop) -> None:
    app = shop.app
    token(app, 15, "3 days")
    app.grant(CAROL, 15, None, -5)
    app.buys(BOB, 6, pay=False, created=ago(hours=3))
    app.buys(ALICE, 13, pay=False, created=ago(hours=3))
    app.grant(ALICE, 13, None, 5)
    moved = app.buys(BOB, 3, pay=False, created=ago(hours=3))
    app.grant(BOB, 3, moved)
    app.sql("update public.module_access set user_id = gen_random_uuid()::text where module_id = 3")
    app.endpoint.enabled_events = ["charge.refunded"]
    before = app.sql("select to_jsonb(a) from public.module_access a order by id")

    planned = shop.over_api("repair", "--dry-run")
    assert (planned.code, planned.verdict) == (0, "planned")
    steps = [step["id"] for step in planned.document["plan"]["steps"]]
    assert steps == ["check-stripe", "backfill", "reconcile"]
    by_hand = {one["check"]: one for one in planned.document["plan"]["by_hand"]}
    assert "SUPABASE_DB_URL" in by_hand["payments.unfulfilled"]["detail"]

    done = shop.over_api("repair", "--yes")
    assert done.document["applied"] == steps
    assert done.document["counts"] == {"check-stripe": 1, "backfill": 1, "reconcile": 2}
    assert (app.sql(WAITING, "token"), app.sql(WAITING, "purchase")) == ([(1,)], [(3,)])
    assert app.sql(DOUBLED) == []
    run_id = done.document["run_id"]
    rows = shop.journal()[-1]["changes"]["rows"]
    assert rows["counts"] == {"created": 3, "deactivated": 1}
    assert len(rows["ids"]["created"]) == 3
    undone = shop.run("undo", run_id, "--yes")
    assert (undone.code, undone.document["applied"]["deleted"]) == (0, 2), undone.document["error"]
    assert app.sql("select to_jsonb(a) from public.module_access a order by id") == before


def test_without_the_table_a_person_pastes_what_migrate_prints(shop: ApiShop) -> None:
    app = shop.app
    app.buys(BOB, 6, pay=False, created=ago(hours=3))
    app.sql("drop table public.module_access; notify pgrst, 'reload schema'")
    time.sleep(1)
    found = shop.over_api("repair", "--yes")
    assert (found.code, found.document["plan"]["steps"]) == (1, [])
    hints = {one["check"]: one["hint"] for one in found.document["plan"]["by_hand"]}
    assert "iahome-fix migrate" in hints["schema.module-access"]
    assert "SQL editor" in hints["schema.module-access"]


def test_a_visitors_key_writes_nothing(shop: ApiShop) -> None:
    app = shop.app
    token(app, 15, "3 days")
    app.variables["SUPABASE_SERVICE_ROLE_KEY"] = app.variables["NEXT_PUBLIC_SUPABASE_ANON_KEY"]
    found = shop.over_api("repair", "--yes")
    assert (found.code, found.document["plan"]["steps"]) == (1, [])
    assert app.sql("select count(*) from public.module_access") == [(0,)]


def test_where_the_database_url_is_refused_rows_are_given_over_the_data_api(shop: ApiShop) -> None:
    app = shop.app
    token(app, 15, "3 days")
    app.buys(BOB, 6, pay=False, created=ago(hours=3))
    app.endpoint.enabled_events = ["charge.refunded"]
    env = shop.path(sql=False)
    there = env.read_text("utf-8")
    env.write_text(there + "SUPABASE_DB_URL='postgresql://postgres@127.0.0.1:9/postgres'\n", "utf-8")
    told = shop.run("explain", BOB, "--env-file", str(env))
    assert (told.code, told.verdict) == (1, "missing"), told.document["error"]
    assert told.document["went_over"][0]["reason"] == "refused"

    found = shop.run("repair", "--yes", "--env-file", str(env))
    assert found.document["applied"] == ["check-stripe", "backfill", "reconcile"]
    (went,) = found.document["went_over"]
    assert went["to"].startswith("the Data API")
    assert "undo" in went["lacks"]
    (said,) = [one for one in found.document["before"]["checks"] if one["id"] == "supabase.database"]
    assert (said["status"], said["evidence"]["reason"]) == ("warn", "refused")
    assert app.sql(WAITING, "token") == app.sql(WAITING, "purchase") == [(1,)]
