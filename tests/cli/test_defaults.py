"""What the commands take where nothing is said: the values that the README promises."""

from __future__ import annotations

from datetime import timedelta

import pytest
import typer

from iahome_fix.checks import sales
from iahome_fix.cli.app import app
from iahome_fix.domain.money import UNDER_WAY
from iahome_fix.domain.spans import parse_span, span_text
from iahome_fix.domain.terms import DURATION, LOOK_BACK


def default(command: str, option: str) -> object:
    """The default of one option."""
    found = typer.main.get_command(app)
    for parameter in found.commands[command].params:  # type: ignore[attr-defined]
        if option in parameter.opts:
            return parameter.default
    raise AssertionError(option)


def test_a_paid_access_lasts_as_long_as_the_app_of_the_guides_time_gives() -> None:
    assert timedelta(hours=72) == DURATION
    for command in ("doctor", "explain", "reconcile", "repair"):
        assert default(command, "--access-duration") == span_text(DURATION) == "72h"
    assert parse_span("72h", "--access-duration") == DURATION


def test_how_far_back_payments_are_looked_at() -> None:
    assert timedelta(days=90) == LOOK_BACK
    assert timedelta(days=30) == sales.EVENTS_KEPT
    assert timedelta(minutes=5) == UNDER_WAY
    for command in ("doctor", "explain", "reconcile", "repair"):
        assert default(command, "--since") == "90d"


@pytest.mark.parametrize("command", ["doctor", "explain", "reconcile"])
def test_addresses_are_masked_unless_asked_for(command: str) -> None:
    assert default(command, "--show-emails") is False
