"""What the parts of this folder share: the handler, and a fault in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from iahome_fix.source.edits import Edit
from iahome_fix.source.files import Checkout, SourceFile
from iahome_fix.source.following import Exports, Follower, Placed
from iahome_fix.source.nodes import Node, arguments, literal, parameters, plain, text_of
from iahome_fix.source.routes import Sort
from iahome_fix.source.tables import TableUse

VERIFIES = ("constructEvent", "constructEventAsync")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")


@dataclass(frozen=True)
class Fault:
    """Something in the source that keeps events from being served, or may.

    Attributes:
        at: where.
        sentence: what is wrong, with the place in it.
        serious: whether it does so for certain.
        edits: the corrected lines, where they can be written down.
        whole: whether it rests on something that the whole file lacks.
        unanswered: whether it is about an error that ends in the answer 200.
    """

    at: Placed
    sentence: str
    serious: bool = True
    edits: tuple[Edit, ...] = ()
    whole: bool = False
    unanswered: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether it rests on a place that the parser could not read."""
        node = self.at.node
        if not self.whole:
            while node.parent is not None and node.parent.parent is not None:
                node = node.parent
        return node.broken


@dataclass(frozen=True)
class Handler:
    """The webhook's handler.

    Attributes:
        files: the handler's file, and what it imports.
        uses: the tables that these files name.
        page_tables: the tables that the page reads.
        parts: the code that runs when the handler does.
        stays_up: whether the app is known to run as a server that goes on after an answer.
    """

    file: SourceFile
    checkout: Checkout
    follower: Follower
    files: tuple[SourceFile, ...]
    uses: tuple[TableUse, ...] = ()
    page_tables: frozenset[str] = field(default_factory=frozenset)
    stays_up: bool = False
    parts: tuple[Placed, ...] = ()

    @cached_property
    def in_app_router(self) -> bool:
        return self.file.placed is not None and self.file.placed.sort in (Sort.APP_ROUTE, Sort.APP_PAGE)

    @cached_property
    def exports(self) -> Exports:
        return self.follower.exports(self.file)

    @cached_property
    def entry(self) -> Placed | None:
        """The function that is given the event; None where it cannot be told."""
        found = self.follower.exported(self.file, "POST" if self.in_app_router else "default")
        return self.follower.declared(found) if found is not None else None

    @cached_property
    def wrapped(self) -> tuple[Placed, ...]:
        """The functions that the entry's maker is given, which it calls with the event or the request."""
        found = self.follower.exported(self.file, "POST" if self.in_app_router else "default")
        entry = self.entry
        if found is None or entry is None:
            return ()
        return tuple(
            function
            for value in self.follower.values(found)
            if value.node.kind == "call_expression"
            for given in arguments(value.node)
            if (function := self.follower.declared(Placed(value.file, given))) is not None
            and function.node is not entry.node
        )

    @cached_property
    def edge(self) -> Placed | None:
        """Where the edge runtime is chosen; None where it is not."""
        for name in ("runtime", "config"):
            found = self.follower.exported(self.file, name)
            if found is None:
                continue
            made = literal(found.node)
            entry = made.get("runtime") if made is not None and not self.in_app_router else None
            value = found.node if name == "runtime" else entry.value if entry is not None else None
            if text_of(value) in ("edge", "experimental-edge"):
                return found
        return None

    @property
    def answers_by_response(self) -> bool:
        """Whether it is given a Request of the fetch standard, and returns a Response."""
        return self.in_app_router or self.edge is not None

    def setting(self, name: str) -> str | None:
        """The string that the handler's file exports under a name, as `dynamic`."""
        found = self.follower.exported(self.file, name)
        return text_of(found.node) if found is not None else None

    def request(self) -> Node | None:
        """The pattern of the entry's first parameter."""
        given = parameters(self.entry.node) if self.entry is not None else []
        return plain(given[0]) if given else None
