"""The parts of the app in its source: the page, the webhook's handler, and what each of them reaches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from iahome_fix.errors import CouldNotTell, ToolError
from iahome_fix.facts.context import Context
from iahome_fix.facts.seen import Seen, derived, fact
from iahome_fix.facts.webhook import judged_url
from iahome_fix.i18n import _
from iahome_fix.profile import AppProfile
from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.lexer import Sort
from iahome_fix.source.tables import TableUse, tables_of

_OWN_ROUTE = re.compile(r"(?:\A|\$\{\}|\Ahttps?://[^/]+)(/api/[\w./-]*[\w-])")
_REQUESTS = ("fetch", "axios", "post", "get", "ky", "got")


@dataclass(frozen=True)
class App:
    """The checkout and its parts, found by the places that `profile` gives; one that is not there is None."""

    profile: AppProfile
    checkout: Checkout
    page: SourceFile | None
    handler: SourceFile | None
    other_handlers: tuple[SourceFile, ...]
    of_page: tuple[SourceFile, ...]
    of_handler: tuple[SourceFile, ...]
    tables: tuple[TableUse, ...]

    def page_tables(self) -> tuple[TableUse, ...]:
        return self._within(self.of_page)

    def handler_tables(self) -> tuple[TableUse, ...]:
        return self._within(self.of_handler)

    def _within(self, files: tuple[SourceFile, ...]) -> tuple[TableUse, ...]:
        paths = {file.path for file in files}
        return tuple(use for use in self.tables if use.file.path in paths)


def keep(ctx: Context, read: Checkout) -> None:
    """Give the run the checkout that its source checks are to read."""
    ctx.fact(checkout.key(), lambda: read)


def given(ctx: Seen) -> Checkout | None:
    """The checkout that the run was given, None without one."""
    found = checkout.or_why(ctx)
    return None if isinstance(found, ToolError) else found


@fact
def checkout(ctx: Context) -> Checkout:  # noqa: ARG001 - whoever has one gives it to the run
    """The checkout that the run was given. Raises CouldNotTell without one."""
    raise CouldNotTell("no-source", _("no checkout of the app was given (doctor --app)"))


@derived
def app(ctx: Seen) -> App:
    """The parts of the app. Raises CouldNotTell without a checkout."""
    return _parts(ctx, checkout(ctx))


def handler(found: App) -> SourceFile:
    """The webhook's handler. Raises CouldNotTell when the source has none."""
    if found.handler is None:
        raise CouldNotTell(
            "no-handler",
            _(
                "the source has no webhook handler: no route {path}, and none that verifies a signature"
            ).format(path=found.profile.handler.path),
        )
    return found.handler


def own_routes(checkout: Checkout, file: SourceFile) -> Iterator[tuple[str, int, SourceFile]]:
    """The app's own routes that the file asks over HTTP: address, line, and the file behind it."""
    for stream in file.streams:
        for word in _REQUESTS:
            for bracket in stream.calls(word):
                for token in stream.tokens[bracket : stream.end(bracket)]:
                    match = (
                        _OWN_ROUTE.search(token.value) if token.sort in (Sort.TEXT, Sort.TEMPLATE) else None
                    )
                    target = checkout.at_route(match[1]) if match else None
                    if match and target is not None and target is not file:
                        yield match[1], token.line, target


def _parts(ctx: Seen, checkout: Checkout) -> App:
    page = checkout.at_route(ctx.profile.page.path)
    handlers = _handlers(ctx, checkout)
    chosen = handlers[0] if handlers else None
    return App(
        ctx.profile,
        checkout,
        page,
        chosen,
        handlers[1:],
        _reached(checkout, page) if page else (),
        _reached(checkout, chosen) if chosen else (),
        tables_of(checkout),
    )


def _handlers(ctx: Seen, checkout: Checkout) -> tuple[SourceFile, ...]:
    """The routes that take Stripe's events, first the one that Stripe posts to."""
    expected = ctx.profile.handler.path
    known = ctx.profile.handler.paths
    found = [
        file
        for file in checkout
        if file.route is not None
        and file.route.startswith("/api/")
        and (file.route in known or "constructEvent" in file.text)
    ]
    asked = expected
    if len(found) > 1:
        # Only the deployed app can say which of several is the one; its answer is shared with link site.
        try:
            asked = urlsplit(judged_url(ctx)).path.rstrip("/")
        except (ToolError, ValueError):
            asked = expected
    order = {route: place for place, route in enumerate((asked, *known))}
    return tuple(sorted(found, key=lambda file: (order.get(file.route or "", len(order)), file.path)))


def _reached(checkout: Checkout, start: SourceFile) -> tuple[SourceFile, ...]:
    """The file, what it imports, and the app's own routes that any of these asks."""
    found: dict[str, SourceFile] = {}
    waiting = [start]
    while waiting:
        fresh = [f for f in checkout.reached_from(*waiting) if f.path not in found]
        found |= {file.path: file for file in fresh}
        waiting = [
            target
            for file in fresh
            if "/api/" in file.text
            for _route, _line, target in own_routes(checkout, file)
            if target.path not in found
        ]
    return tuple(found.values())
