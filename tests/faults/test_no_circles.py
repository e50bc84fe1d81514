"""What doctor prints as next, done, changes what it says next, and ends at nothing wrong or at a person.

In the suite: one entry for each cause and command of the catalogue of which test_faults does not show that
the command alone is the end. Outside CI (`pytest -m circles`): every entry, and pairs of entries drawn by a
seed (IAHOME_TEST_RANDOM, a number), 30 or as many as IAHOME_FIX_PAIRS says (`all`: every pair).
"""

from __future__ import annotations

import itertools
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.test_faults import CATALOGUE

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld
    from tests.faults.model import Fault
    from tests.faults.world import Ran, World

MOST_ROUNDS = 4
ONCE_CIRCLES = (
    ("f36_email_case", "g09_database_is_read_only"),
    ("f58_expired_row_in_the_way", "g02_rule_in_place_of_inserts"),
    ("g04_one_access_per_payment", "s04_database_url_refused"),
    ("f40_endpoint_missing", "w02_challenge_for_everybody"),
    ("f41_endpoint_path_404", "w02_too_many_requests_from_here"),
)
"""A pair of each kind that once led nowhere."""
SEED = int(os.environ.get("IAHOME_TEST_RANDOM") or 20)


def chosen() -> list[str]:
    """An entry of each cause and command, where no entry of these is at its end after the command."""
    by_command: dict[tuple[str | None, str], list[str]] = {}
    for name, fault in CATALOGUE.items():
        if fault.fix:
            by_command.setdefault((fault.cause, fault.fix), []).append(name)
    return [names[0] for names in by_command.values() if all(goes_on(CATALOGUE[name]) for name in names)]


def goes_on(fault: Fault) -> bool:
    return bool(fault.repair or fault.left or not fault.fix_is_enough)


def pairs() -> list[tuple[str, str]]:
    """The pairs that this run takes; two entries of one regime and without the app's source."""
    possible = [
        (first, second)
        for first, second in itertools.combinations(CATALOGUE, 2)
        if CATALOGUE[first].regime == CATALOGUE[second].regime
    ]
    wanted = os.environ.get("IAHOME_FIX_PAIRS", "30")
    return possible if wanted == "all" else random.Random(SEED).sample(possible, int(wanted))  # noqa: S311


@pytest.mark.parametrize("name", chosen())
def test_a_command_that_is_not_the_end_leads_on(open_world: OpenWorld, name: str) -> None:
    follow(open_world(CATALOGUE[name].regime), CATALOGUE[name])


@pytest.mark.circles
@pytest.mark.parametrize("name", CATALOGUE)
def test_no_entry_leads_into_a_circle(open_world: OpenWorld, name: str) -> None:
    follow(open_world(CATALOGUE[name].regime), CATALOGUE[name])


@pytest.mark.parametrize("pair", ONCE_CIRCLES, ids=" and ".join)
def test_what_once_was_a_circle_leads_on(open_world: OpenWorld, pair: tuple[str, str]) -> None:
    rounds(with_both(open_world, pair))


@pytest.mark.circles
@pytest.mark.parametrize("pair", pairs(), ids=" and ".join)
def test_no_pair_leads_into_a_circle(open_world: OpenWorld, pair: tuple[str, str]) -> None:
    try:
        world = with_both(open_world, pair)
    except Exception as error:  # noqa: BLE001 - a pair that cannot be had together is none
        pytest.skip(f"the second cannot be injected beside the first: {error}")
    rounds(world)


def with_both(open_world: OpenWorld, pair: tuple[str, str]) -> World:
    first, second = (CATALOGUE[name] for name in pair)
    world = open_world(first.regime)
    for step in (*first.inject, *second.inject):
        step(world)
    for fault in (first, second):
        fault.then(world)
    return world


def follow(world: World, fault: Fault) -> None:
    for step in fault.inject:
        step(world)
    fault.then(world)
    rounds(world)


def rounds(world: World) -> None:
    """Does what is printed as next until nothing is, and holds what is said against what was said before.

    A command that is refused, or lacks a way in, and says what a person has to do is an end, too: somebody's
    trigger, say.
    """
    told: list[list[tuple[str, str, str]]] = []
    refused = False
    for _round in range(MOST_ROUNDS + 1):
        found = world.look()
        said, commands = what_is_said(found), next_of(found)
        if refused and said in told:
            return
        assert said not in told, (said, found.shown())
        told.append(said)
        if not commands:
            assert all(found.check(cause)["hint"] for cause in found.causes), found.shown()
            return
        for command in commands:
            done = world.command(*command.partition(" --env-file ")[0].split()[1:], "--yes")
            assert done.code in (0, 1, 3, 4), (command, done.document["error"])
            refused |= done.code in (1, 3) and bool(left_to_a_person(done.document))
    pytest.fail(f"after {MOST_ROUNDS} rounds there is still something to run: {told}")


def left_to_a_person(document: dict[str, Any]) -> list[str]:
    """What is to be done first, as a command says that was refused, or repair beside its plan."""
    plan = document.get("plan")
    by_hand = plan.get("by_hand") if isinstance(plan, dict) else None
    said = [document["error"] or {}, *(by_hand or [])]
    return [one["hint"] for one in said if one.get("hint")]


def what_is_said(found: Ran) -> list[tuple[str, str, str]]:
    return [(cause, found.check(cause)["detail"], str(found.check(cause)["fix"])) for cause in found.causes]


def next_of(found: Ran) -> list[str]:
    """The commands in their order, each once, as the terminal shows them."""
    fixes = (found.check(cause)["fix"] for cause in found.causes)
    return list(dict.fromkeys(fix["command"] for fix in fixes if fix))
