"""What is known of the use of the rights to module_access that a migration takes: the statements that
pg_stat_statements counted, the requests in the project's API logs, and the app's source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from iahome_fix import figures, sql
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _
from iahome_fix.source import app as source_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.facts.context import Context
    from iahome_fix.systems.project_logs import Asked

CUSTOMER = "authenticated"
_DAYS = 7
"""How far back the API logs are asked; each day is a request."""
_MOST_PER_DAY = 500  # the limit in sql/logs/changes.sql
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "PATCH": ("update",),
    "POST": ("insert",),
    "PUT": ("insert", "update"),
    "DELETE": ("delete",),
}


@dataclass(frozen=True)
class Use:
    """How often a role ran a command on module_access, since when; `columns`: what its updates name."""

    role: str
    command: str
    calls: int
    since: str | None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requests:
    """What the API logs have: the uses, since their first; `days`: of how many; `cut`: there are more."""

    uses: tuple[Use, ...]
    days: int
    cut: bool = False


@dataclass(frozen=True)
class Uses:
    """What is known of the use of rights.

    `counted`: by pg_stat_statements, None where that cannot be looked at; `dropped`: how many times it made
    room by dropping statements. `page`: the columns that the page's source updates, each with the place.
    `asked`: what the API logs have, None where they cannot be looked at.
    """

    counted: tuple[Use, ...] | None = None
    page: Mapping[str, str] | None = None
    dropped: int = 0
    asked: Requests | None = None

    def kept(self) -> tuple[str, ...]:
        """The columns that the page is seen to update as a signed-in customer."""
        counted = [use for use in self.counted or () if (use.role, use.command) == (CUSTOMER, "update")]
        return tuple(sorted({*(column for use in counted for column in use.columns), *(self.page or ())}))

    def requests(self, role: str, command: str) -> Use | None:
        """What the API logs have of it."""
        return _found(self.asked.uses if self.asked else (), role, command)

    def of(self, role: str, command: str) -> str:
        """What is known of one right's use, for a sentence."""
        known = [*self._counted(role, command), *self._asked(role, command)]
        return ", ".join(known) or _("whether this right is used is not known")

    def _counted(self, role: str, command: str) -> Iterator[str]:
        found = _found(self.counted or (), role, command)
        if found is not None:
            yield _("used {count} times since {since} (pg_stat_statements)").format(
                count=found.calls, since=found.since or _("the last reset")
            )
        elif self.dropped:
            yield _(
                "whether this right is used is not known for sure: {count} times statements were"
                " dropped (pg_stat_statements)"
            ).format(count=self.dropped)
        elif self.counted is not None:
            yield _("no use counted (pg_stat_statements)")

    def _asked(self, role: str, command: str) -> Iterator[str]:
        if self.asked is None or not any(command in commands for commands in _COMMANDS.values()):
            return
        found = self.requests(role, command)
        if found is None:
            none = _("no request in {days} days (API logs)").format(days=self.asked.days)
            yield _("{none}, and the logs do not show all").format(none=none) if self.asked.cut else none
            return
        calls = _("at least {count}").format(count=found.calls) if self.asked.cut else str(found.calls)
        yield _("{count} requests since {since} UTC (API logs, which name no columns)").format(
            count=calls, since=found.since
        )


def uses(ctx: Context) -> Uses:
    """What the statistics and the app's source, where they can be looked at, say. Reads only."""
    counted = _statistics(ctx)
    return Uses(counted, _of_page(ctx), _dropped(ctx) if counted is not None else 0)


def with_requests(ctx: Context, known: Uses) -> Uses:
    """The same with what the project's API logs say, where they can be read. Reads only."""
    return replace(known, asked=ctx.fact("changes-by-customers", lambda: _requests(ctx)))


def _requests(ctx: Context) -> Requests | None:
    from iahome_fix.systems.open import open_management
    from iahome_fix.systems.project_logs import changes

    if not ctx.settings.access_token:
        return None
    try:
        api = open_management(ctx.settings, timeout=ctx.timeout)
    except ToolError:
        return None
    found: list[Asked] = []
    days, cut = 0, False
    try:
        for asked in changes(api, datetime.now(UTC), _DAYS):
            found += asked
            days, cut = days + 1, cut or len(asked) >= _MOST_PER_DAY
    except ToolError:
        pass  # what the days before it said stands
    finally:
        api.close()
    return Requests(tuple(_summed(found)), days, cut) if days else None


def _summed(asked: Sequence[Asked]) -> Iterator[Use]:
    by: dict[tuple[str, str], list[datetime]] = {}
    for one in asked:
        for command in _COMMANDS.get(one.method, ()):
            by.setdefault((one.role, command), []).append(one.time)
    for (role, command), times in sorted(by.items()):
        yield Use(role, command, len(times), figures.minute(min(times)))


def _found(uses: Sequence[Use], role: str, command: str) -> Use | None:
    return next((use for use in uses if (use.role, use.command) == (role, command)), None)


def _statistics(ctx: Context) -> tuple[Use, ...] | None:
    try:
        if not ctx.database.read(sql.load("checks/statement_roles_known"))[0]["found"]:
            return None
        rows = ctx.database.read(sql.load("checks/page_updates"))
    except ToolError:
        return None
    return tuple(_use(row) for row in rows)


def _dropped(ctx: Context) -> int:
    try:
        rows = ctx.database.read(sql.load("checks/statements_dropped"))
    except ToolError:
        return 0
    return int(rows[0]["dropped"]) if rows else 0


def _use(row: Mapping[str, Any]) -> Use:
    columns = tuple(name for name in str(row["columns"] or "").split(",") if name)
    return Use(str(row["role"]), str(row["command"]), int(row["calls"]), row["since"], columns)


def _of_page(ctx: Context) -> Mapping[str, str] | None:
    """By column, where the page's source updates module_access; None without the source."""
    if source_app.given(ctx) is None:
        return None
    found: dict[str, str] = {}
    for use in source_app.app(ctx).page_tables():
        if use.table == "module_access":
            for written in use.written("update"):
                found |= dict.fromkeys(sorted(written.keys if written else ()), use.where)
    return found
