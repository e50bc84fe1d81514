"""The sums that an operator asks for, on the screen and in documents; the options that choose payments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.domain.trace import ORDER
from tests.commands import call
from tests.faults.world import ago

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld
    from tests.faults.world import World

SALES = {"due", "served", "owed", "customers", "amount", "reasons"}
REASON = {"check", "step", "sales", "customers", "amount", "oldest"}
ADDRESS = re.compile(r"[\w.+]+@[\w.]+\.test")


def two_who_wait(open_world: OpenWorld) -> World:
    """Carol bought two modules just now, Alice another five days ago, while the endpoint was disabled."""
    world = open_world()
    world.endpoint.status = "disabled"
    world.buys("carol", 15, 6)
    world.buys("alice", 13, when=ago(days=5), id="cs_live_old")
    return world


def test_doctor_reconcile_and_repair_say_who_waits_and_who_has_it_now(open_world: OpenWorld) -> None:
    world = two_who_wait(open_world)
    sales = world.command("doctor").document["sales"]
    assert sales.keys() == SALES
    assert (sales["due"], sales["served"], sales["owed"], sales["customers"]) == (6, 3, 3, 2)
    assert sales["amount"] == {"eur": 2970}
    (reason,) = sales["reasons"]
    assert reason.keys() == REASON
    assert (reason["check"], reason["step"], reason["sales"]) == ("stripe.endpoint-enabled", "sent", 3)
    assert "2 customers paid 29.70 EUR and wait" in screen(world, "doctor")

    planned = world.command("reconcile", "--dry-run").document["plan"]
    assert (planned["to_create"], planned["customers"], planned["amount"]) == (2, 1, {"eur": 1980})
    assert planned["skipped"]["over"] == planned["warnings"]["over_customers"] == 1
    assert "2 customers paid 29.70 EUR and wait" in screen(world, "repair", "--dry-run")
    done = world.command("repair", "--yes").document
    assert (done["before"]["sales"], done["after"]["sales"]["owed"]) == (sales, 1)
    assert (done["gained"]["customers"], done["gained"]["amount"]) == (1, {"eur": 1980})
    assert "1 customer has now what was paid for (9.90 EUR)" in screen(
        world, "reconcile", "--yes", "--from", "now"
    )


@pytest.mark.parametrize(
    ("options", "given", "over"),
    [
        ((), {("carol", "15"), ("carol", "6")}, {("alice", "13")}),
        (("--access-duration", "30d"), {("carol", "15"), ("carol", "6"), ("alice", "13")}, set()),
        (("--access-duration", "13=30d"), {("carol", "15"), ("carol", "6"), ("alice", "13")}, set()),
        (
            ("--access-duration", "1h", "--from", "now"),
            {("carol", "15"), ("carol", "6"), ("alice", "13")},
            set(),
        ),
        (("--since", "1h"), {("carol", "15"), ("carol", "6")}, set()),
    ],
)
def test_since_access_duration_and_from_mean_the_same_everywhere(
    open_world: OpenWorld, options: tuple[str, ...], given: set[tuple[str, str]], over: set[tuple[str, str]]
) -> None:
    world = two_who_wait(open_world)
    planned = world.command("reconcile", "--dry-run", *options).document["plan"]
    assert (planned["to_create"], planned["skipped"]["over"]) == (len(given), len(over))
    assert world.command("doctor", *options).document["sales"]["owed"] == len(given | over)
    for who, module in given | over:
        (said,) = explained(world, who, module, *options)
        assert said["state"] == "missing"
        # The command that gives it comes last, on the same terms; what is over is given from now on.
        last = [said["command"], *said["then"]][-1].split()
        assert last[1] == "reconcile"
        assert ("now" in last) is ((who, module) in over or "now" in options)
        assert all(word in last for word in options if word.startswith("--"))


def test_traces_have_the_nine_steps_and_no_document_an_address(open_world: OpenWorld) -> None:
    world = two_who_wait(open_world)
    (said,) = explained(world, "carol", "6")
    assert (said["title"], said["because"]) == ("Cogstudio", "stripe.endpoint-enabled")
    assert [one["step"] for one in said["trace"]] == [step.value for step in ORDER]
    assert [one["step"] for one in said["trace"] if one["state"] == "stops"] == ["sent"]
    assert said["next"]
    for command in ("doctor", "reconcile", "repair"):
        dry = () if command == "doctor" else ("--dry-run",)
        assert not ADDRESS.findall(str(world.command(command, *dry).document)), command
    assert not ADDRESS.findall(str(world.command("explain", "carol@example.test").document))
    shown = str(world.command("explain", "carol@example.test", "--show-emails").document)
    assert ADDRESS.findall(shown)


def screen(world: World, *words: str) -> str:
    shown = call(world.folder, *words, "--env-file", str(world.env_file())).out
    return " ".join(shown.split())


def explained(world: World, who: str, module: str, *options: str) -> list[dict[str, Any]]:
    found = world.command("explain", f"{who}@example.test", *options).document["modules"]
    return [one for one in found if one["module_id"] == module]
