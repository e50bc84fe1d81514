"""A world of customers with payments, rows and tokens, and what is true of it.

That is worked out from how the world was made, in other words than the tool's, not from what the tool reads.
`making.py` makes worlds by a seed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from iahome_fix.profile import MODULE_ACCESS, AppProfile

MODULES = ("3", "6", "13", "15")
HOUR = timedelta(hours=1)
CLOCKS = timedelta(minutes=5)
"""By so much two clocks may differ."""


@dataclass(frozen=True)
class Bought:
    """One payment: a Checkout Session, or a renewal's invoice of one (`began`).

    `paid` is when its money came; `leads` whose it is: profiles' ids, one each; `costs` its currency and
    amount.
    """

    id: str
    opened: datetime
    paid: datetime
    money: str
    modules: tuple[str, ...]
    leads: frozenset[str]
    crowded: bool = False
    addressed: bool = True
    began: str | None = None
    costs: tuple[str, int] = ("eur", 990)


@dataclass(frozen=True)
class Held:
    """A row of module_access; `active` None says neither. `changed`: None where nobody did since."""

    owner: str
    module: str
    ends: datetime | None
    active: bool | None
    cites: str | None
    made: datetime
    changed: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        return self.active is True and not self.over(now)

    def over(self, now: datetime) -> bool:
        return self.ends is not None and self.ends <= now


@dataclass(frozen=True)
class Token:
    """A row of access_tokens."""

    owner: str
    module: str
    ends: datetime | None
    active: bool
    made: datetime


@dataclass
class World:
    """What there is, and when it is looked at."""

    now: datetime
    duration: timedelta
    bought: list[Bought] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    profiles: dict[str, str] = field(default_factory=dict)
    blind: bool = False  # the key may not read invoices
    short: float = 0.0
    profile: AppProfile = MODULE_ACCESS
    slugs: Mapping[str, str] = field(default_factory=dict)
    terms: dict[str, timedelta] = field(default_factory=dict)
    """How long each module is sold, where the rows of the handler say so and nobody else does."""
    added: set[tuple[str, str | None]] = field(default_factory=set)
    """The modules that only the line items of a session name."""
    older: list[tuple[str, str]] = field(default_factory=list)
    """Who bought what before the look-back: a customer's own payments are looked at for all time."""
    chosen: dict[str, timedelta] = field(default_factory=dict)
    """How long single modules are sold, by the operator's word."""
    from_now: bool = False
    include_unclear: bool = False

    @property
    def bare(self) -> bool:
        """Whether the accesses say nothing of payments, and tokens give none."""
        return not self.profile.is_guides

    @property
    def late(self) -> timedelta:
        """By how much an access may end early and still cover what was bought: an hour, and where the
        versions sold it for a shorter term, what that is shorter by."""
        return HOUR + self.profile.term.usual - self.profile.term.shortest

    def term(self, module: str | None) -> timedelta:
        """How long a module is sold."""
        said = {**self.terms, **self.chosen}
        return said.get(module or "", self.duration)

    def verdicts(self) -> dict[tuple[str, str | None], str]:
        """The verdict on each module of each session whose money is there."""
        return {
            (one.id, module): self.verdict(one, module)
            for one in self.bought
            if one.money in ("due", "unclear")
            for module in one.modules or (None,)
        }

    def cost(self, sales: Iterable[tuple[str, str | None]]) -> dict[str, int]:
        """What the payments of these sales cost, each payment once, by currency."""
        ids = {payment for payment, _module in sales}
        total: Counter[str] = Counter()
        for one in self.bought:
            if one.id in ids and one.costs[1]:
                total[one.costs[0]] += one.costs[1]
        return dict(total)

    def verdict(self, one: Bought, module: str | None) -> str:
        """What this sale is due, by the rules as the design words them."""
        until = one.paid + self.term(module)
        owner = next(iter(one.leads)) if len(one.leads) == 1 else None
        theirs = [row for row in self.held if row.owner == owner and row.module == module]
        if any(row.ends is None or row.ends >= until - self.late for row in theirs if self.counts(row)):
            return "served"
        if any(
            self.withdrawn(row, one, owner)
            for row in self.held
            if row.module == module and (row.owner == owner or row.cites == one.id)
        ):
            return "withdrawn"
        if module and any(self.serves(row, one, owner) for row in self.held if row.module == module):
            return "served"
        sure = "owed" if one.money == "due" or self.include_unclear else "unclear"
        if owner and module in MODULES and self.former(one, owner, module):
            return sure
        if any(
            token.ends is None or token.ends >= until - HOUR
            for token in self.tokens
            if (token.owner, token.module) == (owner, module) and self.opens(token)
        ):
            return "served" if until <= self.now else "waiting_token"
        if module is None:
            return "no_module"
        if owner is None:
            if one.leads or one.crowded:
                return "ambiguous_customer"
            return "unknown_customer" if one.addressed else "no_email"
        if module not in MODULES:
            return "unknown_module"
        if sure == "unclear":
            return "unclear"
        return "over" if until <= self.now and not self.from_now else "owed"

    def counts(self, row: Held) -> bool:
        """Whether a row is, or was, an access."""
        return not self.taken(row) and (row.active is not False or row.over(self.now))

    def ended_early(self, row: Held) -> bool:
        """Whether a person ended what the app wrote before the end that the app gives."""
        if row.ends is None or not row.over(self.now) or row.active is None:
            return False
        return row.ends < row.made + self.profile.term.shortest - HOUR

    def switched_off(self, row: Held) -> bool:
        """Whether a person switched it off: before its end, or by making that moment its end."""
        if row.active is not False or row.ends is None or not row.over(self.now):
            return row.active is False
        return row.changed is not None and row.changed <= row.ends

    def taken(self, row: Held) -> bool:
        """Whether a person took it away."""
        return self.ended_early(row) or self.switched_off(row)

    def withdrawn(self, row: Held, one: Bought, owner: str | None) -> bool:
        """Whether a person took away what this sale gave, or what was older than the row."""
        if not self.taken(row):
            return False
        older = row.cites is None and row.owner == owner and one.paid <= row.made + CLOCKS
        return row.cites == one.id or older

    def opens(self, token: Token) -> bool:
        """Whether nobody took away what an active token opens."""
        return token.active and not any(
            self.taken(row) and token.made <= row.made + CLOCKS
            for row in self.held
            if (row.owner, row.module) == (token.owner, token.module)
        )

    def former(self, one: Bought, owner: str, module: str) -> bool:
        """Whether it was given to an id that is gone, and is to be moved to the one of today."""
        if any(row.active for row in self.held if row.owner == owner and row.module == module):
            return False
        return any(
            row.cites == one.id and row.in_force(self.now)
            for row in self.held
            if row.module == module and row.owner not in self.profiles
        )

    def serves(self, row: Held, one: Bought, owner: str | None) -> bool:
        """Whether a row that cites the payment gave what it bought: theirs, or given by hand to another."""
        known = row.owner in self.profiles or not row.in_force(self.now)
        return row.cites == one.id and self.counts(row) and (owner is None or row.owner == owner or known)
