"""Every entry of the catalogue: broken, diagnosed by the real command, repaired, and looked at again."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.faults import hints
from tests.faults.model import Fault

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld
    from tests.faults.world import Ran, World

FOLDER = Path(__file__).parent / "catalogue"
EXIT_CODES = {"healthy": 0, "exposed": 1, "broken": 1, "unknown": 3}


def catalogue() -> dict[str, Fault]:
    """The entries by the names of their files."""
    found = {}
    for path in sorted(FOLDER.glob("[a-z][0-9]*.py")):
        entry = importlib.import_module(f"tests.faults.catalogue.{path.stem}").FAULT
        assert isinstance(entry, Fault), path.name
        found[path.stem] = entry
    return found


CATALOGUE = catalogue()
FIRST = set({name.partition("_")[0]: name for name in reversed(CATALOGUE)}.values())


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in FIRST else pytest.mark.variant) for name in CATALOGUE],
)
def test_the_cause_is_named_and_nothing_else(open_world: OpenWorld, name: str) -> None:
    fault = CATALOGUE[name]
    world = open_world(fault.regime)
    for step in fault.inject:
        step(world)
    fault.then(world)
    assert {who: world.page(who) for who in fault.before} == fault.before

    # The command itself for each number of the catalogue; its further variants in this process.
    found = world.doctor() if name in FIRST else world.look()
    assert_named(found, fault)
    hints.hold(world, found.document["checks"])
    if not (fault.fix or fault.repair or fault.follows_hint):
        return

    if fault.fix is not None and fault.fix_is_enough:
        run_fix(world, found, fault)
    if fault.follows_hint:
        assert fault.cause
        hints.follow(world, found.check(fault.cause)["hint"])
    for step in fault.repair:
        step(world)
    again = world.look()
    assert again.causes == list(fault.left), again.shown()
    assert {who: world.page(who) for who in fault.after} == fault.after


@pytest.mark.parametrize("name", [name for name, fault in CATALOGUE.items() if fault.outside])
def test_without_the_source_it_is_said_what_is_not_known(open_world: OpenWorld, name: str) -> None:
    fault = CATALOGUE[name]
    world = open_world(fault.regime)
    for step in fault.inject:
        step(world)
    fault.then(world)
    world.source.clear()

    found = world.doctor()
    assert fault.outside
    named = [fault.outside.cause] if fault.outside.cause else []
    assert (found.causes, found.with_status("fail")) == (named, named), found.shown()
    assert found.code == (1 if named else 0)
    for check, phrase in fault.outside.says.items():
        assert phrase in found.check(check)["detail"], found.shown()
    assert "doctor --app FOLDER --env-file " in found.check("site.source-read")["hint"]


def assert_named(found: Ran, fault: Fault) -> None:
    """The first report: the one cause with its words and its command, everything else calm."""
    named = [fault.cause] if fault.cause else []
    assert found.causes == named, found.shown()
    failing = {check for check, status in fault.statuses.items() if status == "fail"}
    assert set(found.with_status("fail")) == {*named, *failing}, found.shown()
    assert found.document["verdict"] == fault.expected_verdict, found.shown()
    assert found.code in (None, EXIT_CODES[fault.expected_verdict])
    for check, status in fault.statuses.items():
        assert (check, found.check(check)["status"]) == (check, status), found.shown()
    for check, phrase in fault.notes.items():
        assert phrase in found.check(check)["detail"], found.shown()
    for check in found.with_status("blocked"):
        assert set(found.check(check)["because_of"]) <= {*named, *failing}, found.shown()
    for check in fault.quiet:
        entry = found.check(check)
        assert (check, entry["status"], entry["because_of"]) == (check, "blocked", named), found.shown()
    if fault.cause:
        entry = found.check(fault.cause)
        assert fault.says in entry["detail"], found.shown()
        assert fault.hint in (entry["hint"] or ""), entry["hint"]
        assert entry["hint"] or entry["fix"], "nobody is told what to do"
        command = (entry["fix"] or {}).get("command", "")
        assert command.startswith(f"iahome-fix {fault.fix} --env-file ") if fault.fix else not command, (
            command
        )


def run_fix(world: World, found: Ran, fault: Fault) -> None:
    """The command that doctor proposes, letter by letter, with the agreement that a terminal would give."""
    assert fault.cause
    words = found.check(fault.cause)["fix"]["command"].partition(" --env-file ")[0].split()
    done = world.command(*words[1:], "--yes")
    # check-stripe looks at the links again, where what was paid meanwhile may still be missing.
    assert done.code == 0 or words[1] == "check-stripe", done.document
    assert done.document["error"] is None
