"""What a profile of the app consists of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iahome_fix.profile.checkout import CheckoutKeys
    from iahome_fix.profile.table import AccessTable


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
    """

    path: str
    other_paths: tuple[str, ...]
    fills: tuple[str, ...]
    origin: str

    @property
    def paths(self) -> tuple[str, ...]:
        """All of its places, its own first."""
        return (self.path, *self.other_paths)


@dataclass(frozen=True)
class Page:
    """The page on which customers find what they have.

    Attributes:
        path: where it is on the site.
        wants_active: it leaves out rows that are not active.
        wants_unexpired: it leaves out rows whose end has come.
    """

    path: str
    wants_active: bool
    wants_unexpired: bool


@dataclass(frozen=True)
class Term:
    """How long an access lasts that was paid for.

    Attributes:
        usual: what the handler writes.
        by_module: where it writes something else: ids of modules with their terms.
    """

    usual: timedelta
    by_module: tuple[tuple[str, timedelta], ...] = ()

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
