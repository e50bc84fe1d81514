"""Everything that is known of one customer, with what could not be looked at, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from iahome_fix.checks import remarks
from iahome_fix.checks.schema import customers_refused
from iahome_fix.domain.terms import Terms
from iahome_fix.domain.verdicts import storable
from iahome_fix.errors import ToolError
from iahome_fix.explain import rows, structure
from iahome_fix.explain.account import CustomersAccount
from iahome_fix.explain.address import key
from iahome_fix.explain.looking import DATABASE, ENDPOINT, EVENTS, NEAR, PAGE, SCAN, STRIPE, Looker, Unseen
from iahome_fix.explain.page import Page, page_of
from iahome_fix.explain.payments import Events, read_endpoint, read_events
from iahome_fix.explain.people import NearMiss, People, near_misses, nearly, read_people, with_profile
from iahome_fix.facts import sales
from iahome_fix.facts.context import Context
from iahome_fix.systems.open import open_stripe

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Key, Sale
    from iahome_fix.explain.account import Bought, Search
    from iahome_fix.explain.structure import Structure
    from iahome_fix.model import Result
    from iahome_fix.systems.stripe_objects import Endpoint, Event
    from iahome_fix.systems.stripe_payments import Payment


@dataclass(frozen=True)
class Story:
    """One customer.

    Attributes:
        asked: the module that the operator asked for, if any.
        people: None where the database could not be looked at; so are `accesses`, `tokens` and `page`.
        bought: their Checkout Sessions, newest first; None where Stripe could not be asked.
        sold: what the database says of each session and module that is due; None where it could not be read,
            which is so where a table is missing, too.
        taken_tokens: tokens that would give what a person took away, with the id of the row that says so;
            None where that could not be read.
        carrying: accesses that carry one of the sessions, whoever has them.
        with_profile: addresses, as `key` writes them, in their sessions that have a profile.
    """

    email: str = field(repr=False)
    asked: str | None
    since: datetime
    terms: Terms
    mode: str | None
    now: datetime
    people: People | None
    near: tuple[NearMiss, ...]
    bought: tuple[Bought, ...] | None
    sold: Mapping[Key, Sale] | None
    events: Events
    tokens: tuple[rows.Token, ...] | None
    accesses: tuple[rows.Access, ...] | None
    taken_tokens: Mapping[str, str] | None
    carrying: tuple[rows.Access, ...]
    modules: Mapping[str, rows.Module]
    with_profile: frozenset[str]
    page: Page | None
    structure: Structure
    refused: frozenset[Key]
    unseen: tuple[Unseen, ...]

    @property
    def addresses(self) -> frozenset[str]:
        """Every e-mail address in the story."""
        people = self.people
        accounts = (*people.profiles, *(people.logins or ()), *people.other_email_profiles) if people else ()
        written = {text for one in self.bought or () for _field, text in one.named_in}
        near = {one.email for one in self.near if one.email is not None}
        return frozenset({self.email, *(account.email for account in accounts), *written, *near})

    @property
    def nobody(self) -> bool:
        """Whether no profile, login, payment, token or access has the address, as far as it was looked at.

        A checkout that was begun and not finished makes nobody a customer.
        """
        people = self.people
        return (
            people is not None
            and people.profiles_read
            and not people.found
            and self.bought is not None
            and not any(one.session.status == "complete" for one in self.bought)
            and self.tokens == ()
            and self.accesses == ()
        )

    def why_unseen(self, what: str) -> Unseen | None:
        return next((one for one in self.unseen if one.what == what), None)


class CustomersContext(Context):
    """A run over the chain that knows no payments but one customer's."""

    @property
    def account(self) -> CustomersAccount:
        """The Stripe account that the chain sees, too. Raises MissingCredential and KeyRejected."""
        return cast("CustomersAccount", self.stripe)

    def search(self, spellings: tuple[str, ...], since: datetime, ids: frozenset[str]) -> Search:
        """The sessions of the address, as `CustomersAccount.search` has them; asked for once."""
        name = f"sessions of {spellings} and {sorted(ids)}"
        return self.fact(name, lambda: self.account.search(spellings, since, ids))

    def _open_stripe(self) -> CustomersAccount:
        return open_stripe(
            CustomersAccount, self.settings, lambda: self.profile.checkout, timeout=self.timeout
        )


