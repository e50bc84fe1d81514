"""The triggers that fire when an access is written or changed.

Which of them call a function, and which are not told by their source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.checks.schema import trigger_bodies
from iahome_fix.facts import grants as grant_facts
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import derived
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.facts.seen import Seen

QUERIES = ("checks/row_triggers",)
"""What these read."""


@dataclass(frozen=True)
class RowTrigger:
    """One trigger, as sql/checks/row_triggers.sql has it; `function` as the server names it in an error."""

    name: str
    function: str
    language: str
    body: str
    condition: str | None
    on_insert: bool
    on_update: bool
    may_drop: bool
    known: bool

    @property
    def only_assigns(self) -> bool:
        """Does its function nothing but set columns of the row that it is called for?"""
        return self.known or (self.language == "plpgsql" and trigger_bodies.only_assigns(self.body))


@derived
def all_of(ctx: Seen) -> tuple[RowTrigger, ...]:
    """Those that are enabled, by name."""
    return tuple(RowTrigger(**row) for row in of_database(ctx, "checks/row_triggers"))


def undecided(ctx: Seen) -> tuple[str, ...]:
    """The triggers that fire on a grant and are more than assignments, so that only a rehearsal tells."""
    return tuple(
        one.name
        for one in all_of(ctx)
        if one.on_insert and not one.only_assigns and not _stays_away(ctx, one.condition)
    )


def _stays_away(ctx: Seen, condition: str | None) -> bool:
    if condition is None or not trigger_bodies.readable(condition):
        return False
    row = grant_facts.rows(ctx)["grant"]
    return grant_facts.tried(ctx, f"({condition}) is true", row, name="new") is False


def calling(ctx: Seen, functions: Iterable[str]) -> tuple[str, ...]:
    """The triggers that call one of these functions."""
    names = {_bare(name) for name in functions}
    return tuple(one.name for one in all_of(ctx) if _bare(one.function) in names)


def _bare(function: str) -> str:
    """Without the schema public, which the server writes where the function has another search_path."""
    return function.removeprefix("public.")


def which_call(ctx: Seen, functions: Iterable[str]) -> str:
    """The same as the end of a sentence; empty where none does."""
    names = calling(ctx, functions)
    return _(", which the trigger {names} calls").format(names=", ".join(names)) if names else ""
