"""What a check gets: facts by name, each the same for the whole run, or why it could not be seen.

A fact is declared by a function. `fact` marks one that asks the systems of a run; `derived` one that only
works out what follows from other facts. Both are called the same way, with what the caller was given, and
both are found once in a run. In a run of the tool they are found live (facts/context.py); a test gives them
by hand, and then nothing is asked at all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar, cast

from iahome_fix.errors import ToolError

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Context, Rehearsing
    from iahome_fix.model import Finding, Fix, Result, Status
    from iahome_fix.profile import AppProfile
    from iahome_fix.settings import Settings
    from iahome_fix.systems.webhook_urls import Webhook

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Key = tuple[Hashable, ...]
"""A fact's name and what it was asked for with."""


class Seen(Protocol):
    """All that a check may look at: no connection, no clock, no thread, no way to wait."""

    @property
    def settings(self) -> Settings:
        """The operator's configuration."""

    @property
    def profile(self) -> AppProfile:
        """The version of the app that the run is about."""

    @property
    def webhook(self) -> Webhook:
        """Where the site's app takes Stripe's events."""

    @property
    def terms(self) -> Terms | None:
        """What the operator chose of the length of an access, None for what is usual."""

    @property
    def rehearsing(self) -> Rehearsing | None:
        """That sales are made and taken back, None for a run that only reads."""

    @property
    def timeout(self) -> float:
        """Seconds that one system had to answer one question."""

    @property
    def only_data_api(self) -> bool:
        """Is the Data API the only way to the project that is configured, or that is open?"""

    @property
    def results(self) -> Mapping[str, Result]:
        """What the checks said that this one needs or takes into account."""

    def status(self, check_id: str) -> Status | None:
        """What such a check said; None where it is not part of the run."""

    def failed(self, *check_ids: str) -> tuple[str, ...]:
        """Those of the checks that fail."""

    def fix(self, *words: str, undoable: bool = False) -> Fix:
        """The next command, with the same env files as this run."""

    def see(self, fact: Fact[Any, T], args: Key) -> T:
        """A fact, or the error that says why it could not be seen. Checks call the fact itself."""

    def at_once(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """What the jobs give, in their order, where several facts are asked for at the same time."""


class Fact(Generic[P, T_co]):
    """One thing to know. Called with what a check was given, it is the value, or raises why there is none."""

    def __init__(self, find: Callable[Concatenate[Any, P], T_co], *, asks: bool) -> None:
        self.find = find
        self.asks = asks
        self.name = f"{find.__module__.rpartition('.')[2]}.{find.__name__}"
        self.__doc__ = find.__doc__
        self._signature = inspect.signature(find)
        self._places = len(self._signature.parameters) - 1

    def __call__(self, seen: Seen, *args: P.args, **kwargs: P.kwargs) -> T_co:
        return seen.see(self, self._given(seen, args, kwargs))

    def or_why(self, seen: Seen, *args: P.args, **kwargs: P.kwargs) -> T_co | ToolError:
        """The value, or the error that says why it could not be seen."""
        try:
            return self(seen, *args, **kwargs)
        except ToolError as error:
            return error

    def or_none(self, seen: Seen, *args: P.args, **kwargs: P.kwargs) -> T_co | None:
        """The value, or None where it could not be seen: for who goes on without it and says so."""
        found = self.or_why(seen, *args, **kwargs)
        return None if isinstance(found, ToolError) else found

    def key(self, *args: Any, **kwargs: Any) -> Key:
        """By what the fact is known that is asked for with these."""
        return self.key_of(self._given(None, args, kwargs))

    def key_of(self, args: Key) -> Key:
        """The same, of arguments as `Seen.see` takes them."""
        return (self.name, *(frozen(one) for one in args))

    def _given(self, seen: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Key:
        """The arguments by place, with those that stand for themselves: one fact has one key."""
        if not kwargs and len(args) == self._places:
            return tuple(args)
        bound = self._signature.bind(seen, *args, **kwargs)
        bound.apply_defaults()
        return bound.args[1:]

    def known(self, run: Context, *args: P.args, **kwargs: P.kwargs) -> T_co | None:
        """The value, where it was found in this run; None where nobody asked, or it could not be seen."""
        return cast("T_co | None", run.known(self.key(*args, **kwargs)))

    def __repr__(self) -> str:
        return self.name


def fact(find: Callable[Concatenate[Any, P], T_co]) -> Fact[P, T_co]:
    """Declare what is asked of the systems. `find` gets the run (Context) and what is asked for."""
    return Fact(find, asks=True)


def derived(find: Callable[Concatenate[Any, P], T_co]) -> Fact[P, T_co]:
    """Declare what follows from other facts alone. `find` gets what a check gets (Seen)."""
    return Fact(find, asks=False)


def frozen(value: Any) -> Hashable:
    """A value as a part of a key: objects and lists by what they hold."""
    if isinstance(value, Mapping):
        return tuple(sorted((str(name), frozen(one)) for name, one in value.items()))
    if isinstance(value, (list, tuple)):
        return tuple(frozen(one) for one in value)
    return cast("Hashable", value)


Run = Callable[["Seen"], "Finding"]
"""A check: a function from what was seen to a finding."""
