"""How long an access lasts: as the rows of the shop's webhook say, or the operator; never on a guess."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.sandbox.site_database import MONTH
from tests.faults.world import ago

if TYPE_CHECKING:
    from tests.faults.conftest import OpenLater, OpenWorld
    from tests.faults.world import World

CAROL = "cccccccc-0000-4000-8000-000000000003"


@pytest.fixture
def month(open_later: OpenLater) -> World:
    """A shop of the last versions whose webhook writes nothing any more."""
    found = open_later(MONTH)
    found.site.handler = "noop"
    return found


def buys(world: World, module: str, **when: float) -> None:
    """Carol pays for a module by its slug."""
    session = world.paid("carol", module, when=ago(**(when or {"minutes": 10})))
    session["metadata"] = {"moduleId": module, "moduleTitle": module, "customerEmail": "carol@example.test"}
    bought = world.stripe.complete_checkout(**session)
    bought.event["created"] = bought.session["created"]


def lasts(world: World, table: str = "user_applications") -> list[tuple[str, float]]:
    """Carol's modules, and how many days from the payment, ten minutes ago, each access lasts."""
    rows = world.sql(
        "select module_id::text,"
        " extract(epoch from expires_at::timestamp - (now() at time zone 'utc')) / 86400"
        f" from public.{table} where user_id::text = '{CAROL}'"
    )
    return [(module, round(float(days) + 10 / 1440, 1)) for module, days in rows]


def wrote(world: World, module: str, days: int, *, ago_days: int, owner: int = 0) -> None:
    """The webhook wrote a row of that length so many days ago."""
    world.sql(
        "insert into public.user_applications (user_id, module_id, module_title, access_level, is_active,"
        " usage_count, max_usage, created_at, expires_at)"
        f" select u.id, '{module}', '{module}', 'paid', true, 0, 50, now() - interval '{ago_days} days',"
        f" now() - interval '{ago_days} days' + interval '{days} days'"
        f" from auth.users u order by u.email offset {owner} limit 1"
    )


def in_a_long_month(days: int) -> int:
    """How many days ago, and at least so many, a month had 31 days: there thirty days are no month."""
    while monthrange((on := datetime.now(UTC) - timedelta(days=days)).year, on.month)[1] < 31:
        days += 1
    return days


def said(world: World, *words: str) -> dict[str, Any]:
    """What the commands say of Carol: verdict of explain, plan of reconcile, doctor's number of payments."""
    explained = world.command("explain", "carol@example.test", *words)
    doctor = world.command("doctor", *words)
    planned = world.command("reconcile", "--dry-run", *words).document
    plan = planned["plan"]
    assert plan is not None, planned["error"]
    return {
        "explain": explained.document["verdict"],
        "doctor": doctor.document["sales"]["owed"],
        "to_create": plan["to_create"],
        "unknown": plan["skipped"]["unknown_term"],
        "terms": plan["terms"],
    }


def test_a_module_is_given_for_as_long_as_its_rows_say(month: World) -> None:
    buys(month, "cogstudio")
    found = said(month)
    assert (found["explain"], found["doctor"], found["to_create"], found["unknown"]) == ("missing", 1, 1, 0)
    assert found["terms"] == [{"module_id": "cogstudio", "lasts": ["90d"], "may_be": [], "rows": 1}]
    shown = month.command("reconcile", "--yes")
    assert (shown.code, shown.document["applied"]["created"]) == (0, 1), shown.document
    assert lasts(month) == [("cogstudio", 90.0)]
    after = said(month)
    assert (after["explain"], after["doctor"], after["to_create"]) == ("served", 0, 0)


