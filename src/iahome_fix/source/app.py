"""The parts of the app in its source: the page, the webhook's handler, and what each of them reaches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from iahome_fix.errors import CouldNotTell, MissingExtra, ToolError
from iahome_fix.facts.context import Context
from iahome_fix.facts.seen import Seen, derived, fact
from iahome_fix.facts.shop import HANDLER_WRITES, PAGE_READS
from iahome_fix.facts.webhook import judged_url
from iahome_fix.i18n import _
from iahome_fix.profile import AppProfile
from iahome_fix.profile.model import TABLES
from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.following import Follower, Placed
from iahome_fix.source.handling.model import Handler
from iahome_fix.source.nodes import arguments, calls, template_of
from iahome_fix.source.reach import Reach
from iahome_fix.source.routes import NextApp, Sort, base_of
from iahome_fix.source.tables import TableUse, tables_of
from iahome_fix.systems.stripe_objects import COMPLETED

_OWN_ROUTE = re.compile(r"(?:\A|\$\{\}|\Ahttps?://[^/]+)(/api/[\w./-]*[\w-])")
_REQUESTS = ("fetch", "axios", "post", "get", "ky", "got", "request")
_VERIFIES = re.compile(r"\bconstructEvent(?:Async)?\b")
_STRIPE = re.compile(r"stripe", re.IGNORECASE)
_STRIPES = re.compile(r"stripe-signature", re.IGNORECASE)
_MOST_IMPORTS = 3


@dataclass(frozen=True)
class App:
    """The checkout and its parts, found by the places that `profile` gives; one that is not there is None.

    Attributes:
        checkout: the files of the app that is judged; `whole`: those of other apps, too.
        misplaced: files that verify Stripe's events and are no route, so that nothing reaches them.
    """

    profile: AppProfile
    whole: Checkout
    checkout: Checkout
    page: SourceFile | None
    handler: SourceFile | None
    other_handlers: tuple[SourceFile, ...]
    of_page: tuple[SourceFile, ...]
    of_handler: tuple[SourceFile, ...]
    tables: tuple[TableUse, ...]
    follower: Follower
    misplaced: tuple[SourceFile, ...] = ()

    @property
    def root(self) -> str:
        """The folder of the app that is judged."""
        return self.checkout.judged.root if self.checkout.judged else ""

    def page_tables(self) -> tuple[TableUse, ...]:
        return self._within(self.of_page)

    def handler_tables(self) -> tuple[TableUse, ...]:
        return self._within(self.of_handler)

    def shown(self) -> tuple[TableUse, ...]:
        """What the page runs: of its own folder, of the routes that it asks, and by name through imports."""
        page = self.page
        if page is None:
            return ()
        entry = self.follower.exported(page, "default")
        reach = Reach(self.follower, entry) if entry is not None else None
        return tuple(
            use
            for use in self.page_tables()
            if reach is None
            or use.file.folder == page.folder
            or use.file.folder.startswith(page.folder + "/")
            or use.file.placed is not None
            or reach.covers(Placed(use.file, use.node))
        )

    def _within(self, files: tuple[SourceFile, ...]) -> tuple[TableUse, ...]:
        paths = {file.path for file in files}
        return tuple(use for use in self.tables if use.file.path in paths)

    def handling(self) -> Handler:
        """The handler with what it reaches by imports. Raises CouldNotTell when the source has none."""
        file = handler(self)
        files = self.checkout.reached_from(file)
        paths = {one.path for one in files}
        found = Handler(
            file,
            self.checkout,
            self.follower,
            files,
            tuple(use for use in self.tables if use.file.path in paths),
            frozenset(use.table for use in self.page_tables() if use.reads),
            self.checkout.manifests.stays_up(self.root),
        )
        if found.entry is None:
            return found
        # What stands in the same files, and is not run by the handler, is somebody else's.
        reach = Reach(self.follower, found.entry, *found.wrapped)
        uses = tuple(use for use in found.uses if reach.covers(Placed(use.file, use.node)))
        return replace(found, uses=uses, parts=reach.outermost())


def keep(ctx: Context, read: Checkout) -> None:
    """Give the run the checkout that its source checks are to read."""
    ctx.fact(checkout.key(), lambda: read)
    profile = ctx.settings.profile
    ctx.fact(PAGE_READS, lambda: _used_by(read, (profile.page.path,), lambda use: use.reads))
    ctx.fact(HANDLER_WRITES, lambda: _used_by(read, profile.handler.paths, lambda use: use.adds))


def _used_by(read: Checkout, routes: Iterable[str], used: Callable[[TableUse], bool]) -> frozenset[str]:
    """The tables of accesses, of whatever version, that what answers at these routes uses so.

    None without the parser, which the checks of the source say.
    """
    starts = [file for route in routes if (file := read.at_route(route)) is not None]
    try:
        files = {file.path: file for start in starts for file in _reached(read, start)}
        uses = tables_of(replace(read, files=files)) if files else ()
    except MissingExtra:
        return frozenset()
    return frozenset(use.table for use in uses if used(use) and use.table in TABLES)


def given(ctx: Seen) -> Checkout | None:
    """The checkout that the run was given, None without one."""
    return checkout.or_none(ctx)


@fact
def checkout(ctx: Context) -> Checkout:  # noqa: ARG001 - whoever has one gives it to the run
    """The checkout that the run was given. Raises CouldNotTell without one."""
    raise CouldNotTell("no-source", _("no checkout of the app was given (doctor --app)"))


@derived
def app(ctx: Seen) -> App:
    """The parts of the app. Raises CouldNotTell without a checkout, MissingExtra without the parser."""
    return _parts(ctx, checkout(ctx))


def handler(found: App) -> SourceFile:
    """The webhook's handler. Raises CouldNotTell when the source has none."""
    if found.handler is not None:
        return found.handler
    if found.misplaced:
        raise CouldNotTell(
            "no-handler",
            _("{path} verifies events, but is no route of Next.js").format(path=found.misplaced[0].path),
        )
    raise CouldNotTell(
        "no-handler",
        _("the source has no webhook handler: no route {path}, and none that verifies a signature").format(
            path=found.profile.handler.path
        ),
    )


