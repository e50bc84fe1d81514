"""The plan of a repair, as data: its steps in their order, and what is left for a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import N_, _
from iahome_fix.repairs.migrate import interlock

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.webhook_writer import Evidence
    from iahome_fix.repairs.withdrawn import Withdrawn


MIGRATE, EMAILS, ENDPOINT, BACKFILL, RECONCILE = (
    "migrate",
    "email-case",
    "check-stripe",
    "backfill",
    "reconcile",
)
"""The steps, in their order; each but one is named as the command that does it alone."""

TITLES = {
    MIGRATE: N_("bring module_access to its target shape"),
    EMAILS: N_("give profiles the form of address that their login has"),
    ENDPOINT: N_("make Stripe send payments to the site's handler"),
    BACKFILL: N_("give each active token its access"),
    RECONCILE: N_("give each paid Checkout Session its access"),
}


@dataclass(frozen=True)
class Step:
    """One step of the sequence.

    Attributes:
        id: one of the five above.
        plan: the plan of that repair; None where it can be made only after an earlier step.
        at_most: how many rows it may come to.
        webhook: which role the webhook writes as, where the step closes the table and a trace was found.
    """

    id: str
    plan: Any
    at_most: int | None = None
    webhook: Evidence | None = None

    @property
    def title(self) -> str:
        return _(TITLES[self.id])

    @property
    def undoable(self) -> bool:
        """Can `undo` take all of it back?"""
        return self.id != MIGRATE or all(step.undoable for step in self.plan.steps)

    def as_json(self) -> dict[str, Any]:
        shown = self.plan.as_json() if hasattr(self.plan, "as_json") else None
        if self.id == MIGRATE:
            shown = [step.as_json() for step in self.plan.steps]
        warning = getattr(self.plan, "warning", None)
        return {
            "id": self.id,
            "undoable": self.undoable,
            "title": self.title,
            "plan": shown,
            "at_most": self.at_most,
            "warning": warning,
            "webhook_role": interlock.as_json(None, self.webhook),
        }


@dataclass(frozen=True)
class ByHand:
    """What only a person can do: which check says so, what is wrong, and the words to act on."""

    check: str
    detail: str
    hint: str | None


@dataclass(frozen=True)
class Sequence:
    """The steps in their order, and what is left for a person.

    `withdrawn`: what a person took away and a step leaves so, by the command that gives it back on purpose.
    `longest`: seconds that sales may wait for a step that changes the schema; None as `migrate.apply` has it.
    `left_out`: which of the repairs mean nothing in this version of the app, as a sentence; None for none.
    """

    steps: tuple[Step, ...]
    by_hand: tuple[ByHand, ...] = ()
    terms: Terms | None = None
    withdrawn: Mapping[str, tuple[Withdrawn, ...]] = field(default_factory=dict)
    longest: float | None = None
    left_out: str | None = None

    def taken_away(self, *, emails: bool) -> list[dict[str, Any]]:
        """The withdrawn accesses for the document, each with the command that would give it back."""
        return [
            {"command": command, **one.as_json(emails=emails)}
            for command, found in self.withdrawn.items()
            for one in found
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "steps": [step.as_json() for step in self.steps],
            "by_hand": [{"check": b.check, "detail": b.detail, "hint": b.hint} for b in self.by_hand],
            "left_out": self.left_out,
        }
