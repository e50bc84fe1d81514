"""Which role the deployed webhook writes as, by the traces that it left. Reads only; the site is not asked.

Three kinds of traces: requests in the project's API logs, rows of the handler, and what pg_stat_statements
counted. The first two have a moment, and are weighed against each other; the third is history, and counts
alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix import figures, sql
from iahome_fix.errors import ToolError
from iahome_fix.facts.seen import fact
from iahome_fix.i18n import N_, _, joined
from iahome_fix.systems.database import Login
from iahome_fix.systems.database_errors import MayNotCall, SqlError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.facts.context import Context
    from iahome_fix.systems.project_logs import Asked

ANON, SERVICE_ROLE = "anon", "service_role"
CUSTOMER = "customer"
"""The kind of sql/checks/statement_roles for a look at a customer by the address."""

_WRITERS = {ANON: N_("the public key (anon)"), SERVICE_ROLE: N_("service_role")}
_REFUSALS = (401, 403)
_ACCEPTED = (200, 201, 204)
_MOST_PER_DAY = 500  # the limit in sql/logs/writers.sql
_ONE_TURN = timedelta(seconds=60)
"""From the handler's look at the customer to its write it takes no longer."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for a role.

    Attributes:
        role: `anon` or `service_role`.
        said: the trace, as half a sentence.
        certain: the handler itself did it, at a known moment; else it is history, or somebody else's doing.
        refused: the database refused it.
        mixed: the other role left traces of the same kind, so that neither is certain; `role` is anon then.
        fresh: the deployed handler did it just now, when it was asked.
        at: when (UTC); None for history.
    """

    role: str
    said: str
    certain: bool = False
    refused: bool = False
    mixed: bool = False
    fresh: bool = False
    at: datetime | None = None

    def as_json(self) -> dict[str, str]:
        return {"role": self.role, "evidence": self.said}


@fact
def found(ctx: Context, days: int) -> Evidence | None:
    """The best trace; None where there is none, or none can be looked at.

    `days`: how far back the API logs are asked, 7 at most; each day may cost a request.
    """
    logs, rows = _by_logs(ctx, days), _by_rows(ctx)
    if logs is None or rows is None:
        return logs or rows or by_statements(statements(ctx))
    return weighed(logs, rows, since=datetime.now(UTC) - timedelta(days=days))


def weighed(logs: Evidence, rows: Evidence, *, since: datetime) -> Evidence:
    """The logs beside a row of the handler, which only the service role can have written.

    The row outweighs a refusal of the public key, which anybody can bring about. Beside a write with that key
    it leaves open who writes, unless it is from before `since` (UTC): then the newer counts.
    """
    if logs.role == ANON and logs.refused:
        return rows
    if logs.mixed:
        return logs
    if logs.role == ANON and rows.at is not None and rows.at >= since:
        said = joined(logs.said, rows.said)
        return Evidence(ANON, said, mixed=True, at=logs.at)
    return max((logs, rows), key=lambda one: one.at or datetime.min.replace(tzinfo=UTC))


def named(role: str) -> str:
    """A role in a sentence."""
    return _(_WRITERS[role])


def statements(ctx: Context) -> list[dict[str, Any]] | None:
    """Role, kind, calls and the day since when they are counted; None where that cannot be looked at."""
    try:
        if not ctx.database.read(sql.load("checks/statement_roles_known"))[0]["found"]:
            return None
        return ctx.database.read(sql.load("checks/statement_roles"))
    except ToolError:
        return None


def by_statements(rows: Sequence[dict[str, Any]] | None) -> Evidence | None:
    """What the counted inserts say: one role alone, or anon among both."""
    counts: dict[str, int] = {}
    for row in rows or ():
        if row["kind"] != CUSTOMER:
            counts[row["role"]] = counts.get(row["role"], 0) + int(row["calls"])
    if not rows or not counts:
        return None
    role = ANON if counts.get(ANON) else SERVICE_ROLE
    tables = sorted({row["kind"] for row in rows if row["kind"] != CUSTOMER})
    since = next((row["since"] for row in rows if row["since"]), None) or _("the last reset")
    each = ", ".join(
        _("{count} with {role}").format(count=counts[one], role=named(one))
        for one in (ANON, SERVICE_ROLE)
        if counts.get(one)
    )
    said = _("inserts into {tables} since {since}: {each} (pg_stat_statements)").format(
        tables=", ".join(tables), since=since, each=each
    )
    return Evidence(role, said, mixed=len(counts) > 1)


def _by_logs(ctx: Context, days: int) -> Evidence | None:
    from iahome_fix.systems.open import open_management
    from iahome_fix.systems.project_logs import by_the_server

    if not ctx.settings.access_token:
        return None
    try:
        api = open_management(ctx.settings, timeout=ctx.timeout)
    except ToolError:
        return None
    all_asked: list[Asked] = []
    cut = False
    try:
        for asked in by_the_server(api, datetime.now(UTC), days):
            all_asked += asked
            cut = cut or len(asked) >= _MOST_PER_DAY
    except ToolError:
        pass  # what the days before it said stands
    finally:
        api.close()
    found = by_requests(all_asked)
    # Where a day has more requests than are told, a refusal may hide the writes that outweigh it.
    return None if found is not None and found.refused and cut else found


def by_requests(asked: Sequence[Asked]) -> Evidence | None:
    """The newest write that the handler itself made, else what somebody wrote with the public key.

    `asked`: newest first. The handler looks for the customer, then writes, with one key; a note in payments
    is written by nobody else. Any other write may be of another part of the app, or a stranger's: everybody
    has the public key, and can do with it what the handler does. So beside a write of the service role that
    was accepted nothing that was refused to the public key counts; and where writes of both were accepted,
    none of the two is certain.
    """
    writes = [one for one in asked if one.method == "POST" and one.role in (ANON, SERVICE_ROLE)]
    accepted = {one.role: one for one in reversed(writes) if one.status in _ACCEPTED}
    if len(accepted) > 1:
        newest = max(accepted.values(), key=lambda one: one.time)
        said = joined(*(_said(accepted[role]) for role in (ANON, SERVICE_ROLE)))
        return Evidence(ANON, said, mixed=True, at=newest.time)
    if SERVICE_ROLE in accepted:
        writes = [one for one in writes if one.role == SERVICE_ROLE]
    whole = next((one for one in writes if one.table == "payments" or _is_turn(one, asked)), None)
    best = whole or accepted.get(ANON)
    if best is None:
        return None
    if best.table == "payments":
        # The handler notes a payment last; the grant before it says more.
        best = next((one for one in writes if one.table != "payments" and _precedes(one, best)), best)
    refused = best.table != "payments" and best.status in _REFUSALS
    return Evidence(best.role, _said(best), certain=whole is not None, refused=refused, at=best.time)


def _said(write: Asked) -> str:
    return _("at {time} UTC the server wrote to {table} with {role}, answered {status} (API logs)").format(
        time=figures.minute(write.time),
        table=write.table,
        role=named(write.role),
        status=write.status or _("nothing"),
    )


def _is_turn(write: Asked, asked: Sequence[Asked]) -> bool:
    return any(one.method == "GET" and _precedes(one, write) for one in asked)


def _precedes(one: Asked, other: Asked) -> bool:
    """Is it of the same turn of the handler, and before the other?"""
    return one.role == other.role and timedelta() <= other.time - one.time <= _ONE_TURN


@fact
def public_key(ctx: Context) -> str | None:
    """With the public key, which the app's public versions use on the server, it finds no customer (F24)."""
    try:
        if ctx.database.read(sql.load("checks/any_profile"), login=Login("anon"))[0]["found"]:
            return None
    except SqlError as error:
        if error.sqlstate != "42501" or "set role" in error.message:
            return None
        if isinstance(error, MayNotCall) and not error.certain:
            return None
    return _(
        "often its code uses the public (anon) key, which sees no customer in profiles; it needs the service"
        " role key"
    )


def _by_rows(ctx: Context) -> Evidence | None:
    """A handler that has the public key finds no customer where that key sees none, so it writes no row."""
    try:
        newest = ctx.rows.read(sql.load("checks/handler_rows", ctx.profile))[0]["newest"]
        if newest is None or public_key(ctx) is None:
            return None
    except ToolError:
        return None
    at = datetime.fromisoformat(newest).replace(tzinfo=UTC)
    said = _(
        "the handler wrote an access at {time} UTC, and the public key (anon) sees no customer in profiles"
    ).format(time=figures.minute(at))
    return Evidence(SERVICE_ROLE, said, certain=True, at=at)
