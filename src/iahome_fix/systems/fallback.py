"""Which way to the database is taken, where more than one is configured and the first one is closed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from iahome_fix.i18n import _
from iahome_fix.settings import database_address, names
from iahome_fix.settings.model import PassedOver
from iahome_fix.systems.database_errors import DatabaseUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from iahome_fix.errors import ToolError
    from iahome_fix.settings import Settings
    from iahome_fix.systems.database import Database, Login, Params, Question, Row
    from iahome_fix.systems.rehearsal import SaleToTry, Tried
    from iahome_fix.systems.wave import Answer

T = TypeVar("T")

_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

UNREADABLE = "database-url"
"""The reason where the database URL cannot be read, and the code of the error that says so."""
_OF_THE_MOMENT = ("lost", "slow", "not-tried", "busy", "rate-limit", "too-large")
"""What says nothing about the way itself."""


@dataclass(frozen=True)
class Way:
    """A way to the database: its variable, and where it leads, for a person. `sql`: whether it takes any SQL,
    and so does all that the database URL does."""

    variable: str
    label: str
    sql: bool


def is_closed(error: DatabaseUnreachable) -> bool:
    """Whether no session can be had this way at all, so that another one may be taken."""
    return error.reason not in _OF_THE_MOMENT


def as_closed(error: ToolError) -> DatabaseUnreachable | None:
    """The error as that of a closed way; None for one that says nothing about the way, or that a way which is
    open must not get around (a URL of another project)."""
    if isinstance(error, DatabaseUnreachable):
        return error if is_closed(error) else None
    if error.code in (UNREADABLE, "missing-credential"):
        return DatabaseUnreachable(error.code, error.message, error.hint)
    return None


def first_way(settings: Settings) -> str | None:
    """The variable of the way to SQL that is taken; None where none is left."""
    if settings.database_url:
        return names.DATABASE_URL
    return names.MANAGEMENT_KEY if settings.access_token else None


def next_way(settings: Settings) -> Way | None:
    """The way that comes after the one that is taken; None where there is no other."""
    first = first_way(settings)
    if first is None:
        return None
    left = replace(settings, passed_over=(*settings.passed_over, PassedOver(first, "", "", None)))
    if left.access_token and left.project_ref:
        label = _("SQL over the Management API ({label})").format(label=left.database_label)
        return Way(names.MANAGEMENT_KEY, label, sql=True)
    return data_api(settings)


def data_api(settings: Settings) -> Way | None:
    """The Data API with the server's key, where it is configured."""
    keys = settings.supabase_api_url and settings.service_role_key
    if not keys or settings.data_api_declared_absent:
        return None
    return Way(names.SERVICE_KEY, _("the Data API ({host})").format(host=settings.supabase_host), sql=False)


def is_same_project(settings: Settings) -> bool:
    """Whether the next way is known to lead to the database that the first one leads to.

    Another one may be meant by a database URL whose host says nothing of a project: a copy on this machine,
    for one, beside the address of the project that sells.
    """
    if first_way(settings) != names.DATABASE_URL:
        return True
    place = database_address.place(settings.text(names.DATABASE_URL) or "")
    if place.ref is not None:
        return place.ref == settings.project_ref
    token = next_way(settings)
    base = settings.management_api_url if token and token.sql else settings.supabase_api_url
    host = (urlsplit(base or "").hostname or "").lower()
    return host != "" and (host == place.host or {host, place.host} <= _THIS_MACHINE)


class Closed:
    """A database that cannot even be opened: whatever is asked of it is refused."""

    label = ""

    def __init__(self, refused: DatabaseUnreachable) -> None:
        self._refused = refused

    def __getattr__(self, name: str) -> Any:
        def refuse(*_given: object, **_named: object) -> Any:
            raise self._refused

        return refuse


class FirstThatAnswers:
    """A database for reading that goes over to a second way, once, where the first one gives no session.

    `refused`: what the first one said, None as long as it is used. Only for what reads: before a change the
    way is chosen (`iahome_fix.cli.way_in`), and kept.
    """

    def __init__(self, first: Database, second: Callable[[], Database]) -> None:
        self.refused: DatabaseUnreachable | None = None
        self._current = first
        self._second = second
        self._lock = threading.Lock()

    @property
    def label(self) -> str:
        return self._current.label

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
    ) -> list[Row]:
        """As Database.read."""
        return self._ask(lambda one: one.read(statement, params, login=login, patient=patient))

    def read_each(self, questions: Sequence[Question], *, patient: bool = False) -> list[Answer]:
        """As Database.read_each."""
        return self._ask(lambda one: one.read_each(questions, patient=patient))

    def attempt(self, statement: str, *, login: Login) -> None:
        """As Database.attempt."""
        self._ask(lambda one: one.attempt(statement, login=login))

    def rehearse(
        self, sale: SaleToTry, *, login: Login, seconds: float, through: Collection[str] = ()
    ) -> Tried:
        """As Database.rehearse."""
        return self._ask(lambda one: one.rehearse(sale, login=login, seconds=seconds, through=through))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current, name)

    def _ask(self, question: Callable[[Database], T]) -> T:
        used = self._current
        try:
            return question(used)
        except DatabaseUnreachable as error:
            if not is_closed(error) or not self._goes_over(used, error):
                raise
        try:
            return question(self._current)
        except DatabaseUnreachable as error:
            raise self.refused or error from None

    def _goes_over(self, used: Database, error: DatabaseUnreachable) -> bool:
        """Whether there is another way than the one that was used."""
        with self._lock:
            if self._current is used and self.refused is None:
                self.refused, self._current = error, self._second()
            return self._current is not used
