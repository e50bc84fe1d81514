"""What came of a run of `verify`: its hops, each timed, and what remains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from iahome_fix.i18n import N_, _

OK, FAIL, UNKNOWN, SKIPPED = "ok", "fail", "unknown", "skipped"

TITLES = {
    "route": N_("the webhook route refuses what is not signed"),
    "signature": N_("the site has the same signing secret"),
    "handler": N_("the handler acknowledges the payment"),
    "row": N_("the access is written"),
    "page": N_("the customer sees the module"),
    "clean-up": N_("everything that was written is removed again"),
}
"""Every hop, in order."""


@dataclass(frozen=True)
class Hop:
    """One step: ok, fail, unknown (nobody answered) or skipped (an earlier one failed); `ms` it took."""

    id: str
    status: str
    ms: int
    detail: str

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": _(TITLES[self.id]),
            "status": self.status,
            "ms": self.ms,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class Remains:
    """Something that this run left behind, or (not `certain`) may have.

    `what` is the table, or `email`, or `late` for a row that may still be written; `remove`: the statement
    that takes it away; `on_purpose`: the operator wanted it to stay.
    """

    what: str
    id: str | None
    detail: str
    certain: bool = True
    remove: str | None = None
    on_purpose: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "id": self.id,
            "detail": self.detail,
            "certain": self.certain,
            "remove": self.remove,
        }


@dataclass(frozen=True)
class Result:
    """All hops in order, and what remains. `created`, `removed`: rows; `late`: the handler did not answer,
    and may write later."""

    run_id: str
    hops: tuple[Hop, ...]
    remains: tuple[Remains, ...]
    created: int
    removed: int
    interrupted: bool = False
    late: bool = False

    @property
    def left(self) -> tuple[Remains, ...]:
        """What stays although nobody wanted it to."""
        return tuple(thing for thing in self.remains if thing.certain and not thing.on_purpose)

    @property
    def seen(self) -> bool:
        """The payment went all the way, whatever became of its rows."""
        return all(hop.status == OK for hop in self.hops if hop.id != "clean-up")

    @property
    def proved(self) -> bool:
        return all(hop.status == OK for hop in self.hops)

    @property
    def untold(self) -> bool:
        """Nothing failed, but somebody did not answer."""
        return not self.proved and not any(hop.status == FAIL for hop in self.hops)