def own_routes(checkout: Checkout, file: SourceFile) -> Iterator[tuple[str, int, SourceFile]]:
    """The app's own routes that the file asks over HTTP: address, line, and the file behind it."""
    if "/api/" not in file.text:
        return
    for call in calls(file.tree, *_REQUESTS):
        for given in arguments(call):
            for part in given.walk():
                text = template_of(part) if part.kind in ("string", "template_string") else None
                match = _OWN_ROUTE.search(text) if text else None
                target = checkout.at_route(match[1]) if match else None
                if match and target is not None and target is not file:
                    yield match[1], part.line, target


def _parts(ctx: Seen, whole: Checkout) -> App:
    judged = _judged(whole, ctx.profile)
    checkout = whole.narrowed(judged) if judged is not None else whole
    page = checkout.at_route(ctx.profile.page.path)
    handlers = _handlers(ctx, checkout)
    chosen = handlers[0] if handlers else None
    follower = Follower(checkout)
    return App(
        ctx.profile,
        whole,
        checkout,
        page,
        chosen,
        handlers[1:],
        _reached(checkout, page) if page else (),
        _reached(checkout, chosen) if chosen else (),
        tables_of(checkout, follower),
        follower,
        () if handlers else tuple(_misplaced(checkout)),
    )


def _judged(checkout: Checkout, profile: AppProfile) -> NextApp | None:
    """Of several apps the one with the webhook's handler, by the profile's places first."""
    if len(checkout.apps) < 2:
        return checkout.apps[0] if checkout.apps else None

    def worth(app: NextApp) -> tuple[bool, bool, bool]:
        own = [file for file in checkout if file.app == app]
        routes = {file.route for file in own if file.route is not None}
        verifies = any(_verifies(file) for file in own if file.placed is not None)
        reaches = verifies or any(_is_handler(checkout, file) for file in own)
        return bool(routes & set(profile.handler.paths)), reaches, profile.page.path in routes

    return max(checkout.apps, key=worth)


def _handlers(ctx: Seen, checkout: Checkout) -> tuple[SourceFile, ...]:
    """The routes that take Stripe's events, first the one that Stripe posts to."""
    expected = ctx.profile.handler.path
    known = ctx.profile.handler.paths
    found = [file for file in checkout if file.route in known or _is_handler(checkout, file)]
    asked = expected
    if len(found) > 1:
        # Only the deployed app can say which of several is the one; its answer is shared with link site.
        try:
            asked = urlsplit(judged_url(ctx)).path.rstrip("/")
        except (ToolError, ValueError):
            asked = expected
    order = {route: place for place, route in enumerate((asked, *known))}

    def rank(file: SourceFile) -> tuple[int, bool, bool, str]:
        sells = COMPLETED in file.text or any(COMPLETED in other.text for _s, other in checkout.imports(file))
        return order.get(file.route or "", len(order)), not _verifies(file), not sells, file.path

    return tuple(sorted(found, key=rank))


def _verifies(file: SourceFile) -> bool:
    """Whether a file verifies Stripe's events; others have functions of that name, too."""
    return _VERIFIES.search(file.text) is not None and _STRIPE.search(file.text) is not None


def _is_handler(checkout: Checkout, file: SourceFile) -> bool:
    """Whether a file is a route that verifies Stripe's events, by itself or in what it imports."""
    if file.placed is None or file.placed.sort is Sort.APP_PAGE:
        return False
    if _verifies(file):
        return True
    if file.placed.sort is Sort.PAGE or not ("webhook" in file.path.lower() or "stripe" in file.text.lower()):
        return False
    if _STRIPES.search(file.text):
        return True
    waiting = [(file, 0)]
    seen = {file.path}
    while waiting:
        one, depth = waiting.pop()
        for _specifier, other in checkout.imports(one):
            if other.path in seen or depth >= _MOST_IMPORTS:
                continue
            seen.add(other.path)
            if _verifies(other) and "webhook" in file.path.lower():
                return True
            waiting.append((other, depth + 1))
    return False


def _misplaced(checkout: Checkout) -> Iterator[SourceFile]:
    """Files in the folders of routes that verify events, and are no route."""
    for file in checkout:
        if file.app is None or file.placed is not None or not _verifies(file):
            continue
        inside = file.app.inside(file.path) or ""
        if base_of(inside, ("app", "pages", "src/app", "src/pages")) is not None:
            yield file


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
            for _route, _line, target in own_routes(checkout, file)
            if target.path not in found
        ]
    return tuple(found.values())
