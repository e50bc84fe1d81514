"""`reconcile` over the Data API alone, where the customer has an access that ends before what was bought."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.checks.app_support import EVERYBODY, App, ago
from tests.cli.test_reconcile_api import ApiShop, shop
from tests.damage import DAMAGES

if TYPE_CHECKING:
    from iahome_fix.sandbox.loopback import Response

__all__ = ["shop"]
ALICE, BOB, CAROL = EVERYBODY
WHOLE = "select to_jsonb(a) from public.module_access a order by id"
IN_FORCE = (
    "select user_id, module_id, access_type, token_id, expires_at,"
    " metadata - 'run_id' - 'replaces' - 'lengthened_before' from public.module_access"
    " where is_active order by user_id, module_id"
)
READS_OF_MODULES = 3  # their columns, a page, and the end
LENGTHENED = "select count(*) from public.module_access where metadata ? 'lengthened_before'"
MADE_TOUCH = (
    "create function public.touch() returns trigger language plpgsql as"
    " $$ begin new.updated_at := timezone('utc', clock_timestamp()); return new; end $$"
)
TOUCHED = "create trigger touch before update on public.module_access for each row execute function touch()"


def running(app: App) -> None:
    """Everybody bought module 6, and has an access to it that ends earlier: by hand, by an older payment that
    says more than the tool writes, and by a token."""
    for email in EVERYBODY:
        app.buys(email, 6, pay=False, created=ago(hours=3))
    app.grant(ALICE, 6, None, 5)
    app.grant(BOB, 6, "cs_live_before", 5)
    app.grant(CAROL, 6, None, 5)
    app.sql("""update public.module_access set metadata = metadata || '{"price": 9.90, "n": [1.5]}'
                where metadata ? 'session_id'""")
    app.sql(
        "update public.module_access set access_type = 'token', token_id = 'tok' where user_id = %s",
        EVERYBODY[CAROL],
    )


@pytest.mark.parametrize("touched", [False, True])
def test_the_row_becomes_what_sql_puts_in_its_place_and_undo_takes_it_back(
    shop: ApiShop, touched: bool
) -> None:
    app = shop.app
    running(app)
    if touched:
        app.sql(MADE_TOUCH)
        app.sql(TOUCHED)
    before = app.sql(WHOLE)
    done = shop.over_api("reconcile", "--yes")
    assert (done.code, done.verdict, done.document["applied"]) == (0, "applied", {"created": 3})
    assert done.document["plan"]["skipped"]["needs_sql"] == 0
    assert done.document["gained"]["customers"] == 3
    over, run_id = app.sql(IN_FORCE), done.document["run_id"]
    assert app.sql("select count(*) from public.module_access") == [(3,)]
    assert shop.over_api("reconcile", "--yes").verdict == "nothing-to-do"
    assert shop.run("reconcile", "--yes").verdict == "nothing-to-do"
    noted = shop.journal()[0]["changes"]["rows"]
    assert (noted["counts"], len(noted["before_images"])) == ({"created": 3, "deactivated": 0}, 3)

    planned = shop.run("undo", run_id, "--dry-run").document["plan"]["rows"]
    assert {k: planned[k] for k in ("created", "lengthened", "to_restore", "changed_since")} == {
        "created": 0,
        "lengthened": 3,
        "to_restore": 3,
        "changed_since": 0,
    }
    if not touched:
        # Without the journal, too: the rows tell.
        for file in (shop.folder / ".iahome-fix" / "runs").glob("*.json"):
            file.unlink()
    undone = shop.run("undo", run_id, "--yes")
    assert (undone.code, undone.document["applied"]["restored"]) == (0, 3), undone.document["error"]
    left_out = "updated_at" if touched else ""
    assert without(app.sql(WHOLE), left_out) == without(before, left_out)

    assert shop.run("reconcile", "--yes").document["applied"] == {"created": 3}
    by_sql = app.sql(IN_FORCE)
    # The fingerprint of a row that names another one is another.
    assert without(over, "fingerprint") == without(by_sql, "fingerprint")


def without(rows: list[tuple[Any, ...]], name: str) -> list[tuple[Any, ...]]:
    return [
        tuple({k: v for k, v in one.items() if k != name} if isinstance(one, dict) else one for one in row)
        for row in rows
    ]


def test_what_was_lengthened_twice_goes_back_step_by_step(shop: ApiShop) -> None:
    app = shop.app
    app.buys(BOB, 6, pay=False, created=ago(hours=30))
    app.grant(BOB, 6, None, 5, price=1)
    states, runs = [app.sql(WHOLE)], []
    for hours in (20, 10):
        runs.append(shop.over_api("reconcile", "--yes").document["run_id"])
        states.append(app.sql(WHOLE))
        app.buys(BOB, 6, pay=False, created=ago(hours=hours))
    kept = shop.run("undo", runs[0], "--dry-run")
    assert kept.document["plan"]["rows"]["later_runs"] == [runs[1]]
    assert kept.document["plan"]["rows"]["to_restore"] == 0
    for run_id, state in zip(reversed(runs), reversed(states[:2]), strict=True):
        undone = shop.run("undo", run_id, "--yes")
        assert (undone.code, undone.document["applied"]["restored"]) == (0, 1)
        assert app.sql(WHOLE) == state


def test_of_several_payments_one_lengthens_and_serves_the_others(shop: ApiShop) -> None:
    app = shop.app
    for hours in (20, 3, 10):
        last = app.buys(BOB, 6, pay=False, created=ago(hours=hours))
        last = last if hours == 3 else ""
    app.grant(BOB, 6, None, 5)
    done = shop.over_api("reconcile", "--yes")
    assert (done.code, done.document["applied"], done.document["plan"]["covered"]) == (0, {"created": 1}, 2)
    assert app.sql(LENGTHENED) == [(1,)]
    assert shop.over_api("reconcile", "--yes").document["plan"]["covered"] == 3


def test_killed_between_two_the_next_one_finishes(shop: ApiShop) -> None:
    app = shop.app
    running(app)
    held: list[bytes] = []

    def hold(answer: Response) -> Response:
        held.append(answer.body)
        time.sleep(3)
        return answer

    shop.line.strike(hold, "/module_access", method="PATCH")
    process = shop.started("reconcile", "--yes", "--env-file", str(shop.path(sql=False)))
    deadline = time.monotonic() + 60
    while not held and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()
    process.communicate(timeout=30)
    shop.line.heal()
    assert app.sql(LENGTHENED) == [(1,)]
    assert app.sql("select count(*) from public.module_access where is_active") == [(3,)]
    done = shop.over_api("reconcile", "--yes")
    assert (done.code, done.document["applied"]) == (0, {"created": 2})
    assert app.sql(LENGTHENED) == [(3,)]


def test_a_lost_answer_is_looked_up(shop: ApiShop) -> None:
    app = shop.app
    running(app)
    shop.line.strike(DAMAGES["html"], "/module_access", method="PATCH")
    done = shop.over_api("reconcile", "--yes")
    assert shop.line.struck == 3
    assert (done.code, done.verdict, done.document["applied"]) == (0, "applied", {"created": 3})
    undone = shop.run("undo", done.document["run_id"], "--yes")
    assert (undone.code, undone.document["applied"]["restored"]) == (0, 3)

    before = app.sql(WHOLE)
    shop.line.strike(DAMAGES["html"], "/module_access", method="PATCH", forward=False)
    lost = shop.over_api("reconcile", "--yes")
    assert (lost.code, lost.verdict) == (3, "unknown")
    assert app.sql(WHOLE) == before
    shop.line.heal()
    assert shop.over_api("reconcile", "--yes").document["applied"] == {"created": 3}


@pytest.mark.parametrize(
    ("change", "made"),
    [
        # Changed, and owed all the same: judged anew, and what was added stays in what undo gives back.
        ('metadata = metadata || \'{"note": "mine"}\'', 1),
        # Somebody served it, or took it away: nothing is left to do.
        ("expires_at = timezone('utc', now()) + interval '90 days'", 0),
        ("is_active = false", 0),
    ],
)
@pytest.mark.parametrize("judged", [True, False])
def test_what_somebody_changes_meanwhile_is_not_overwritten(
    shop: ApiShop, change: str, made: int, judged: bool
) -> None:
    app = shop.app
    session = app.buys(BOB, 6, pay=False, created=ago(hours=3))
    app.grant(BOB, 6, None, 5)
    app.sql("update public.module_access set created_at = now(), updated_at = now()")
    held: list[Any] = []

    def meddle(answer: Response) -> Response:
        if not held:
            app.sql(f"update public.module_access set {change}")
            held.extend(app.sql(WHOLE))
        return answer

    if judged:
        # Between the last look at the row and its change: it is read by its id then.
        shop.line.strike(meddle, "/module_access", asking="id=in")
    else:
        # Between the rows that it is judged by and that look: modules come last, for the plan and once more.
        shop.line.strike(meddle, "/modules", after=READS_OF_MODULES)
    done = shop.over_api("reconcile", "--yes")
    assert held
    assert (done.code, done.document["applied"]) == (0, {"created": made})
    ((row,),) = app.sql(WHOLE)
    if not made:
        assert row == held[0][0]
        return
    assert row["metadata"]["session_id"] == session
    image = row["metadata"]["lengthened_before"]
    assert (image["metadata"], image["expires_at"]) == ({"note": "mine"}, held[0][0]["expires_at"])


def test_what_changes_every_time_and_what_is_not_kept_is_said(shop: ApiShop) -> None:
    app = shop.app
    app.buys(BOB, 6, pay=False, created=ago(hours=3))
    app.grant(BOB, 6, None, 5)

    def meddle(answer: Response) -> Response:
        app.sql("update public.module_access set updated_at = clock_timestamp()")
        return answer

    shop.line.strike(meddle, "/module_access", asking="id=in")
    restless = shop.over_api("reconcile", "--yes")
    assert (restless.code, restless.error) == (1, "changed-meanwhile")
    assert app.sql(LENGTHENED) == [(0,)]
    shop.line.heal()

    app.sql(
        "create function public.no() returns trigger language plpgsql as $$ begin return null; end $$",
    )
    app.sql("create trigger no before update on public.module_access for each row execute function no()")
    dropped = shop.over_api("reconcile", "--yes")
    assert (dropped.code, dropped.error) == (1, "not-kept")


def test_who_takes_the_lengthened_access_away_takes_away_what_it_was_before(shop: ApiShop) -> None:
    app = shop.app
    app.grant(CAROL, 6, app.buys(CAROL, 6, pay=False, created=ago(hours=60)), 12)
    app.buys(CAROL, 6, pay=False, created=ago(hours=1))
    assert shop.over_api("reconcile", "--yes").document["applied"] == {"created": 1}
    app.sql("update public.module_access set is_active = false, updated_at = timezone('utc', now())")
    for run in (shop.over_api, shop.run):
        planned = run("reconcile", "--dry-run").document["plan"]
        assert (planned["to_create"], planned["covered"], planned["skipped"]["withdrawn"]) == (0, 1, 1)
