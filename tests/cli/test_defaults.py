"""What the commands take where nothing is said: the values that the README promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import typer

from iahome_fix.cli.app import app
from iahome_fix.domain.money import UNDER_WAY
from iahome_fix.domain.terms import LOOK_BACK
from iahome_fix.facts import sales
from iahome_fix.settings import load_settings
from iahome_fix.spans import span_text


def parameter(command: str, option: str) -> Any:
    """One option as the command declares it."""
    found = typer.main.get_command(app)
    for one in found.commands[command].params:  # type: ignore[attr-defined]
        if option in one.opts:
            return one
    raise AssertionError(option)


def default(command: str, option: str) -> object:
    """The default of one option."""
    return parameter(command, option).default


def test_a_paid_access_lasts_as_long_as_the_app_of_the_guides_time_gives() -> None:
    usual = load_settings(environ={}).profile.term.usual
    assert usual == timedelta(hours=72)
    for command in ("doctor", "explain", "reconcile", "repair"):
        assert default(command, "--access-duration") is None
        assert (
            f"{span_text(usual)} in the version of the guide" in parameter(command, "--access-duration").help
        )


def test_how_far_back_payments_are_looked_at() -> None:
    assert timedelta(days=90) == LOOK_BACK
    assert timedelta(days=30) == sales.EVENTS_KEPT
    assert timedelta(minutes=5) == UNDER_WAY
    for command in ("doctor", "explain", "reconcile", "repair"):
        assert default(command, "--since") == "90d"


@pytest.mark.parametrize("command", ["doctor", "explain", "reconcile"])
def test_addresses_are_masked_unless_asked_for(command: str) -> None:
    assert default(command, "--show-emails") is False
