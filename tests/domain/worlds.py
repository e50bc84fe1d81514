"""Worlds made by a seed: many customers at once, each with payments, rows and tokens of every kind.

Beside each world stands what is true of it, worked out from how it was made, not from what the tool reads.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from iahome_fix.profile import MODULE_ACCESS, AppProfile
from tests.checks.app_support import App

if TYPE_CHECKING:
    from collections.abc import Iterator

MODULES = ("3", "6", "13", "15")
GONE = "99"
HOUR = timedelta(hours=1)
OTHERS = 1000 * int(os.environ.get("IAHOME_TEST_RANDOM") or 0)
"""By how much the seeds are moved: other worlds, and the same ones again with the same number."""


@dataclass(frozen=True)
class Bought:
    """One payment: a Checkout Session, or a renewal's invoice of one (`began`).

    `paid` is when its money came; `leads` whose it is: profiles' ids, one each.
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


@dataclass(frozen=True)
class Held:
    """A row of module_access."""

    owner: str
    module: str
    ends: datetime | None
    active: bool
    cites: str | None
    made: datetime

    def in_force(self, now: datetime) -> bool:
        return self.active and (self.ends is None or self.ends > now)


@dataclass
class World:
    """What there is, and when it is looked at."""

    now: datetime
    duration: timedelta
    bought: list[Bought] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    tokens: list[tuple[str, str, datetime | None, bool]] = field(default_factory=list)
    profiles: dict[str, str] = field(default_factory=dict)
    blind: bool = False  # the key may not read invoices
    short: float = 0.0
    profile: AppProfile = MODULE_ACCESS
    terms: dict[str, timedelta] = field(default_factory=dict)
    """How long each module is sold, where the rows of the handler say so and nobody else does."""

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
        return self.terms.get(module or "", self.duration)

    def verdicts(self) -> dict[tuple[str, str | None], str]:
        """The verdict on each module of each session whose money is there."""
        return {
            (one.id, module): self.verdict(one, module)
            for one in self.bought
            if one.money in ("due", "unclear")
            for module in one.modules or (None,)
        }

    def verdict(self, one: Bought, module: str | None) -> str:
        """What this sale is due, by the rules as the design words them."""
        until = one.paid + self.term(module)
        owner = next(iter(one.leads)) if len(one.leads) == 1 else None
        theirs = [row for row in self.held if row.owner == owner and row.module == module]
        counting = [row for row in theirs if row.active or (row.ends is not None and row.ends <= self.now)]
        if any(row.ends is None or row.ends >= until - self.late for row in counting):
            return "served"
        if any(
            self.withdrawn(row, one)
            for row in self.held
            if row.module == module and (row.owner == owner or row.cites == one.id)
        ):
            return "withdrawn"
        if module and any(self.cites(row, one, owner) for row in self.held if row.module == module):
            return "served"
        if owner and module in MODULES and self.former(one, owner, module):
            return "unclear" if one.money == "unclear" else "owed"
        if any(
            active and who == owner and what == module and (ends is None or ends >= until - HOUR)
            for who, what, ends, active in self.tokens
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
        if one.money == "unclear":
            return "unclear"
        return "over" if until <= self.now else "owed"

    def withdrawn(self, row: Held, one: Bought) -> bool:
        """Whether a person took away what this sale gave, or what was older than the row."""
        if row.active or (row.ends is not None and row.ends <= self.now):
            return False
        return row.cites == one.id or (row.cites is None and one.paid <= row.made + timedelta(minutes=5))

    def former(self, one: Bought, owner: str, module: str) -> bool:
        """Whether it was given to an id that is gone, and is to be moved to the one of today."""
        if any(row.active for row in self.held if row.owner == owner and row.module == module):
            return False
        return any(
            row.cites == one.id and row.active and (row.ends is None or row.ends > self.now)
            for row in self.held
            if row.module == module and row.owner not in self.profiles
        )

    def cites(self, row: Held, one: Bought, owner: str | None) -> bool:
        counts = row.active or (row.ends is not None and row.ends <= self.now)
        known = row.owner in self.profiles or (row.ends is not None and row.ends <= self.now)
        return row.cites == one.id and counts and (owner is None or row.owner == owner or known)


def make(
    app: App,
    seed: int,
    customers: int,
    *,
    short: float = 0.0,
    profile: AppProfile = MODULE_ACCESS,
    by_rows: bool = False,
) -> World:
    """A world of so many customers, written into the app's database and Stripe account.

    `profile`: the version of the app, whose table has the accesses.
    `short`: how many of the rows are to run still and end before what was bought, where it is not over.
    `by_rows`: each module was sold for another time, which only the handler's rows of long ago tell.
    """
    chance = random.Random(seed + OTHERS)  # noqa: S311 - a world is to come again with its seed
    now = datetime.now(UTC).replace(microsecond=0)
    terms = [timedelta(hours=72), timedelta(days=30)]
    if not profile.is_guides:
        terms = [profile.term.usual, profile.term.usual + timedelta(days=60)]
    world = World(now, chance.choice(terms), short=short, profile=profile)
    if by_rows:
        world.duration = timedelta(hours=72)
        world.terms = {"3": timedelta(days=30), "6": timedelta(days=90), "13": timedelta(days=7)}
        for number, module in enumerate(MODULES):
            made = now - timedelta(days=200, hours=number)
            ends = made + world.term(module)
            world.held.append(Held(f"long-gone-{number}", module, ends, True, f"cs_live_old_{module}", made))
    world.blind = chance.random() < 0.25
    rights = ("checkout_session_read", "payment_intent_read", "charge_read", "dispute_read", "event_read")
    app.key = app.stripe.add_key(
        kind="restricted", permissions=(*rights, *(() if world.blind else ("invoice_read",)))
    )
    for number in range(customers):
        _Customer(app, world, chance, number).make()
    _write(app, world)
    return world


class _Customer:
    """Makes one customer: profiles, then what they bought, hold and wait for."""

    def __init__(self, app: App, world: World, chance: random.Random, number: int) -> None:
        self.app, self.world, self.chance, self.number = app, world, chance, number
        self.id = str(UUID(int=(number + 1) << 64 | 1))
        self.twin = str(UUID(int=(number + 1) << 64 | 2))
        self.other = str(UUID(int=(number + 1) << 64 | 3))
        self.email = f"Buyer{number}@example.test" if chance.random() < 0.1 else f"buyer{number}@example.test"

    def make(self) -> None:
        self.kind = self.chance.choices(["one", "twins", "none", "two"], weights=[8, 1, 1, 1])[0]
        if self.kind != "none":
            self.world.profiles[self.id] = self.email
        if self.kind == "twins":
            self.world.profiles[self.twin] = self.email.swapcase()
        if self.kind == "two":
            self.world.profiles[self.other] = f"other{self.number}@example.test"
        for one in range(self.chance.choice([1, 1, 1, 2])):
            self._buys(one)
        if self.chance.random() < 0.4:
            self._subscribes()
        for module in MODULES:
            if self.chance.random() < 0.15:
                ends = self._moment(-100, 900)
                active = self.chance.random() < 0.7
                if not self.world.bare:
                    self.world.tokens.append((self.id, module, ends, active))

    def _moment(self, first: float, last: float) -> datetime:
        """Some moment so many hours from now, never close to it."""
        hours = self.chance.uniform(first, last)
        hours = hours if abs(hours) > 2 else hours + 4
        return self.world.now + timedelta(hours=round(hours, 1))

    def _names(self) -> tuple[dict[str, Any], frozenset[str], bool, bool]:
        """What the session says of its buyer, and to whom that leads."""
        spelled = self.chance.choice([self.email, self.email.upper(), f" {self.email} ", self.email])
        nobody = f"nobody{self.number}@example.test"
        fields: dict[str, Any] = {"customer_email": None, "customer_details": {"email": None}, "metadata": {}}
        place = self.chance.choice(["prefilled", "typed", "metadata", "user_id", "none", "with-stranger"])
        if place == "none":
            return fields, frozenset(), False, False
        if place == "user_id":
            fields["metadata"] = {"userId": self.id}
            return fields, frozenset({self.id}) & self.world.profiles.keys(), False, True
        if place == "metadata":
            fields["metadata"] = {self.chance.choice(["customerEmail", "userEmail"]): spelled}
        elif place == "typed":
            fields["customer_details"] = {"email": spelled}
        elif place == "prefilled":
            fields |= {"customer_email": spelled, "customer_details": {"email": spelled}}
        else:
            fields |= {"customer_email": nobody, "customer_details": {"email": nobody}}
            fields["metadata"] = {"userEmail": spelled}
        leads = self._leads(spelled.strip())
        crowded = self.kind == "twins" and not leads
        if self.kind == "two" and self.chance.random() < 0.7:
            fields["metadata"] = {**fields["metadata"], "customer_email": f"other{self.number}@example.test"}
            leads |= {self.other}
        return fields, frozenset(leads), crowded, True

    def _leads(self, spelled: str) -> set[str]:
        if self.kind == "none":
            return set()
        if self.kind == "twins":
            return {key for key in (self.id, self.twin) if self.world.profiles[key] == spelled}
        return {self.id}

    def _buys(self, one: int) -> None:
        chance, now = self.chance, self.world.now
        opened = self._moment(-1500, -6)
        paid = opened + timedelta(hours=chance.choice([0, 0, 0, 5]))
        session = f"cs_live_{self.number}_{one}"
        modules = (
            chance.choice([("15",), ("6", "13"), ("3",), (GONE,), ()]) if chance.random() < 0.5 else ("15",)
        )
        money = chance.choices(
            [
                "due",
                "unpaid",
                "refunded",
                "partly",
                "disputed",
                "free",
                "unclear",
                "test",
                "pack",
                "young",
                "open",
            ],
            weights=[12, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        )[0]
        if money == "young":
            opened = paid = now - timedelta(minutes=2)
        fields, leads, crowded, addressed = self._names()
        metadata = {**fields.pop("metadata"), **_named(chance, modules)}
        more: dict[str, Any] = {}
        if money == "pack":
            metadata |= {"type": "token_purchase", "tokens": "10"}
        if money == "unpaid":
            more["payment_status"] = "unpaid"
        if money == "free":
            more |= {"payment_status": "no_payment_required", "amount_total": 0}
        if money == "open":
            more["status"] = "open"
        if money == "unclear":
            more |= {"mode": "subscription"}
        made = self.app.stripe.add_session(
            id=session, created=opened, livemode=money != "test", metadata=metadata, **fields, **more
        )
        charged = made["payment_intent"] is not None
        if charged:
            self.app.stripe.charge_of(session)["created"] = int(paid.timestamp())
        if money == "refunded":
            self.app.stripe.refund(session, 400)
            self.app.stripe.refund(session)
        if money == "partly":
            self.app.stripe.refund(session, 400)
        if money == "disputed":
            self.app.stripe.dispute(session)
        counted = {"partly": "due", "free": "due"}.get(money, money)
        found = Bought(
            session, opened, paid if charged else opened, counted, modules, leads, crowded, addressed
        )
        self.world.bought.append(found)
        for module in modules:
            if module in MODULES and chance.random() < 0.6:
                self._holds(found, module)

    def _subscribes(self) -> None:
        """A subscription: its first month is the session's, every later one an invoice's."""
        chance, state = self.chance, self.app.stripe
        opened = self._moment(-2600, -6)
        session, subscription = f"cs_live_{self.number}_s", f"sub_{self.number}"
        modules = chance.choice([("15",), ("6", "13"), ("3",), (GONE,), ()])
        fields, leads, crowded, addressed = self._names()
        metadata = {**fields.pop("metadata"), **_named(chance, modules)}
        trial, paid_by = chance.random() < 0.2, chance.choice(["card", "card", "balance", "out_of_band"])
        state.subscribe(
            id=session,
            created=opened,
            subscription=subscription,
            metadata=metadata,
            trial=trial,
            paid_by=paid_by,
            **fields,
        )
        money = "due"
        if not trial and paid_by == "card" and chance.random() < 0.2:
            state.refund(session)
            money = "refunded"
        if self.world.blind:
            money = "due" if trial else "unclear"
        months = []
        if opened > self.world.now - timedelta(days=90):
            months.append(Bought(session, opened, opened, money, modules, leads, crowded, addressed))
        for month in range(1, 4):
            due = opened + timedelta(days=17 * month, hours=1)
            if due < self.world.now - HOUR and due > self.world.now - timedelta(days=89):
                paid, money = self._renews(subscription, f"in_{self.number}_{month}", due)
                if paid and not self.world.blind:
                    months.append(
                        Bought(paid, due, due, money, modules, leads, crowded, addressed, began=session)
                    )
        self.world.bought += months
        for module in modules:
            if months and module in MODULES and chance.random() < 0.6:
                self._holds(chance.choice(months), module)

    def _renews(self, subscription: str, invoice: str, due: datetime) -> tuple[str | None, str]:
        """One renewal: the invoice, None where it is no payment of a term; and what became of its money."""
        kind = self.chance.choice(
            [
                *("card", "card", "card", "balance", "out_of_band", "free", "parts", "parts-refunded"),
                *("refunded", "disputed", "won", "open", "void", "proration"),
            ]
        )
        ways: dict[str, dict[str, Any]] = {
            "balance": {"paid_by": "balance"},
            "out_of_band": {"paid_by": "out_of_band"},
            "free": {"total": 0},
            "parts": {"parts": (400, 590)},
            "parts-refunded": {"parts": (400, 590)},
            "open": {"status": "open"},
            "void": {"status": "void"},
            "proration": {"proration": True, "billing_reason": "subscription_update"},
        }
        state = self.app.stripe
        state.add_invoice(subscription, id=invoice, created=due, **ways.get(kind, {}))
        if kind == "refunded":
            state.refund(invoice, 400)
            state.refund(invoice)
        if kind in ("parts", "parts-refunded"):
            state.refund(invoice, 400)
        if kind == "parts-refunded":
            state.refund(invoice, 590, number=1)
        if kind in ("disputed", "won"):
            state.dispute(invoice, "won" if kind == "won" else "lost")
        money = {"refunded": "refunded", "parts-refunded": "refunded", "disputed": "disputed"}
        return None if kind in ("open", "void", "proration") else invoice, money.get(kind, "due")

    def _holds(self, one: Bought, module: str) -> None:
        """A row of the customer, or of somebody else, that has to do with this sale."""
        chance, now = self.chance, self.world.now
        if any(row.owner == self.id and row.module == module for row in self.world.held):
            return
        sold = one.paid + self.world.term(module)
        kind = chance.choice(
            ["handler", "by-hand", "endless", "before", "withdrawn", "withdrawn-other", "stranger"]
        )
        if self.world.short and chance.random() < self.world.short and sold > now + 4 * HOUR:
            kind = "short"
        made = one.paid + timedelta(minutes=1)
        owner, active = self.id, True
        ends: datetime | None = sold
        cites: str | None = one.id
        if kind == "by-hand":
            cites, ends = None, sold + timedelta(days=1)
        elif kind == "endless":
            cites, ends = None, None
        elif kind == "before":
            made = one.paid - max(timedelta(days=40), self.world.profile.term.usual + timedelta(days=10))
            cites, ends = "cs_live_before", one.paid - timedelta(hours=5)
            active = chance.random() < 0.5
        elif kind == "short":
            cites, ends = "cs_live_before", now + (sold - now) / 2
        elif kind == "withdrawn":
            active, ends = False, max(sold, now + timedelta(days=2))
        elif kind == "withdrawn-other":
            active, ends, cites = False, now + timedelta(days=2), "cs_live_before"
            made = one.paid - timedelta(days=1)
        elif kind == "stranger":
            owner = str(UUID(int=(self.number + 1) << 64 | 9))
        if any(row.owner == owner and row.module == module for row in self.world.held):
            return
        cites = None if self.world.bare else cites
        self.world.held.append(Held(owner, module, ends, active, cites, made))


def _named(chance: random.Random, modules: tuple[str, ...]) -> dict[str, str]:
    """The modules as one of the generations of the app's checkout names them."""
    if not modules:
        return {"items_count": "1"}
    if len(modules) == 1 and chance.random() < 0.3:
        return {"moduleId": modules[0]}
    if chance.random() < 0.3:
        return {"items": json.dumps([{"id": int(module)} for module in modules])}
    return {"items_ids": ",".join(modules)}


def _write(app: App, world: World) -> None:
    ids, emails = list(world.profiles), list(world.profiles.values())
    app.sql(
        "insert into auth.users (id, email) select i::uuid, i || '@login.test' from unnest(%s::text[]) i", ids
    )
    app.sql(
        "update public.profiles p set email = x.email from unnest(%s::uuid[], %s::text[]) x (id, email)"
        " where p.id = x.id",
        ids,
        emails,
    )
    if world.bare:
        _write_bare(app, world)
        return
    app.sql(
        "insert into public.module_access"
        " (user_id, module_id, expires_at, is_active, metadata, created_at, updated_at)"
        " select x.owner, x.module::int, x.ends::timestamptz at time zone 'utc', x.active,"
        " jsonb_strip_nulls(jsonb_build_object('session_id', x.session, 'payment_id', x.invoice)),"
        " x.made::timestamptz at time zone 'utc', x.made::timestamptz at time zone 'utc'"
        " from jsonb_to_recordset(%s::jsonb)"
        " x (owner text, module text, ends text, active boolean, session text, invoice text, made text)",
        json.dumps(list(_rows(world))),
    )
    app.sql(
        "insert into public.access_tokens"
        " (id, name, module_id, module_name, is_active, created_by, expires_at)"
        " select 'token_' || row_number() over (), 't', x.module::int, 'm', x.active, x.owner,"
        " x.ends::timestamptz at time zone 'utc'"
        " from jsonb_to_recordset(%s::jsonb) x (owner text, module text, ends text, active boolean)",
        json.dumps(
            [
                {
                    "owner": owner,
                    "module": module,
                    "ends": ends.isoformat() if ends else None,
                    "active": active,
                }
                for owner, module, ends, active in world.tokens
            ]
        ),
    )


def _write_bare(app: App, world: World) -> None:
    """The accesses in the table of a later version, which says no more than whose they are and until when."""
    app.sql(
        "insert into public.user_applications"
        " (user_id, module_id, module_title, access_level, expires_at, is_active, created_at)"
        " select x.owner, x.module::int, 'm', %s, x.ends::timestamptz at time zone 'utc', x.active,"
        " x.made::timestamptz at time zone 'utc'"
        " from jsonb_to_recordset(%s::jsonb)"
        " x (owner text, module text, ends text, active boolean, made text)",
        world.profile.handler.origin,
        json.dumps(list(_rows(world))),
    )


def _rows(world: World) -> Iterator[dict[str, Any]]:
    began = {one.id: one.began for one in world.bought if one.began}
    for row in world.held:
        yield {
            "owner": row.owner,
            "module": row.module,
            "ends": row.ends.isoformat() if row.ends else None,
            "active": row.active,
            "session": began.get(row.cites or "", row.cites),
            "invoice": row.cites if row.cites in began else None,
            "made": row.made.isoformat(),
        }
