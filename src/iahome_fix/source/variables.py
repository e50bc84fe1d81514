"""Which variables of the environment the handler and the page read, and for what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iahome_fix.settings import names
from iahome_fix.source.app import App
from iahome_fix.source.clients import (
    SERVER,
    Origin,
    SupabaseClient,
    client_of,
    clients_of,
    origin_of,
    role_by_name,
)
from iahome_fix.source.files import Checkout
from iahome_fix.source.following import Placed
from iahome_fix.source.handling.model import Handler
from iahome_fix.source.handling.tracing import verifications
from iahome_fix.source.known_tables import BESIDE
from iahome_fix.source.nodes import arguments, function_around, receiver
from iahome_fix.source.reach import Reach
from iahome_fix.source.routes import Sort
from iahome_fix.source.tables import TableUse, function_calls

# Each comment can be read in one way only: a banner of slashes would take for ever otherwise.
_DIRECTIVE = re.compile(r"""\A(?:\s|//[^\n]*\n|/\*(?:[^*]|\*(?!/))*\*/|;)*['"]use client['"]""")


@dataclass(frozen=True)
class Read:
    """What is read from the environment.

    Attributes:
        meaning: the canonical name of what is wanted.
        names: the variables that are asked for, the first that is set counts.
        at: where the first of them stands.
        first: whether whatever is sent to the handler meets it, be it only that the file is loaded.
    """

    meaning: str
    names: tuple[str, ...]
    at: Placed
    first: bool


def read_by_handler(app: App) -> tuple[Read, ...]:
    """The secret, keys and address that the handler reads. Raises CouldNotTell without a handler."""
    handling = app.handling()
    found: dict[tuple[str, tuple[str, ...]], Read] = {}
    for one in (*_of_stripe(handling), *_of_clients(handlers_clients(app))):
        found.setdefault((one.meaning, one.names), one)
    return tuple(found.values())


def read_by_page(app: App) -> tuple[Read, ...]:
    """What the page's scripts read: of every client that is made when a visitor's browser loads them."""
    files = app.checkout.reached_from(*(file for file in app.of_page if _DIRECTIVE.match(file.text)))
    made = [*clients_of(app.follower, files), *_of_component(app)]
    return tuple(one for one in _of_clients(made) if one.first)


def _of_component(app: App) -> Iterator[SupabaseClient]:
    """In the pages router: the clients that the component needs. What only getServerSideProps and its like
    use is taken out of what a browser loads (Next.js, getServerSideProps).
    """
    page = app.page
    if page is None or page.placed is None or page.placed.sort is not Sort.PAGE:
        return
    component = app.follower.exported(page, "default")
    if component is None:
        return
    reach = Reach(app.follower, component)
    loaded = {part.file.path: part.file for part in reach.parts if part.file is not page}
    yield from clients_of(app.follower, app.checkout.reached_from(*loaded.values()))
    for client in clients_of(app.follower, (page,)):
        if client.call is not None and reach.covers(Placed(page, client.call)):
            yield client


def renamed(checkout: Checkout, name: str) -> frozenset[str]:
    """The variables that stand for a name in the source: `NAME: process.env.OTHER`."""
    pattern = re.compile(rf"\b{re.escape(name)}['\"]?\s*:\s*process\.env\.(\w+)")
    return frozenset(other for file in checkout if name in file.text for other in pattern.findall(file.text))


def _of_stripe(handling: Handler) -> Iterator[Read]:
    for call in verifications(handling):
        given = arguments(call.node)
        if len(given) > 2:
            origin = origin_of(handling.follower, Placed(call.file, given[2]))
            yield from _read(names.SIGNING_KEY, origin, first=True)
    for file in handling.files:
        for node in file.tree.walk() if "new Stripe" in file.text else ():
            made = node.get("constructor") if node.kind == "new_expression" else None
            given = arguments(node) if made is not None and made.text == "Stripe" else []
            first = function_around(node) is None
            if given and (first or any(node.within(part.node) for part in handling.parts)):
                origin = origin_of(handling.follower, Placed(file, given[0]))
                yield from _read(names.STRIPE_KEY, origin, first=first)


def _of_clients(made: Iterable[SupabaseClient]) -> Iterator[Read]:
    for client in made:
        first = client.call is not None and function_around(client.call) is None
        yield from _read(names.SUPABASE_URL, client.address, first=first)
        if client.key is not None and client.key.variables:
            servers = role_by_name(client.key.variables[0]) == SERVER
            yield from _read(names.SERVICE_KEY if servers else names.ANON_KEY, client.key, first=first)


def _read(meaning: str, origin: Origin | None, *, first: bool) -> Iterator[Read]:
    """One that has no text of its own where no variable is set."""
    if origin is not None and origin.variables and not origin.text and origin.node is not None:
        yield Read(meaning, origin.variables, origin.node, first)


def handlers_clients(app: App) -> tuple[SupabaseClient, ...]:
    """The clients that the handler writes through, or asks where it writes nothing; where none can be
    followed, those of what it imports.
    """
    handling = app.handling()
    uses = [use for use in handling.uses if use.writes and use.table not in BESIDE] or list(handling.uses)
    found: dict[str, SupabaseClient] = {}
    for at in (*(Placed(use.file, use.client) for use in uses), *_through_functions(handling, uses)):
        client = client_of(app.follower, at, handling.files)
        if client is not None:
            found[client.where] = client
    if not found and uses:
        made = clients_of(app.follower, handling.files)
        found = {client.where: client for client in made} if len({c.role for c in made}) == 1 else {}
    return tuple(found.values())


def _through_functions(handling: Handler, uses: list[TableUse]) -> Iterator[Placed]:
    """The clients of `.rpc(…)`, where the handler writes no table by itself."""
    if any(use.writes for use in uses):
        return
    for call in function_calls(handling.files):
        client = receiver(call.node)
        if client is not None:
            yield Placed(call.file, client)
