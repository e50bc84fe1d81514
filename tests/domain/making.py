"""Worlds made by a seed: many customers at once, each with payments, rows and tokens of every kind."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from iahome_fix.profile import MODULE_ACCESS, AppProfile
from tests.checks.app_support import App
from tests.domain.worlds import HOUR, MODULES, Bought, Held, Token, World
from tests.domain.writing import write

if TYPE_CHECKING:
    from collections.abc import Mapping

GONE = "99"
TITLES = {"6": "Cogstudio", "13": "ruinedfooocus", "15": "Stable diffusion"}
OTHERS = 1000 * int(os.environ.get("IAHOME_TEST_RANDOM") or 0)
"""By how much the seeds are moved: other worlds, and the same ones again with the same number."""


def make(
    app: App,
    seed: int,
    customers: int,
    *,
    short: float = 0.0,
    profile: AppProfile = MODULE_ACCESS,
    by_rows: bool = False,
    chosen: bool = False,
    slugs: Mapping[str, str] | None = None,
) -> World:
    """A world of so many customers, written into the app's database and Stripe account.

    `profile`: the version of the app, whose table has the accesses.
    `short`: how many of the rows are to run still and end before what was bought, where it is not over.
    `by_rows`: each module was sold for another time, which only the handler's rows of long ago tell.
    `chosen`: the operator says how long single modules last, and what is given begins now.
    `slugs`: the ids of modules as texts, where the tables of the shop have those.
    """
    chance = random.Random(seed + OTHERS)  # noqa: S311 - a world is to come again with its seed
    now = datetime.now(UTC).replace(microsecond=0)
    terms = [timedelta(hours=72), timedelta(days=30)]
    if not profile.is_guides:
        terms = [profile.term.usual, profile.term.usual + timedelta(days=60)]
    world = World(now, chance.choice(terms), short=short, profile=profile, slugs=slugs or {})
    if by_rows:
        world.duration = timedelta(hours=72)
        world.terms = {"3": timedelta(days=30), "6": timedelta(days=90), "13": timedelta(days=7)}
        for number, module in enumerate(MODULES):
            made = now - timedelta(days=200, hours=number)
            ends = made + world.term(module)
            world.held.append(Held(f"long-gone-{number}", module, ends, True, f"cs_live_old_{module}", made))
    if chosen:
        world.chosen = {"13": timedelta(days=90), "3": timedelta(days=7)}
        world.from_now = True
        world.include_unclear = chance.random() < 0.5
    world.blind = chance.random() < 0.25
    rights = ("checkout_session_read", "payment_intent_read", "charge_read", "dispute_read", "event_read")
    app.key = app.stripe.add_key(
        kind="restricted", permissions=(*rights, *(() if world.blind else ("invoice_read",)))
    )
    for number in range(customers):
        _Customer(app, world, chance, number).make()
    write(app, world)
    return world


DISPUTES = {"disputed": "needs_response", "won": "won", "inquiry": "warning_closed", "lost": "lost"}


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
                ends = None if self.chance.random() < 0.1 else self._moment(-100, 900)
                active = self.chance.random() < 0.7
                made = self.world.now - timedelta(days=self.chance.choice([0, 0, 5, 40]), minutes=30)
                owner = self.chance.choice([self.id, self.id, self.id, self.other])
                if not self.world.bare:
                    self.world.tokens.append(Token(owner, module, ends, active, made))

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
                *("expired", "setup", "failed", "not-captured", "won", "inquiry", "lost", "ahead"),
            ],
            weights=[16, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        )[0]
        if money == "young":
            opened = paid = now - timedelta(minutes=2)
        if money == "ahead":  # by Stripe's clock
            opened = paid = now + timedelta(minutes=3)
        fields, leads, crowded, addressed = self._names()
        named, more = self._sold(modules)
        metadata = {**fields.pop("metadata"), **self._named(named)}
        currency, amount = chance.choice([("eur", 990), ("eur", 1980), ("usd", 1100), ("jpy", 1500)])
        more |= {"currency": currency, "amount_total": amount}
        if money == "pack":
            metadata |= {"type": "token_purchase", "tokens": "10"}
        if money == "unpaid":
            more["payment_status"] = "unpaid"
        if money == "free":
            more |= {"payment_status": "no_payment_required", "amount_total": 0}
        if money in ("open", "expired"):
            more["status"] = money
        if money == "setup":
            more |= {"mode": "setup", "amount_total": None, "currency": None}
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
        if money == "failed":  # days after it was called paid
            self.app.stripe.charge_of(session).update({"status": "failed", "paid": False})
        if money == "not-captured":
            self.app.stripe.charge_of(session)["captured"] = False
        if money in DISPUTES:
            self.app.stripe.dispute(session, DISPUTES[money])
        counted = dict.fromkeys(("partly", "free", "won", "inquiry"), "due").get(money, money)
        costs = (currency, 0 if money == "free" else amount)
        moment = paid if charged else opened
        found = Bought(session, opened, moment, counted, modules, leads, crowded, addressed, costs=costs)
        self.world.bought.append(found)
        if counted in ("due", "unclear"):
            self.world.added |= {(session, module) for module in modules if module not in named}
        for module in modules:
            if module in MODULES and chance.random() < 0.6:
                self._holds(found, module)

    def _sold(self, modules: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, Any]]:
        """What the metadata names of these modules, and the line items: the second is in them alone, or
        there are more of them than modules, which name none."""
        kind = self.chance.choice(["named", "named", "second-in-items", "fee", "bundle"])
        if kind == "second-in-items" and set(modules) <= TITLES.keys() and len(modules) == 2:
            return modules[:1], {"sold": [(TITLES[module], 990) for module in modules]}
        if kind == "fee" and modules:
            titles = [TITLES.get(modules[0], "Something"), "Service fee", "cogstudio", "Cogstudio pack"]
            return modules, {"sold": [(title, 500) for title in titles]}
        if kind == "bundle":
            return modules, {"sold": [("Cogstudio", 1980)] if modules[:1] == ("15",) else []}
        return modules, {}

    def _subscribes(self) -> None:
        """A subscription: its first month is the session's, every later one an invoice's."""
        chance, state = self.chance, self.app.stripe
        opened = self._moment(-2600, -6)
        session, subscription = f"cs_live_{self.number}_s", f"sub_{self.number}"
        modules = chance.choice([("15",), ("6", "13"), ("3",), (GONE,), ()])
        fields, leads, crowded, addressed = self._names()
        metadata = {**fields.pop("metadata"), **self._named(modules)}
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
            costs = ("eur", 0 if trial else 990)
            months.append(
                Bought(session, opened, opened, money, modules, leads, crowded, addressed, costs=costs)
            )
        for month in range(1, 4):
            due = opened + timedelta(days=17 * month, hours=1)
            if due < self.world.now - HOUR and due > self.world.now - timedelta(days=89):
                paid, money, amount = self._renews(subscription, f"in_{self.number}_{month}", due)
                if paid and not self.world.blind:
                    months.append(
                        Bought(
                            paid,
                            due,
                            due,
                            money,
                            modules,
                            leads,
                            crowded,
                            addressed,
                            session,
                            ("eur", amount),
                        )
                    )
        self.world.bought += months
        if opened <= self.world.now - timedelta(days=90):
            self.world.older += [(owner, module) for owner in leads for module in modules]
        for module in modules:
            if months and module in MODULES and chance.random() < 0.6:
                self._holds(chance.choice(months), module)

    def _named(self, modules: tuple[str, ...]) -> dict[str, str]:
        names = tuple(self.world.slugs.get(module, module) for module in modules)
        return _named(self.chance, names, TITLES.get(modules[0], "") if modules else "")

    def _renews(self, subscription: str, invoice: str, due: datetime) -> tuple[str | None, str, int]:
        """One renewal: the invoice, None where it is no payment of a term; what became of its money; and how
        much that is."""
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
        due_for = None if kind in ("open", "void", "proration") else invoice
        return due_for, money.get(kind, "due"), 0 if kind == "free" else 990

    def _holds(self, one: Bought, module: str) -> None:
        """A row of the customer, or of somebody else, that has to do with this sale."""
        chance, now = self.chance, self.world.now
        if any(row.owner == self.id and row.module == module for row in self.world.held):
            return
        sold = one.paid + self.world.term(module)
        kind = chance.choice(
            [
                *("handler", "by-hand", "endless", "before", "withdrawn", "withdrawn-other", "stranger"),
                *(() if self.world.bare else ("given", "neither", "ended", "closed", "closed-now")),
            ]
        )
        if self.world.short and chance.random() < self.world.short and sold > now + 4 * HOUR:
            kind = "short"
        made = one.paid + timedelta(minutes=1)
        owner = self.id
        active: bool | None = True
        changed: datetime | None = None
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
            # Without an end where it would be that of another term.
            active, ends = False, sold if sold > now + 2 * HOUR else None
        elif kind == "withdrawn-other":
            active, ends, cites = False, now + timedelta(days=2), "cs_live_before"
            made = one.paid - timedelta(days=1)
        elif kind == "stranger":
            owner = str(UUID(int=(self.number + 1) << 64 | 9))
        elif kind == "given":
            owner = self.chance.choice(list(self.world.profiles))
        elif kind == "neither":
            active = None
        elif kind == "ended":
            made, ends = one.paid + timedelta(minutes=1), one.paid + timedelta(hours=3)
            active = chance.random() < 0.5
        elif kind in ("closed", "closed-now"):
            active = False
            changed = ends if kind == "closed-now" else one.paid + timedelta(hours=1)
            cites = chance.choice([one.id, None])
        if any(row.owner == owner and row.module == module for row in self.world.held):
            return
        cites = None if self.world.bare else cites
        self.world.held.append(Held(owner, module, ends, active, cites, made, changed))
        if chance.random() < 0.2 and one.paid < now - timedelta(days=60):
            # One of long ago, which ended as it was sold and was switched off then.
            old = one.paid - timedelta(days=50) - 2 * self.world.profile.term.usual
            once = Held(owner, module, old + self.world.profile.term.usual, False, None, old)
            self.world.held.append(once)


def _named(chance: random.Random, modules: tuple[str, ...], title: str) -> dict[str, str]:
    """The modules as one of the generations of the app's checkout names them; the title of the first."""
    if not modules:
        return {"items_count": "1"}
    if len(modules) == 1 and chance.random() < 0.3:
        return {"moduleId": modules[0], "moduleTitle": title}
    if chance.random() < 0.3:
        key, made = chance.choice([("id", int), ("module_id", str), ("moduleId", int)])
        ids = [made(module) if module.isdigit() else module for module in modules]
        return {"items": json.dumps([{key: one, "title": "x"} for one in ids])}
    ways = (
        ",".join(modules),
        " , ".join(modules),
        json.dumps(list(modules)),
        f"{modules[0]},{','.join(modules)}",
    )
    return {"items_ids": chance.choice(ways), "type": "payment"}
