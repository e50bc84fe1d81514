"""One module of one customer's story, as the questions about it look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from iahome_fix.domain.verdicts import storable
from iahome_fix.explain.claims import options
from iahome_fix.explain.verdict import Judged, State

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.explain.account import Bought
    from iahome_fix.explain.privacy import Shown
    from iahome_fix.explain.rows import Access, Token
    from iahome_fix.explain.story import Story
    from iahome_fix.model import Result
    from iahome_fix.systems.stripe_payments import Payment

_FOR_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Tools:
    """What judging needs besides the facts.

    Attributes:
        command: makes a command line with the target in it.
        shown: makes texts fit to be shown.
        handler: why a payment was not given, judged by what the handler did for all customers; None where
            that says nothing. Asked only when needed.
        remark: what else there is to say of a sale that nothing explains, or None.
    """

    command: Callable[..., str]
    shown: Shown
    handler: Callable[[Payment], Result | None]
    remark: Callable[[Sale], str | None]


@dataclass(frozen=True)
class Case:
    """One module: `module` is its id as text."""

    story: Story
    module: str
    tools: Tools

    def judged(
        self,
        state: State,
        sentence: str,
        because: str | None = None,
        *,
        commands: Iterable[str] = (),
        hint: str | None = None,
    ) -> Judged:
        """The verdict on it. `commands` in the order in which they have to be run."""
        known = self.story.modules.get(self.module)
        first, *rest = dict.fromkeys(commands) or (None,)
        return Judged(
            self.module,
            known.title if known else None,
            state,
            sentence,
            because,
            first,
            tuple(command for command in rest if command),
            hint,
        )

    @property
    def owner(self) -> str | None:
        """The id under which the page looks for accesses."""
        profile = self.story.people.profile if self.story.people else None
        return profile.id if profile else None

    @property
    def own_rows(self) -> tuple[Access, ...]:
        """The customer's accesses to it, newest first."""
        return tuple(
            r for r in self.story.accesses or () if r.module == self.module and r.owner == self.owner
        )

    @property
    def live(self) -> Access | None:
        """The access in force that lasts longest."""
        return lasting_longest(row for row in self.own_rows if row.in_force)

    @property
    def own_tokens(self) -> tuple[Token, ...]:
        """The tokens for it that are the profile's, newest first."""
        return tuple(
            t for t in self.story.tokens or () if t.module == self.module and t.owner.strip() == self.owner
        )

    @property
    def taken(self) -> Mapping[str, str]:
        """The rows by which a person took it away: row id to the command that gives it back on purpose."""
        found = {
            row: self.tools.command("backfill", "--restore", row)
            for token in self.own_tokens
            if (row := (self.story.taken_tokens or {}).get(token.id)) is not None
        }
        for (_session, module), sale in (self.story.sold or {}).items():
            if module == self.module and sale.withdrawn is not None:
                found[sale.withdrawn] = self.tools.command(
                    "reconcile", "--restore", sale.withdrawn, *options(self.story, sale.session)
                )
        return found

    @property
    def bought(self) -> tuple[Bought, ...]:
        """The Checkout Sessions that name it, newest first."""
        return tuple(
            one
            for one in self.story.bought or ()
            if not one.session.is_token_pack and self.module in map(storable, one.session.modules)
        )


Holder = TypeVar("Holder", "Access", "Token")


def lasting_longest(found: Iterable[Holder]) -> Holder | None:
    """Of several rows the one with the latest end; no end is later than any."""
    return max(found, key=lambda one: one.term.ends or _FOR_EVER, default=None)
