"""Settings of the Data API's roles that keep it from acting as them, or break the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.errors import ToolError
from iahome_fix.facts.queries import of_database
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.facts.queries import Answer
    from iahome_fix.facts.seen import Seen

LOST = "lost-schemas"
OF_EVERY_REQUEST = ("no-login", "schemas", LOST, "own-timeout")
"""What the first request of the server runs into, whoever it acts as."""


def rows(ctx: Seen) -> Answer:
    """The rows of checks/api_roles. Raises as reading does."""
    return of_database(ctx, "checks/api_roles")


def of_every_request(ctx: Seen) -> list[tuple[str, str]]:
    """Of those that stop every request: what is wrong and the statement that mends it; none without SQL."""
    found = of_database.or_why(ctx, "checks/api_roles")
    if isinstance(found, ToolError):
        return []
    return [said(row) for row in found if row["kind"] in OF_EVERY_REQUEST]


def said(row: Mapping[str, Any]) -> tuple[str, str]:
    """What one of them says, and the statement that mends it."""
    role, value = str(row["role"]), row["value"]
    if row["kind"] == "no-login":
        return (
            _("the role authenticator may not log in: the Data API has no connection"),
            "alter role authenticator login",
        )
    if row["kind"] == "no-member":
        return (
            _("the Data API may not act as {role}: each of its requests is refused (42501)").format(
                role=role
            ),
            f"grant {role} to authenticator",
        )
    if row["kind"] == "timeout":
        return (
            _("requests of {role} are ended after {value}").format(role=role, value=value),
            f"alter role {role} set statement_timeout = '8s'",
        )
    if row["kind"] == "max-rows":
        return (
            _("the Data API answers with {value} rows at most: a customer's list is cut").format(value=value),
            "alter role authenticator reset pgrst.db_max_rows",
        )
    if row["kind"] == "own-timeout":
        return (
            _("what the Data API itself asks is ended after {value}, as each request is").format(value=value),
            "alter role authenticator set statement_timeout = '8s'",
        )
    if row["kind"] == LOST:
        return (
            _(
                "the Data API is set to serve {value}, which it cannot (there is no such schema,"
                " or it is a system's)"
            ).format(value=value),
            "alter role authenticator reset pgrst.db_schemas",
        )
    return (
        _("the Data API does not serve the schema public, only {value}").format(value=value),
        "alter role authenticator reset pgrst.db_schemas",
    )
