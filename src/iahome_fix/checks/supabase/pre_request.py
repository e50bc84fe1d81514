"""The function that the Data API runs before every request: is it there, and may the roles execute it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.facts.queries import Answer
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.data_api import Reply

QUERY = "checks/pre_request"
RELOAD = "notify pgrst, 'reload config'"


@dataclass(frozen=True)
class PreRequest:
    """What is set. `called`: the function with its schema, None where there is none; `closed_to`: the roles
    that may not execute it; `reset`: the statement that takes the setting back."""

    name: str
    called: str | None
    closed_to: tuple[str, ...]
    reset: str


def pre_request(ctx: Seen) -> PreRequest | None:
    """What is set for this database, None for nothing. Raises SqlError, MissingCredential as reading does."""
    return _set(of_database(ctx, QUERY))


def _set(rows: Answer) -> PreRequest | None:
    if not rows:
        return None
    row = rows[0]
    return PreRequest(str(row["name"]), row["called"], tuple(row["closed_to"]), str(row["reset"]))


def refuses(ctx: Seen, reply: Reply) -> tuple[str, str] | None:
    """What is wrong and what to do, where this function refuses every request; None where it is not set, or
    no SQL tells. `reply`: what a request of the server got."""
    rows = of_database.or_none(ctx, QUERY)
    found = None if rows is None else _set(rows)
    if found is None:
        return None
    if found.called is None:
        return (
            _(
                "before every request the Data API runs the function {name} (pgrst.db_pre_request), and there"
                " is none of that name: {reason} ({code})"
            ).format(name=found.name, reason=reply.message, code=reply.code),
            _("in the SQL editor: {reset}; {reload}; or make the function {name}() again").format(
                reset=found.reset, reload=RELOAD, name=found.name
            ),
        )
    closed = closed_to(found, ("service_role",))
    if closed:
        return closed
    return (
        _(
            "before every request the Data API runs {name} (pgrst.db_pre_request), which refuses: {reason}"
            " ({code})"
        ).format(name=found.called, reason=reply.message, code=reply.code),
        _("correct that function, or do without it, in the SQL editor: {reset}; {reload}").format(
            reset=found.reset, reload=RELOAD
        ),
    )


def closed_to(found: PreRequest, roles: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong and what to do, where some of these roles may not execute it."""
    shut = [role for role in found.closed_to if role in roles]
    if not shut or found.called is None:
        return None
    schema, who = found.called.partition(".")[0], ", ".join(shut)
    return (
        _(
            "{roles} may not execute {name}, which the Data API runs before every request"
            " (pgrst.db_pre_request): each of theirs is refused (42501)"
        ).format(roles=who, name=found.called),
        f"grant usage on schema {schema} to {who}; grant execute on function {found.called} to {who}",
    )
