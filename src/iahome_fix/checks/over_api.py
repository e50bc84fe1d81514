"""The checks where no SQL can be run: what the Data API with the server's key can answer of their queries.

A check asks the database by the files of sql/checks/. Here each file that the Data API can answer has a
function that works its rows out; every other query is MissingCredential, so that the check is skipped and
says what would tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from iahome_fix import sql
from iahome_fix.checks import api_data, api_payments, api_schema
from iahome_fix.checks.api_rows_read import Rows
from iahome_fix.domain.verdicts import query
from iahome_fix.i18n import _
from iahome_fix.model import Link, Status
from iahome_fix.systems.api_rows import ApiRefusal
from iahome_fix.systems.database import SqlError
from iahome_fix.systems.open import no_sql

if TYPE_CHECKING:
    from iahome_fix.checks.context import Context
    from iahome_fix.model import Check, Result
    from iahome_fix.systems.database import Login, Params, Row

Answer = Callable[[Rows, "Params"], "list[Row]"]


def _nothing(_rows: Rows, _params: Params) -> list[Row]:
    """Only a remark hangs on it, which is left out."""
    return []


_CLASSIFIED = "backfill/classified"
_ANSWERS: Mapping[tuple[str, ...], Answer] = {
    (_CLASSIFIED, "checks/tokens"): api_data.tokens,
    (_CLASSIFIED, "backfill/plan"): api_data.plan,
    ("checks/owners",): api_data.owners,
    ("checks/expired",): api_data.expired,
    ("checks/email_case",): api_data.email_case,
    ("checks/deactivated",): api_data.deactivated,
    ("checks/strange_modules",): api_data.strange_modules,
    ("checks/payments_refunded",): api_data.refunded,
    ("checks/payments_noted",): api_payments.noted,
    ("checks/payments_elsewhere",): api_payments.elsewhere,
    ("checks/refusals",): _nothing,
}
_AS_VISITOR = {"checks/any_row": "module_access", "checks/any_token": "access_tokens"}


class ApiDatabase:
    """Answers the queries of checks over the Data API, as far as it can."""

    def __init__(self, ctx: Context) -> None:
        self.label = _("the Data API")
        self._ctx = ctx
        self._rows = Rows(ctx)

    def read(
        self,
        statement: str,
        params: Params | None = None,
        *,
        login: Login | None = None,
        **_patience: bool,
    ) -> list[Row]:
        """The rows of a query of ours. Raises MissingCredential for one that only SQL answers, SqlError where
        the Data API hands on what PostgreSQL refuses, CouldNotTell."""
        if statement == sql.load("checks/tables"):
            return api_schema.tables(self._ctx)
        if statement == sql.load("checks/must_be_filled"):
            return api_schema.must_be_filled(self._ctx)
        if login is not None:
            return self._as_visitor(statement, login)
        for tokens in (True, False):
            if statement == query("domain/judged", tokens=tokens):
                return api_payments.judged(self._rows, params or {}, with_tokens=tokens)
        for names, answer in _ANSWERS.items():
            if statement == "".join(map(sql.load, names)):
                return answer(self._rows, params or {})
        raise no_sql()

    def __getattr__(self, name: str) -> NoReturn:
        raise no_sql()

    def _as_visitor(self, statement: str, login: Login) -> list[Row]:
        """What somebody with the public key reads."""
        table = next((t for name, t in _AS_VISITOR.items() if statement == sql.load(name)), None)
        if table is None or login.role != "anon" or not self._ctx.settings.anon_key:
            raise no_sql()
        reply = self._ctx.visitor_api.select(table, "*", limit=1)
        if reply.code == "42501":
            raise SqlError(reply.code, reply.message)
        if reply.code is not None:
            # The key that visitors have may be refused; what nobody answered says nothing.
            raise ApiRefusal(table, reply) if reply.code == "network" else no_sql()
        return [{"found": len(reply.rows)}]


def needs_of(ctx: Context, check: Check) -> tuple[str, ...]:
    """What a check needs: without SQL also that the key is accepted, and that it may read the rows."""
    if not ctx.only_data_api:
        return check.needs
    key = ("supabase.key",) if "supabase.database" in check.needs else ()
    reads_rows = check.link in (Link.DATA, Link.PAYMENTS) or check.id == "schema.one-active-access"
    return (*check.needs, *key, *(("permissions.service-role",) if reads_rows else ()))


def is_no_obstacle(ctx: Context, need: Result) -> bool:
    """A need that was skipped for want of SQL: without SQL each check tries for itself what can be told."""
    variables: Any = need.finding.evidence.get("variables") or ()
    return ctx.only_data_api and need.status is Status.SKIPPED and set(no_sql().variables) <= set(variables)
