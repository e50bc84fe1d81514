"""What the app's checkout writes into the metadata of a Checkout Session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property


class Says(Enum):
    """What stands under a key of the metadata."""

    ADDRESS = auto()
    """The buyer's e-mail address."""
    USER = auto()
    """The id of the buyer's profile."""
    MODULES = auto()
    """Ids of modules, with commas between them."""
    MODULE = auto()
    """The id of one module."""
    ITEMS = auto()
    """A JSON list of ids, or of objects with one."""
    TITLE = auto()
    """The module's title."""
    COUNT = auto()
    """How many items were sold."""
    TOTAL = auto()
    """What they cost, in units of the currency, as text."""
    PACK = auto()
    """Something that only a sale of usage tokens has, which gives no module."""
    KIND = auto()
    """What kind of sale it is."""
    CIRCUMSTANCE = auto()
    """How the sale was made (a test, an environment): nothing about buyer or goods."""


@dataclass(frozen=True)
class Key:
    """A key of the metadata, and what it says."""

    name: str
    says: Says


_OF_ANYBODY = (Says.USER, Says.KIND, Says.CIRCUMSTANCE)
"""Any program may write these, so that they do not tell the app's checkout."""


@dataclass(frozen=True)
class CheckoutKeys:
    """The keys of the metadata.

    A payment is due what it says, whichever version of the checkout wrote it: `known` therefore has the keys
    of every version, while `written` and `read` are those of one.

    Attributes:
        known: every key, those that say the same in the order in which they are asked.
        item_ids: under which key an object of a JSON list of items has the module's id, best first.
        pack_kind: what the key of the kind says of a sale of usage tokens.
        written: what the checkout of this profile writes, in its order.
        read: the keys by which the handler of this profile learns what was sold.
    """

    known: tuple[Key, ...]
    item_ids: tuple[str, ...]
    pack_kind: str
    written: tuple[str, ...]
    read: tuple[str, ...]

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """The keys of an address."""
        return self._that_say(Says.ADDRESS)

    @cached_property
    def users(self) -> tuple[str, ...]:
        """The keys of the buyer's profile."""
        return self._that_say(Says.USER)

    @cached_property
    def module_lists(self) -> tuple[str, ...]:
        """The keys of ids with commas between them."""
        return self._that_say(Says.MODULES)

    @cached_property
    def single_modules(self) -> tuple[str, ...]:
        """The keys of one id."""
        return self._that_say(Says.MODULE)

    @cached_property
    def item_lists(self) -> tuple[str, ...]:
        """The keys of a JSON list."""
        return self._that_say(Says.ITEMS)

    @cached_property
    def modules(self) -> tuple[str, ...]:
        """Every key that names what was sold: those that the handler reads first."""
        named = (*self.module_lists, *self.single_modules, *self.item_lists)
        return (*self.read, *(name for name in named if name not in self.read))

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The keys of the kind of sale."""
        return self._that_say(Says.KIND)

    @cached_property
    def packs(self) -> frozenset[str]:
        """The keys that only a sale of usage tokens has."""
        return frozenset(self._that_say(Says.PACK))

    @cached_property
    def own(self) -> frozenset[str]:
        """The keys by which a session is known as one of the app's checkout."""
        return frozenset(key.name for key in self.known if key.says not in _OF_ANYBODY)

    def _that_say(self, what: Says) -> tuple[str, ...]:
        return tuple(key.name for key in self.known if key.says is what)
