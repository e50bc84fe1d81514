"""Facts that a test gives by hand: nothing is asked, and what was not given is a mistake of the test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from iahome_fix.checks.registry import check
from iahome_fix.facts.queries import of_database, of_rows, records
from iahome_fix.facts.seen import Fact, Key
from iahome_fix.model import Finding, Fix, Result, Status
from iahome_fix.systems.webhook_urls import Webhook

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Rehearsing
    from iahome_fix.model import Check
    from iahome_fix.profile import AppProfile
    from iahome_fix.settings import Settings

T = TypeVar("T")
Given = Mapping[Key, Any]
"""Facts by what they are known by; one that is known by its name alone is the same whatever it is asked with.
An exception says why the fact could not be seen."""


class NotGiven(BaseException):
    """A check asked for what the test did not give. Nobody takes that for an error of a check."""


@dataclass(frozen=True)
class By:
    """A fact that depends on what it is asked with."""

    answer: Callable[..., Any]


class ByHand:
    """What a check gets, from hand-made facts (`Seen`)."""

    def __init__(
        self,
        one: Check,
        given: Given,
        *,
        settings: Settings,
        results: Mapping[str, Finding] | None = None,
        terms: Terms | None = None,
        rehearsing: Rehearsing | None = None,
        only_data_api: bool = False,
        timeout: float = 10.0,
    ) -> None:
        """`results`: what other checks said; those that the check does not name may not be asked for."""
        self.settings = settings
        self.terms = terms
        self.rehearsing = rehearsing
        self.only_data_api = only_data_api
        self.timeout = timeout
        self.read: dict[Key, Any] = {}
        self._named = (*one.needs, *one.after, *one.beside)
        self._given = given
        self._derived: dict[Key, Any] = {}
        self.results: Mapping[str, Result] = {
            other: Result(check(other, other)(_silent), found) for other, found in (results or {}).items()
        }
        assert {*self.results} <= {*self._named}, "the check does not name these"

    @property
    def profile(self) -> AppProfile:
        return self.settings.profile

    @property
    def webhook(self) -> Webhook:
        return Webhook(self.settings.site_url, self.profile.handler)

    def status(self, check_id: str) -> Status | None:
        if check_id not in self._named:
            raise NotGiven(f"{check_id} is not among what the check names")
        result = self.results.get(check_id)
        return result.status if result else None

    def failed(self, *check_ids: str) -> tuple[str, ...]:
        return tuple(i for i in check_ids if self.status(i) is Status.FAIL)

    def fix(self, *words: str, undoable: bool = False) -> Fix:
        return Fix(self.settings.command(*words), undoable)

    def forget(self) -> None:
        """As if nothing had been asked yet."""
        self.read.clear()
        self._derived.clear()

    def at_once(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        return [job() for job in jobs]

    def see(self, fact: Fact[Any, T], args: Key) -> T:
        key = fact.key_of(args)
        place = next((key[:length] for length in (len(key), 2, 1) if key[:length] in self._given), None)
        if place is None and not fact.asks:
            if key not in self._derived:
                self._derived[key] = fact.find(self, *args)
            return cast("T", self._derived[key])
        if place is None:
            raise NotGiven(f"{fact} was asked for with {args}, and not given")
        value = self._given[place]
        if isinstance(value, By):
            value = value.answer(*args)
        self.read[place] = value
        if isinstance(value, Exception):
            raise value
        return cast("T", value)


def _silent(_seen: object) -> Finding:
    raise NotGiven("what another check said is given, not found")


def database(query: str, *rows: Mapping[str, Any]) -> dict[Key, Any]:
    """That a query of the catalog has these rows, whatever it is asked with."""
    return {of_database.key_of((query,)): records(query, rows)}


def rows(query: str, *found: Mapping[str, Any]) -> dict[Key, Any]:
    """That a query of the app's tables has these rows, whatever it is asked with."""
    return {of_rows.key_of((query,)): records(query, found)}


def given(fact: Fact[Any, Any], *args: Any, be: Any) -> dict[Key, Any]:
    """That a fact is so; without arguments: whatever it is asked with."""
    return {fact.key_of(args): be}
