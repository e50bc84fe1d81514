"""`reconcile` with the address of the Data API and the server's key alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from iahome_fix.sandbox.loopback import Response
from tests.checks.app_support import EVERYBODY, App, ago
from tests.cli.api_support import DOUBLED
from tests.cli.shop_support import Ran, Shop
from tests.damage import DAMAGES, Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import ServeApi

ALICE, BOB, CAROL = EVERYBODY
ROWS = (
    "select user_id, module_id, access_type, token_id, expires_at, is_active, metadata - 'run_id'"
    " - 'fingerprint' - 'replaces' - 'deactivated_run_id' - 'deactivated_at' - 'deactivated_before'"
    " from public.module_access order by user_id, module_id, is_active, expires_at"
)


@dataclass
class ApiShop(Shop):
    """A shop that can be asked over either channel; its Data API is behind a proxy."""

    proxy: Proxy | None = None

    def arguments(self, *words: str) -> list[str]:
        return [*words, *(() if "--env-file" in words else ("--env-file", str(self.path())))]

    def path(self, *, sql: bool = True) -> Path:
        """The env file; without `sql` it has the address and the keys of the Data API alone."""
        found = self.folder / ("sql.env" if sql else "api.env")
        values = {name: text for name, text in self.app.environ().items() if sql or name != "SUPABASE_DB_URL"}
        lines = [f"{name}='{value}'" for name, value in values.items()]
        found.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return found

    def over_api(self, *words: str) -> Ran:
        """A command with the address and the key alone."""
        return self.run(*words, "--env-file", str(self.path(sql=False)))

    @property
    def line(self) -> Proxy:
        assert self.proxy
        return self.proxy


@pytest.fixture
def shop(own: App, serve_api: ServeApi) -> Iterator[ApiShop]:
    assert own.dsn
    gateway = serve_api(own.dsn)
    with Proxy(gateway.url) as proxy:
        own.variables = {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{gateway.ref}.supabase.co",
            "NEXT_PUBLIC_SUPABASE_ANON_KEY": gateway.anon_key,
            "SUPABASE_API_URL": proxy.url,
            "SUPABASE_SERVICE_ROLE_KEY": gateway.service_key,
        }
        yield ApiShop(own, own.folder, proxy=proxy)


def owed(app: App) -> None:
    """Each customer bought; Bob's old access is over and still active."""
    for email in EVERYBODY:
        app.buys(email, 6, 15, pay=False, created=ago(hours=3))
    app.grant(BOB, 6, None, -5, note=1.5)


def test_it_does_what_it_does_with_sql_and_undo_takes_it_back(shop: ApiShop) -> None:
    app = shop.app
    owed(app)
    before = app.sql("select to_jsonb(a) from public.module_access a order by id")
    planned, by_sql = shop.over_api("reconcile", "--dry-run"), shop.run("reconcile", "--dry-run")
    assert (planned.code, planned.verdict, planned.document["plan"]["to_create"]) == (0, "planned", 6)
    ours, theirs = planned.document["plan"], by_sql.document["plan"]
    assert {k: v for k, v in ours.items() if k != "since"} == {
        k: v for k, v in theirs.items() if k != "since"
    }
    assert app.sql("select to_jsonb(a) from public.module_access a order by id") == before

    done = shop.over_api("reconcile", "--yes")
    assert (done.code, done.verdict, done.document["applied"]) == (0, "applied", {"created": 6})
    assert done.document["gained"]["customers"] == 3
    run_id = done.document["run_id"]
    over = app.sql(ROWS)
    assert app.sql(
        "select count(*) from public.module_access where metadata ->> 'run_id' = %s"
        " and metadata ? 'fingerprint'",
        run_id,
    ) == [(6,)]
    assert app.sql(
        "select a.metadata ->> 'replaces' = b.id::text from public.module_access a, public.module_access b"
        " where a.metadata ? 'replaces' and b.metadata ->> 'deactivated_run_id' = %s",
        run_id,
    ) == [(True,)]
    assert shop.over_api("reconcile", "--yes").verdict == "nothing-to-do"
    assert shop.journal()[-1]["changes"]["rows"]["counts"] == {"created": 6, "deactivated": 1}

    # undo names what it needs, and with it takes all of it back.
    refused = shop.over_api("undo", run_id, "--yes")
    assert (refused.code, refused.error) == (3, "missing-credential")
    assert "SUPABASE_DB_URL" in refused.document["error"]["message"]
    undone = shop.run("undo", run_id, "--yes")
    assert (undone.code, undone.document["plan"]["rows"]["changed_since"]) == (0, 0)
    assert app.sql("select to_jsonb(a) from public.module_access a order by id") == before
    assert shop.run("reconcile", "--yes").document["applied"] == {"created": 6}
    # In the same rows; the reason names the session with SQL alone.
    assert [row[:6] for row in app.sql(ROWS)] == [row[:6] for row in over]


