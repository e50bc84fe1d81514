"""What a profile of the app consists of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iahome_fix.profile.checkout import CheckoutKeys
    from iahome_fix.profile.table import AccessTable


TABLES = ("module_access", "user_applications")
"""Where some version of the app has its accesses, the guide's first."""


@dataclass(frozen=True)
class Handler:
    """The route that takes Stripe's events and writes accesses.

    Attributes:
        path: where it is on the site.
        other_paths: where other versions of the app have (had) it; an endpoint that is registered at one of
            these was meant for it.
        fills: the columns of the table of accesses that it gives a value. Any other one that must not be
            empty and has no default keeps it from writing.
        origin: what it writes as the origin of an access.
        writes: what it writes in the same words for everybody: columns with their values.
    """

    path: str
    other_paths: tuple[str, ...]
    fills: tuple[str, ...]
    origin: str
    writes: tuple[tuple[str, str], ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """All of its places, its own first."""
        return (self.path, *self.other_paths)


@dataclass(frozen=True)
class Page:
    """The page on which customers find what they have.

    Attributes:
        path: where it is on the site.
        reads: the columns of the table of accesses that it names.
        by_login: it takes the login's id for the customer's, and looks for no profile.
    """

    path: str
    reads: tuple[str, ...]
    by_login: bool = False


@dataclass(frozen=True)
class Term:
    """How long an access lasts that was paid for.

    Attributes:
        usual: what the handler writes.
        by_module: where it writes something else: ids of modules with their terms.
        before: what its earlier versions wrote, or some of them for some modules: no row that lasts as long
            as one of these was shortened by anybody.
        sells: what it may have sold a module for of which no row tells (`30d`, `month`); empty where that is
            what is usual.
        is_stated: the operator's file says what is usual, so that no row says otherwise.
    """

    usual: timedelta
    by_module: tuple[tuple[str, timedelta], ...] = ()
    before: tuple[timedelta, ...] = ()
    sells: tuple[str, ...] = ()
    is_stated: bool = False

    @property
    def shortest(self) -> timedelta:
        """The shortest that any of its versions writes."""
        return min((self.usual, *self.before, *(term for _module, term in self.by_module)))

    @property
    def early(self) -> timedelta:
        """By how much less than the usual one of its versions gave for it: a calendar month is 28 days in
        February."""
        return self.usual - min((self.usual, *self.before))

    def of(self, module: str | None) -> timedelta:
        """The term of a module; what is usual where it has none of its own, or is not known."""
        return next((term for name, term in self.by_module if name == module), self.usual)


@dataclass(frozen=True)
class AppProfile:
    """One version of the app, as far as the way from a payment to an access goes.

    Attributes:
        name: by which it is chosen, and found in `sql/profile/`.
        table: where accesses are.
        handler: what writes them.
        checkout: what Stripe is told of a purchase.
        page: where customers see them.
        term: how long they last.
    """

    name: str
    table: AccessTable
    handler: Handler
    checkout: CheckoutKeys
    page: Page
    term: Term

    def __hash__(self) -> int:
        return self._hash  # SQL that was loaded is found again by it, hundreds of times in a run

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.table, self.handler, self.checkout, self.page, self.term))

    @property
    def elsewhere(self) -> str:
        """The table in which the handlers of other versions grant."""
        return next(name for name in TABLES if name != self.table.name)

    @property
    def is_guides(self) -> bool:
        """Is its table the guide's, which `migrate` makes and `backfill` fills?"""
        return (self.table.schema, self.table.name) == ("public", "module_access")
