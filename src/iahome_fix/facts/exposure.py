"""What strangers reach: a login without any rows, and everybody who has the public key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.facts import signed_in
from iahome_fix.facts.api_schema import visitors_read
from iahome_fix.facts.seen import fact
from iahome_fix.systems.database import Login

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen

_NOBODY = "00000000-0000-4000-8000-000000000000"
_TOKENS = "access_tokens"


@fact
def strangers_see(ctx: Context) -> int:
    """How many accesses of others a signed-in customer reads. Raises SqlError where the server refuses."""
    stranger = signed_in.stranger(_NOBODY)
    rows = ctx.database.read(
        sql.load("checks/sees_others", ctx.profile), {"user_id": _NOBODY}, login=stranger
    )
    return int(rows[0]["found"])


def hidden_from_visitors(ctx: Seen) -> tuple[str, str]:
    """The tables of which the public may see nothing."""
    return (ctx.profile.table.name, _TOKENS)


@fact
def visitors_see(ctx: Context, table: str) -> int:
    """How many rows anon reads of one of these. Raises SqlError where the server refuses."""
    if ctx.only_data_api:
        return visitors_read(ctx, table)
    query = "checks/any_token" if table == _TOKENS else "checks/any_row"
    return int(ctx.database.read(sql.load(query, ctx.profile), login=Login("anon"))[0]["found"])


@fact
def served_to_visitors(ctx: Context, table: str) -> bool:
    """Does the Data API give rows of a table to the public key itself?"""
    return bool(ctx.visitor_api.select(table, "id").rows)