def test_what_takes_a_transaction_is_listed_and_left_as_it_is(shop: ApiShop) -> None:
    app = shop.app
    moved = app.buys(ALICE, 15, pay=False, created=ago(hours=3))
    app.grant(ALICE, 15, moved)
    app.sql("update public.module_access set user_id = gen_random_uuid()::text where module_id = 15")
    before = app.sql("select to_jsonb(a) from public.module_access a order by id")
    left = shop.over_api("reconcile", "--yes")
    assert (left.code, left.error, left.document["plan"]["skipped"]["needs_sql"]) == (
        3,
        "missing-credential",
        1,
    )
    assert "SUPABASE_DB_URL" in left.document["error"]["message"]
    assert app.sql("select to_jsonb(a) from public.module_access a order by id") == before

    app.buys(BOB, 6, pay=False, created=ago(hours=3))
    part = shop.over_api("reconcile", "--yes", "--list")
    assert (part.code, part.error, part.document["applied"]) == (4, "partly-applied", {"created": 1})
    assert part.document["run_id"] in part.document["error"]["message"]
    assert {one["case"] for one in part.document["listed"]} == {"to_create", "needs_sql"}
    rest = shop.run("reconcile", "--yes")
    assert (rest.code, rest.document["applied"]) == (0, {"created": 1})
    assert shop.over_api("reconcile", "--yes").verdict == "nothing-to-do"


def test_killed_in_the_middle_the_next_one_finishes(shop: ApiShop) -> None:
    app = shop.app
    owed(app)
    in_force = (
        "select user_id, module_id from public.module_access where is_active"
        " and (expires_at is null or expires_at > timezone('utc', now())) order by 1, 2"
    )
    before = app.sql(in_force)
    # The row that is over makes way, and then nothing comes any more.
    words = ("reconcile", "--yes", "--env-file", str(shop.path(sql=False)))
    held: list[bytes] = []

    def hold(answer: Response) -> Response:
        held.append(answer.body)
        time.sleep(3)
        return answer

    shop.line.strike(hold, "/module_access", method="PATCH")
    process = shop.started(*words)
    deadline = time.monotonic() + 60
    while not held and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=30)
    shop.line.heal()
    assert held
    assert app.sql("select is_active from public.module_access") == [(False,)]
    assert app.sql(in_force) == before
    done = shop.over_api("reconcile", "--yes")
    assert (done.code, done.document["applied"]) == (0, {"created": 6})
    assert app.sql(DOUBLED) == []


def test_a_lost_answer_is_looked_up(shop: ApiShop) -> None:
    app = shop.app
    owed(app)
    shop.line.strike(DAMAGES["html"], "/module_access", method="POST")
    done = shop.over_api("reconcile", "--yes")
    assert shop.line.struck
    assert (done.code, done.verdict, done.document["applied"]) == (0, "applied", {"created": 6})
    assert app.sql("select count(*) from public.module_access where is_active") == [(6,)]

    app.sql("truncate public.module_access")
    shop.line.strike(DAMAGES["html"], "/module_access", method="POST", forward=False)
    lost = shop.over_api("reconcile", "--yes")
    assert (lost.code, lost.verdict) == (3, "unknown")
    assert app.sql("select count(*) from public.module_access") == [(0,)]
    shop.line.heal()
    assert shop.over_api("reconcile", "--yes").document["applied"] == {"created": 6}


