"""A case: facts, and what one check says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from iahome_fix.checks.runner import translated
from iahome_fix.checks.source.link import every_check
from iahome_fix.model import Finding, Status
from tests.checks.by_hand import shop
from tests.checks.by_hand.seen import ByHand

if TYPE_CHECKING:
    from iahome_fix.facts.context import Rehearsing
    from iahome_fix.facts.seen import Key
    from iahome_fix.model import Check
    from iahome_fix.settings import Settings


@dataclass(frozen=True, eq=False)
class Case:
    """One way in which a shop differs from a healthy one, and what a check says of it.

    Attributes:
        check: the check; name: what is so, in a word or two.
        status: what it says; says: what its detail has to hold; hint: and its hint.
        facts: what differs; results: what other checks said.
        because_of: what it names instead, where it is blocked.
    """

    check: str
    name: str
    status: Status
    says: str = ""
    facts: Mapping[Key, Any] = field(default_factory=dict)
    results: Mapping[str, Finding] = field(default_factory=dict)
    settings: Settings | None = None
    rehearsing: Rehearsing | None = None
    only_data_api: bool = False
    because_of: tuple[str, ...] = ()
    timeout: float = 10.0
    hint: str = ""

    @property
    def id(self) -> str:
        return f"{self.check}: {self.name}"

    def seen(self, changes: Mapping[Key, Any] | None = None) -> ByHand:
        """What the check gets, with some more facts changed."""
        return ByHand(
            checks()[self.check],
            {**healthy(), **self.facts, **(changes or {})},
            settings=self.settings or shop.settings(),
            results=self.results,
            rehearsing=self.rehearsing,
            only_data_api=self.only_data_api,
            timeout=self.timeout,
        )

    def finding(self, changes: Mapping[Key, Any] | None = None) -> Finding:
        """What the check says, errors translated as a run does."""
        seen = self.seen(changes)
        return translated(lambda: checks()[self.check].run(seen))


@cache
def checks() -> Mapping[str, Check]:
    """Every check by its id."""
    return {one.id: one for one in every_check()}


@cache
def healthy() -> Mapping[Key, Any]:
    """Every fact of a healthy shop, with what the modules of cases have of their own."""
    from tests.checks.by_hand.every import MODULES

    own = [getattr(module, "FACTS", {}) for module in MODULES]
    return {**shop.healthy(), **{key: value for facts in own for key, value in facts.items()}}