def tell(ctx: CustomersContext, email: str, *, asked: str | None, since: datetime) -> Story:
    """Gather the story of `email`. Never raises for a system that does not answer: `unseen` says so.

    `since` (UTC): from when on the sessions of everybody are searched for the address.
    """
    look = Looker()
    ready = look.finds_rows(ctx)
    people = look(DATABASE, lambda: read_people(ctx, email)) if ready else None
    spellings = people.spellings if people else (email, key(email))
    ids = frozenset(one.id for one in people.profiles) if people else frozenset[str]()
    search = look(STRIPE, lambda: ctx.search(spellings, since, ids))
    if search is not None and search.unread is not None:
        look.note(SCAN, search.unread.message, search.unread.hint)
    found = ctx.fact("structure", lambda: structure.look(ctx))
    bought = search.bought if search else None
    accesses, tokens, carrying = _rows(ctx, look, people, bought)
    page = look(PAGE, lambda: page_of(ctx, people.login)) if people is not None else None
    sold = _sold(ctx, look, found, bought) if people is not None else None
    bought = _with_items(bought, sold or {})
    others = {written for one in bought or () for _field, written in one.named_in}
    having = look(DATABASE, lambda: with_profile(ctx, others)) if people is not None else None
    named = _module_ids(asked, bought, accesses, tokens, page)
    modules = look(DATABASE, lambda: rows.read_modules(ctx, named)) if people is not None else None
    events, endpoint = _events(ctx, look, bought)
    look.note_catalog(ctx, found)
    nearest = look(NEAR, lambda: nearly(ctx, people, search.nearly if search else ())) if people else None
    return Story(
        email=email,
        asked=asked,
        since=since,
        terms=_terms(ctx),
        mode=ctx.settings.stripe_mode,
        now=sales.now(ctx),
        people=people,
        near=(*near_misses(people, bought or (), having or ()), *(nearest or ())),
        bought=bought,
        sold=sold,
        events=Events(sales.now(ctx), events, endpoint),
        tokens=tokens,
        accesses=accesses,
        taken_tokens=rows.read_taken(ctx, people.owners) if people is not None and tokens else {},
        carrying=carrying,
        modules=modules or {},
        with_profile=having or frozenset(),
        page=page,
        structure=found,
        refused=sales.refused(ctx) | customers_refused.tried(ctx) if sold is not None else frozenset(),
        unseen=tuple(look.unseen),
    )


def _rows(
    ctx: Context, look: Looker, people: People | None, bought: tuple[Bought, ...] | None
) -> tuple[tuple[rows.Access, ...] | None, tuple[rows.Token, ...] | None, tuple[rows.Access, ...]]:
    if people is None:
        return None, None, ()
    sessions = [one.session.id for one in bought or ()]
    return (
        look(DATABASE, lambda: rows.read_accesses(ctx, people.owners)),
        look(DATABASE, lambda: rows.read_tokens(ctx, people.owners)),
        look(DATABASE, lambda: rows.read_carrying(ctx, sessions)) or (),
    )


def _sold(
    ctx: Context, look: Looker, found: Structure, bought: tuple[Bought, ...] | None
) -> dict[tuple[str, str | None], Sale] | None:
    if bought is None:
        return None
    try:
        return {(sale.session.id, sale.module): sale for sale in sales.sales(ctx)}
    except ToolError as error:
        # Where the tables are not whole the chain says so, and better.
        if not found.causes(structure.PAYMENT):
            look.note(DATABASE, error.message, error.hint)
        return None


def _terms(ctx: Context) -> Terms:
    """The terms of the shop; where its rows cannot be asked, those that are usual."""
    return sales.sold_terms.or_none(ctx) or sales.terms(ctx)


def _with_items(
    bought: tuple[Bought, ...] | None, sold: Mapping[tuple[str, str | None], Sale]
) -> tuple[Bought, ...] | None:
    """The payments with the modules that only their line items name."""
    added = {sale.session.id: sale.session.added for sale in sold.values()}
    if bought is None:
        return None
    return tuple(
        replace(one, session=replace(one.session, modules=(*one.session.modules, *added[one.session.id])))
        if added.get(one.session.id)
        else one
        for one in bought
    )


def _module_ids(
    asked: str | None,
    bought: tuple[Bought, ...] | None,
    accesses: tuple[rows.Access, ...] | None,
    tokens: tuple[rows.Token, ...] | None,
    page: Page | None,
) -> set[str]:
    named = {module for one in bought or () for module in one.session.modules}
    named |= {row.module for row in accesses or () if row.module}
    named |= {token.module for token in tokens or () if token.module}
    return {
        storable(module) for module in (*named, *((asked,) if asked else ()), *(page.modules if page else ()))
    }


def _events(
    ctx: Context, look: Looker, bought: tuple[Bought, ...] | None
) -> tuple[tuple[Event, ...] | None, Endpoint | None]:
    if bought is None:
        return None, None
    return (
        look(EVENTS, lambda: read_events(ctx, bought)),
        look(ENDPOINT, lambda: read_endpoint(ctx)),
    )


def remark_of(ctx: Context) -> Callable[[Sale], str | None]:
    """What the doctor would say of a sale: metadata under another key, a grant that was refused."""

    def ask(sale: Sale) -> str | None:
        try:
            return remarks.keys_differ(ctx, [sale]) or remarks.refused_then(ctx, [sale])
        except ToolError:
            return None

    return ask


def handler_of(ctx: Context) -> Callable[[Payment], Result | None]:
    """Asks whether the handler, by what it did for all customers, is why a payment was not given.

    The payments of everybody are read for it, once, and only when it is asked.
    """

    def ask(session: Payment) -> Result | None:
        results = ctx.fact("failing-for-everybody", read)
        return next((result for result in results if structure.concerns(result, session)), None)

    def read() -> tuple[Result, ...]:
        everybody = Context(ctx.settings, timeout=ctx.timeout, terms=ctx.terms)
        try:
            return structure.failing_for_everybody(everybody)
        finally:
            everybody.close()

    return ask