def test_whom_the_table_refuses_keeps_nobody_else_waiting(shop: ApiShop) -> None:
    app = shop.app
    owed(app)
    app.sql(
        f"alter table public.module_access add constraint no_alice check (user_id <> '{EVERYBODY[ALICE]}')"
    )
    done = shop.over_api("reconcile", "--yes")
    assert (done.code, done.error, done.document["applied"]) == (4, "partly-applied", {"created": 4})
    assert "no_alice" in done.document["error"]["message"]
    assert app.sql("select count(*) from public.module_access where is_active") == [(4,)]
    assert shop.journal()[-1]["state"] == "partly"


def test_what_somebody_did_meanwhile_is_not_done_again(shop: ApiShop) -> None:
    app = shop.app
    owed(app)

    def handler(answer: Response) -> Response:
        if app.sql("select count(*) from public.module_access where user_id = %s", EVERYBODY[CAROL]) == [
            (0,)
        ]:
            app.grant(CAROL, 6, None, 500)
        return answer

    # Between the last look at the rows and the insert.
    shop.line.strike(handler, "/module_access", method="PATCH")
    done = shop.over_api("reconcile", "--yes")
    assert (done.code, done.document["applied"]) == (0, {"created": 5})
    assert app.sql(DOUBLED) == []


def test_a_visitors_key_and_tables_that_are_not_ready(shop: ApiShop) -> None:
    app = shop.app
    owed(app)
    app.sql("alter table public.module_access drop column token_id; notify pgrst, 'reload schema'")
    time.sleep(0.5)
    bare = shop.over_api("reconcile", "--yes")
    assert (bare.code, bare.error) == (1, "not-migrated")
    assert "migrate" in bare.document["error"]["hint"]
    app.variables["SUPABASE_SERVICE_ROLE_KEY"] = app.variables["NEXT_PUBLIC_SUPABASE_ANON_KEY"]
    assert shop.over_api("reconcile", "--yes").error == "service-role-key"


def test_where_the_answer_to_making_way_gets_lost_the_next_run_finishes(shop: ApiShop) -> None:
    app = shop.app
    owed(app)
    shop.line.strike(DAMAGES["null"], "/module_access", method="PATCH")
    part = shop.over_api("reconcile", "--yes")
    assert shop.line.struck
    assert (part.code, part.error, part.document["applied"]) == (4, "partly-applied", {"created": 0})
    assert part.document["run_id"] in part.document["error"]["message"]
    assert app.sql("select is_active from public.module_access") == [(False,)]
    shop.line.heal()
    assert shop.over_api("reconcile", "--yes").document["applied"] == {"created": 6}
    assert app.sql(DOUBLED) == []


def test_a_broken_read_is_no_empty_table(shop: ApiShop) -> None:
    app = shop.app
    owed(app)
    for table in ("module_access", "profiles"):
        for after in (0, 1):  # the rows, and the page behind them
            shop.line.strike(DAMAGES["html"], f"/{table}", after=after)
            found = shop.over_api("reconcile", "--yes")
            assert shop.line.struck
            assert (found.code, found.verdict) == (3, "unknown"), (table, after)
            assert app.sql("select count(*) from public.module_access") == [(1,)]


def test_what_a_person_took_away_is_given_back_on_purpose_only(shop: ApiShop) -> None:
    app = shop.app
    session = app.buys(CAROL, 6, pay=False, created=ago(hours=3))
    app.grant(CAROL, 6, session)
    app.sql("update public.module_access set is_active = false")
    ((row,),) = app.sql("select id::text from public.module_access")
    stays = shop.over_api("reconcile", "--yes")
    assert (stays.code, stays.document["plan"]["skipped"]["withdrawn"]) == (0, 1)
    assert shop.over_api("reconcile", "--yes", "--restore", "999").error == "not-withdrawn"
    back = shop.over_api("reconcile", "--yes", "--restore", row)
    assert (back.code, back.document["applied"]) == (0, {"created": 1})


def test_verify_names_what_it_needs(shop: ApiShop) -> None:
    found = shop.over_api("verify", "--email", CAROL, "--module", "3", "--yes")
    assert (found.code, found.error) == (3, "missing-credential")
    assert "SUPABASE_DB_URL" in found.document["error"]["message"]