def test_a_payment_whose_term_is_not_known_is_listed_and_given_by_the_operators_word(month: World) -> None:
    buys(month, "metube", minutes=70)
    found = said(month)
    # It is owed, and what is owed is not known.
    assert (found["explain"], found["doctor"], found["to_create"], found["unknown"]) == ("missing", 1, 0, 1)
    (term,) = found["terms"]
    assert (term["lasts"], {"30d", "90d"} <= set(term["may_be"])) == ([], True)
    # It is older than the handler's newest row, so nobody is accused: what is asked for is the term.
    unclear = month.command("doctor").check("payments.unfulfilled")
    assert "--access-duration MODULE=SPAN, for metube (30d, " in unclear["detail"]
    (listed,) = month.command("reconcile", "--dry-run", "--list").document["listed"]
    assert (listed["case"], listed["may_last"][0], listed["may_last"][-1]) == ("unknown_term", "30d", "90d")
    told = month.command("explain", "carol@example.test").document
    assert "--access-duration metube=SPAN" in str(told)
    nothing = month.command("reconcile", "--yes")
    assert (nothing.code, nothing.document["error"]["code"], lasts(month)) == (3, "term-unknown", [])
    assert "--access-duration metube=30d|" in nothing.document["error"]["hint"]
    named = month.command("repair", "--dry-run").document["plan"]["by_hand"]
    assert [(one["check"], "not known" in one["detail"]) for one in named] == [("payments.unfulfilled", True)]

    word = ("--access-duration", "metube=90d")
    assert (said(month, *word)["to_create"], said(month, *word)["unknown"]) == (1, 0)
    done = month.command("reconcile", "--yes", *word)
    assert (done.code, lasts(month)) == (0, [("metube", 90.0)])
    assert month.command("doctor", *word).document["verdict"] == "healthy"


def test_rows_that_contradict_each_other_leave_it_to_a_person(month: World) -> None:
    # Long before, and long after: two versions; in the same time: nobody knows.
    long_ago = in_a_long_month(80)
    wrote(month, "cogstudio", 30, ago_days=long_ago)
    buys(month, "cogstudio")
    assert (said(month)["to_create"], said(month)["unknown"]) == (1, 0)
    wrote(month, "cogstudio", 90, ago_days=long_ago + 10)
    found = said(month)
    assert (found["to_create"], found["unknown"]) == (0, 1)
    assert found["terms"][0]["may_be"] == ["30d", "90d"]
    # One option says it of all modules at once.
    assert said(month, "--access-duration", "30d")["to_create"] == 1


def test_in_the_guides_version_too_the_rows_are_believed(open_world: OpenWorld) -> None:
    world = open_world()
    made = f"now() - interval '{in_a_long_month(33)} days'"
    world.sql(
        f"update public.module_access set created_at = {made}, expires_at = {made} + interval '30 days'"
        " where module_id = 15"
    )
    world.site.handler = "noop"
    world.buys("carol", 15)
    found = world.command("reconcile", "--yes").document
    assert found["plan"]["terms"] == [{"module_id": "15", "lasts": ["30d"], "may_be": [], "rows": 1}]
    assert lasts(world, "module_access") == [("15", 30.0)]
    # What no row tells is sold for as long as the guide has it.
    world.stripe.add_session(**{**world.paid("carol", 3, when=ago(minutes=9)), "id": "cs_live_other"})
    assert world.command("reconcile", "--dry-run").document["plan"]["terms"] == [
        {"module_id": "3", "lasts": ["72h"], "may_be": [], "rows": 0}
    ]
    # Over the Data API the same rule runs on a copy.
    world.variables["SUPABASE_DB_URL"] = None
    done = world.command("reconcile", "--yes").document
    assert (done["applied"]["created"], dict(lasts(world, "module_access"))["3"]) == (1, 3.0)


def test_what_this_tool_wrote_says_nothing_of_how_long_the_webhook_sells(month: World) -> None:
    buys(month, "metube")
    by_word = ("--access-duration", "metube=90d")
    assert said(month)["unknown"] == 1
    done = month.command("reconcile", "--yes", *by_word)
    assert (done.code, done.document["applied"]["created"]) == (0, 1), done.document
    assert lasts(month) == [("metube", 90.0)]
    # Another customer's payment is as unknown as before, whoever asks.
    month.stripe.add_session(
        **{
            **month.paid("bob", "metube", when=ago(minutes=9)),
            "metadata": {"moduleId": "metube", "customerEmail": "bob@example.test"},
        }
    )
    planned = month.command("reconcile", "--dry-run").document["plan"]
    assert (planned["to_create"], planned["skipped"]["unknown_term"]) == (0, 1), planned
    repaired = month.command("repair", "--dry-run").document["plan"]
    assert "reconcile" not in [step["id"] for step in repaired["steps"]]
    # A row that is on nobody's record is taken for the webhook's.
    (file,) = (month.folder / ".iahome-fix" / "runs").glob("*.json")
    file.unlink()
    planned = month.command("reconcile", "--dry-run").document["plan"]
    assert (planned["to_create"], planned["skipped"]["unknown_term"]) == (1, 0), planned
