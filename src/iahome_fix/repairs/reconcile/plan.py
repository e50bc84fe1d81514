"""What `reconcile` will do, as data: the counts, the money, and each access that is to be created."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iahome_fix.domain.sums import Adding, Sums
from iahome_fix.domain.terms import Terms
from iahome_fix.errors import CouldNotTell, MissingCredential
from iahome_fix.i18n import _, ngettext
from iahome_fix.profile import AppProfile
from iahome_fix.repairs.withdrawn import Withdrawn
from iahome_fix.systems.open import no_sql

TO_CREATE, COVERED, NEEDS_SQL, UNKNOWN_TERM = "to_create", "covered", "needs_sql", "unknown_term"
SKIPPED = (
    "unpaid", "refunded", "disputed", "over", "no_email", "unknown_customer", "ambiguous_customer",
    "no_module", "unknown_module", "withdrawn", "unclear", "under_way", NEEDS_SQL, UNKNOWN_TERM,
)  # fmt: skip
"""Why a module of a session gets nothing: what its money says (domain/money.py), its verdict
(domain/sale.py), that it is owed and takes a transaction, which there is none of without SQL, or that it is
owed and for how long is not known."""

_MOST_NAMED = 5
LEFT_OUT = ("token_pack", "other_mode")
"""Sessions that are not among the counted ones."""

WARNINGS = ("waiting_token", "replaces", "moves", "not_from_app")
"""Parts of the groups that are worth a sentence: `waiting_token` of covered, `replaces` (an access that ends
earlier) and `moves` (that of a former id of the customer) of to_create, `not_from_app` of no_module."""


@dataclass(frozen=True, slots=True)
class Sold:
    """One module of one payment.

    Attributes:
        session_id: the id of the payment: a Checkout Session's, or an invoice's.
        began: the Checkout Session that it goes back to, if there is one.
        paid_by: the invoice by which it was paid, if any.
        module: the id as the session names it, None where it names none.
        emails: the buyer's addresses, as they stand in the session and in the order in which they are asked.
        named: the profile's id that its metadata name, if any.
        amount: of the whole session, in the smallest unit of `currency`; None where Stripe gives none.
        opened: when the session was opened, `bought` when it was paid, as far as that is known (UTC).
        ends: when the access ends that was bought (UTC).
        case: to_create, or one of SKIPPED.
        user_id: the profile it is for; None where no single one is known.
        remark: one of WARNINGS, or None.
        candidates: how long it may have been sold for, where that is not known.
    """

    session_id: str
    module: str | None
    emails: tuple[str, ...] = field(repr=False)
    named: str | None
    amount: int | None
    currency: str | None
    opened: datetime
    bought: datetime
    ends: datetime
    case: str
    user_id: str | None = None
    remark: str | None = None
    began: str | None = None
    paid_by: str | None = None
    candidates: tuple[str, ...] = ()

    @property
    def email(self) -> str | None:
        """The first of the addresses."""
        return self.emails[0] if self.emails else None


@dataclass(frozen=True)
class SoldFor:
    """How long one module is sold, by the payments of a plan.

    Attributes:
        lengths: each that a payment of the plan has, as the option takes it; several together where it is not
            known which of them it was.
        rows: by how many rows of the webhook that is known; 0 where the operator or the version says it.
    """

    module: str
    lengths: tuple[tuple[str, ...], ...]
    rows: int

    def as_json(self) -> dict[str, Any]:
        known = [spans[0] for spans in self.lengths if len(spans) == 1]
        unknown = sorted({span for spans in self.lengths if len(spans) > 1 for span in spans})
        return {"module_id": self.module, "lasts": known, "may_be": unknown, "rows": self.rows}


@dataclass(frozen=True)
class ReconcilePlan:
    """The groups add up: sessions = to_create + covered + all skipped, per session and module.

    Attributes:
        made: when the sessions were read (UTC).
        mode: `live` or `test`, None when the key does not say.
        counts: by group; those of LEFT_OUT are beside the sum.
        warnings: counts by name of WARNINGS.
        withdrawn: what a person took away and the payments would give.
        sold: every module that gets an access or that somebody may have to look at; nothing of the covered.
        profile: the version of the app that it was made for.
    """

    terms: Terms
    made: datetime
    mode: str | None
    counts: Mapping[str, int]
    warnings: Mapping[str, int]
    sold: tuple[Sold, ...] = field(repr=False)
    profile: AppProfile
    withdrawn: tuple[Withdrawn, ...] = ()

    @property
    def to_create(self) -> int:
        return self.counts.get(TO_CREATE, 0)

    @property
    def sessions(self) -> int:
        return sum(self.counts.get(group, 0) for group in (TO_CREATE, COVERED, *SKIPPED))

    @property
    def amount(self) -> dict[str, int]:
        """What was paid for what is to be created, each session once: currency → smallest units."""
        return money(self.of(TO_CREATE))

    @property
    def customers(self) -> int:
        """How many customers get what they paid for."""
        return len({sold.user_id for sold in self.of(TO_CREATE)})

    def gained(self, created: int) -> Sums | None:
        """Who has what now, once all of it was created; None where somebody else gave a part meanwhile."""
        if created != self.to_create:
            return None
        return Sums(sales=created, customers=self.customers, amount=self.amount)

    @property
    def sold_for(self) -> tuple[SoldFor, ...]:
        """How long the modules are sold of which it gives something, or would, were it known."""
        by_module: dict[str, set[tuple[str, ...]]] = {}
        for sold in (*self.of(TO_CREATE), *self.of(UNKNOWN_TERM)):
            found = self.terms.lengths(sold.bought, sold.module)
            by_module.setdefault(sold.module or "", set()).add(tuple(one.text for one in found))
        return tuple(
            SoldFor(module, tuple(sorted(spans)), self.terms.says_by_rows(module))
            for module, spans in sorted(by_module.items())
        )

    @property
    def lacking(self) -> MissingCredential | None:
        """What to say where something is owed that takes SQL to be given; None where nothing is."""
        count = self.counts.get(NEEDS_SQL, 0)
        if not count:
            return None
        return no_sql(
            ngettext(
                "{count} access that is due has to be moved from an id that is gone; that is safe in"
                " one transaction only, and neither SUPABASE_DB_URL nor SUPABASE_ACCESS_TOKEN is set",
                "{count} accesses that are due have to be moved from ids that are gone; that is safe"
                " in one transaction only, and neither SUPABASE_DB_URL nor SUPABASE_ACCESS_TOKEN is"
                " set",
                count,
            ).format(count=count)
        )

    @property
    def untold(self) -> CouldNotTell | None:
        """What to say where something is owed of which the term is not known; None where nothing is."""
        found = self.of(UNKNOWN_TERM)
        if not found:
            return None
        words = sorted({f"{sold.module}={'|'.join(sold.candidates)}" for sold in found})
        return CouldNotTell(
            "term-unknown",
            ngettext(
                "{count} access is due, and how long it was sold for is not known",
                "{count} accesses are due, and how long they were sold for is not known",
                len(found),
            ).format(count=len(found)),
            _("say it of each module: {options}").format(
                options=" ".join(f"--access-duration {text}" for text in words[:_MOST_NAMED])
            ),
        )

    @property
    def over_customers(self) -> int:
        """How many customers paid for a term that is over."""
        return len({sold.user_id for sold in self.of("over")})

    def of(self, case: str) -> tuple[Sold, ...]:
        """The sold modules of one case, the oldest first."""
        return tuple(sorted((s for s in self.sold if s.case == case), key=_age))

    def as_json(self) -> dict[str, Any]:
        return {
            "sessions": self.sessions,
            "to_create": self.to_create,
            "customers": self.customers,
            "covered": self.counts.get(COVERED, 0),
            "skipped": {reason: self.counts.get(reason, 0) for reason in SKIPPED},
            "amount": self.amount,
            "left_out": {reason: self.counts.get(reason, 0) for reason in LEFT_OUT},
            "warnings": {
                **{name: self.warnings.get(name, 0) for name in WARNINGS},
                "over_customers": self.over_customers,
            },
            "cases": {case: self._case(case) for case in (TO_CREATE, *SKIPPED)},
            "mode": self.mode,
            "since": self.terms.since.isoformat(),
            "access_duration": self.terms.length.text,
            "terms": [term.as_json() for term in self.sold_for],
            "from": "now" if self.terms.from_now else "purchase",
        }

    def _case(self, case: str) -> dict[str, Any]:
        found = self.of(case)
        oldest = found[0].bought.isoformat() if found else None
        return {"payments": len({s.session_id for s in found}), "amount": money(found), "oldest": oldest}


def money(found: Iterable[Sold]) -> dict[str, int]:
    """What these cost by currency, in the smallest units; each session once, currencies never added up."""
    adding = Adding()
    for sold in found:
        adding.count(sold.session_id, sold.amount, sold.currency)
    return adding.amount


def _age(sold: Sold) -> tuple[datetime, str, str]:
    return sold.bought, sold.session_id, sold.module or ""
