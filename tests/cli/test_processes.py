"""Each command as a process of its own says what it says in this process, where nearly all tests run it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.cli.app import app as command_line
from tests.checks.app_support import EVERYBODY
from tests.cli.shop_support import shop
from tests.commands import as_process, call

if TYPE_CHECKING:
    from tests.conftest import MakeMigrated

NAMES = {info.name for info in command_line.registered_commands if info.name}
CAROL = list(EVERYBODY)[2]
# Both start servers and wait: they are processes in the tests of their own (and demo's steps are, too).
ELSEWHERE = {"demo", "sandbox"}
WORDS: dict[str, tuple[str, ...]] = {
    "explain": (CAROL,),
    "migrate": ("--dry-run",),
    "backfill": ("--dry-run",),
    "reconcile": ("--dry-run",),
    "repair": ("--dry-run",),
    "undo": ("20260101-000000-abcdef", "--dry-run"),
    "verify": ("--email", CAROL, "--module", "3", "--yes"),
    "checks": ("schema.columns",),
}


@pytest.mark.parametrize("command", sorted(NAMES - ELSEWHERE))
def test_a_process_says_the_same(command: str, make_migrated: MakeMigrated, tmp_path: Path) -> None:
    with shop(tmp_path, make_migrated()) as store:
        store.app.buys(CAROL, 15, pay=False)
        words = store.arguments(command, *WORDS.get(command, ()), "--json", "--timeout", "5")
        process = as_process(tmp_path, *words, from_nothing=True)
        here = call(tmp_path, *words)
    assert process.code == here.code
    assert comparable(process.out) == comparable(here.out)
    assert process.err == here.err


def comparable(text: str) -> tuple[Any, ...]:
    """A document without its moments and measurements: what was found, and the shape of the rest."""
    document: dict[str, Any] = json.loads(text)
    assert document["error"] is None or document["error"]["code"] != "defect", document["error"]
    return document["verdict"], document["error"], document.get("causes"), shape(document)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(entry) for name, entry in value.items()}
    return [shape(entry) for entry in value] if isinstance(value, list) else type(value).__name__
