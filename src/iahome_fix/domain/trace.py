"""The way of a payment to the customer's page, step by step, and where it stops.

The steps are those that the app takes, in their order: Stripe sends the event, the route accepts it, the
handler understands it, finds the customer and the module, no row is in the way, the access is written, it is
kept, and the page of this login shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """A step of the way, in its order."""

    SENT = "sent"
    ACCEPTED = "accepted"
    UNDERSTOOD = "understood"
    CUSTOMER = "customer"
    MODULE = "module"
    FREE = "free"
    WRITTEN = "written"
    KEPT = "kept"
    SHOWN = "shown"


class State(StrEnum):
    """What is known of a step: it holds, the payment stops here, or it cannot be told."""

    HOLDS = "holds"
    STOPS = "stops"
    UNKNOWN = "unknown"


ORDER = tuple(Step)


@dataclass(frozen=True)
class Said:
    """What a check, or a fact about one payment, says of a step.

    Attributes:
        check: the check of the chain that speaks for it; None for a fact that none has.
        detail: a sentence: why it stops here, or what would tell.
    """

    step: Step
    state: State
    check: str | None
    detail: str | None = None


@dataclass(frozen=True)
class Stage:
    """One step of one payment."""

    step: Step
    state: State
    check: str | None = None
    detail: str | None = None


def trace(general: Iterable[Said], own: Iterable[Said] = ()) -> tuple[Stage, ...]:
    """All steps of one payment.

    `general`: what is said of every payment today, in the order of the chain; `own`: of this one. What is
    known of the payment itself comes first, and what stops it before what cannot be told.
    """
    by_step: Mapping[Step, list[Said]] = {step: [] for step in ORDER}
    for said in (*own, *general):
        by_step[said.step].append(said)
    return tuple(_stage(step, by_step[step]) for step in ORDER)


def stop(stages: Iterable[Stage]) -> Stage | None:
    """The step at which a payment stops: the first that does."""
    return next((stage for stage in stages if stage.state is State.STOPS), None)


def _stage(step: Step, said: list[Said]) -> Stage:
    for state in (State.STOPS, State.UNKNOWN):
        for one in said:
            if one.state is state:
                return Stage(step, state, one.check, one.detail)
    return Stage(step, State.HOLDS)
