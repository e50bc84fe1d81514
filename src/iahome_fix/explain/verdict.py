"""What is said of each module, and of the customer as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from iahome_fix.explain.looking import DECISIVE, Unseen


class State(StrEnum):
    """How a customer stands with one module.

    `visible`: the page shows it. `missing`: owed, and not shown. `partly-served`: shown, but a payment for it
    bought more. `over`: it was there and has ended. `withdrawn`: switched off before its end, on purpose.
    `other-account`: what was bought counts for another account. `no-module`: a token for a module that does
    not exist. `under-way`: bought less than 5 minutes ago.
    """

    VISIBLE = "visible"
    MISSING = "missing"
    PARTLY_SERVED = "partly-served"
    OVER = "over"
    WITHDRAWN = "withdrawn"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    UNPAID = "unpaid"
    OTHER_ACCOUNT = "other-account"
    UNDER_WAY = "under-way"
    NO_MODULE = "no-module"
    NOT_BOUGHT = "not-bought"
    UNKNOWN = "unknown"


OWED = (State.MISSING, State.PARTLY_SERVED)
UNTOLD = (State.UNKNOWN, State.UNDER_WAY)


class Answer(StrEnum):
    """The one word over the whole story. `not-found`: nobody has the address, so it may be mistyped."""

    SERVED = "served"
    NOTHING_OWED = "nothing-owed"
    MISSING = "missing"
    NOT_FOUND = "not-found"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Judged:
    """One module.

    Attributes:
        module: its id; None for a payment that names none.
        because: the check of the doctor's chain that says the same, if there is one.
        sentence: why it is so, or since when, or until when.
        command: what repairs it, the target included; `then`: the commands after it, in order.
        hint: what has to be done by hand, before the command.
    """

    module: str | None
    title: str | None
    state: State
    sentence: str
    because: str | None = None
    command: str | None = None
    then: tuple[str, ...] = ()
    hint: str | None = None


def answer(judged: Iterable[Judged], unseen: Iterable[Unseen], *, nobody: bool) -> Answer:
    """What is missing for certain comes before what could not be told.

    `nobody`: nothing that was looked at has the address.
    """
    states = {one.state for one in judged}
    if not states.isdisjoint(OWED):
        return Answer.MISSING
    if not states.isdisjoint(UNTOLD) or any(one.what in DECISIVE for one in unseen):
        return Answer.UNKNOWN
    if nobody:
        return Answer.NOT_FOUND
    return Answer.SERVED if State.VISIBLE in states else Answer.NOTHING_OWED
