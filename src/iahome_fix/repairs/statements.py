"""Statements for a person to run, who alone knows whether they are meant: the text of a hint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.systems.literals import render

if TYPE_CHECKING:
    from collections.abc import Sequence


def activate(sessions: Sequence[str]) -> str:
    """What switches the accesses of these Checkout Sessions on again."""
    return render(sql.load("repair/activate"), {"sessions": list(sessions)}).strip()
