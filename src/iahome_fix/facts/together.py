"""What checks ask of the catalog and the tables without any values, asked together in one round.

The first check that asks one of these questions asks them all; the others find their answer there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.facts.grants import calls, filled
from iahome_fix.systems.database import Question
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from iahome_fix.facts.reading import ReadOnly
    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.database import Login, Params, Row
    from iahome_fix.systems.wave import Answer

QUERIES = (
    "checks/who_am_i",
    "checks/tables",
    "checks/module_access_is_there",
    "checks/privileges",
    "checks/refusals",
    "checks/strayed",
    "checks/must_be_filled",
    "checks/sequence_end",
    "checks/read_only",
    "checks/api_roles",
    "checks/writers",
    "checks/write_policies",
    "checks/own_updates",
    "checks/statement_roles_known",
    "checks/sample_login",
    "checks/email_case",
    "checks/session_modes",
    "checks/strange_modules",
    "checks/handler_rows",
)
"""Those that take no values, and look at no more than a part of a table."""

_WITH_THE_CALLS = ("checks/grant_rows", "checks/grant_obstacles")
_ALWAYS = ("checks/module_access_is_there",)


def questions(declared: Collection[str], profile: AppProfile) -> tuple[str, ...]:
    """The texts of those that are in `declared`, the queries of the checks that run."""
    plain = [sql.load(name, profile) for name in QUERIES if name in declared or name in _ALWAYS]
    return (*plain, *(filled(name, calls(profile), profile) for name in _WITH_THE_CALLS if name in declared))


class Together:
    """A database of which some questions are answered by one round, which the first of them begins."""

    def __init__(
        self, database: ReadOnly, asked: Collection[str], answers: Callable[[], Mapping[str, Answer]]
    ) -> None:
        """`asked`: the texts of that round; `answers`: what came of each, found once."""
        self._database = database
        self._asked = asked
        self._answers = answers

    @property
    def label(self) -> str:
        return self._database.label

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        patient: bool = False,
    ) -> list[Row]:
        """As Database.read. A question that was not begun in its round is asked by itself."""
        if statement in self._asked and not params and login is None:
            answer = self._answers().get(statement)
            if isinstance(answer, ToolError):
                raise answer
            if answer is not None:
                return [dict(row) for row in answer]
        return self._database.read(statement, params, login=login, patient=patient)

    def attempt(self, statement: str, *, login: Login) -> None:
        """As Database.attempt."""
        self._database.attempt(statement, login=login)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


def asked_of(database: ReadOnly, texts: Collection[str]) -> Mapping[str, Answer]:
    """What came of each text; empty where the server does not run the round, so that each is asked by itself.

    Raises DatabaseUnreachable, UnexpectedResponse.
    """
    listed = list(texts)
    try:
        return dict(zip(listed, database.read_each([Question(text) for text in listed]), strict=True))
    except SqlError:
        return {}
