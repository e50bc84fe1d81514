"""What the Data API shows of the schema: which tables and columns it serves, and some of their types.

Its own description (the root of the API, for a secret key only) lists the tables that the role has a right
to, with the type of each column. Where it is not to be had, each column is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from iahome_fix.facts.seen import fact
from iahome_fix.i18n import _
from iahome_fix.profile.model import TABLES
from iahome_fix.schema.requirements import Gap, requirement
from iahome_fix.systems.api_rows import ABSENT, NO_COLUMN, ApiRefusal, is_of_postgres
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.open import no_sql

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.database import Row

_OF_THE_CHAIN: Mapping[str, tuple[str, ...]] = {
    "modules": ("id",),
    "profiles": ("id", "email"),
    "access_tokens": ("id", "module_id", "created_by", "is_active", "expires_at", "created_at", "metadata"),
}
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "users": ("id", "email"),
    "cartes": ("id",),
    **dict.fromkeys(TABLES, ("user_id", "module_id", "is_active", "created_at")),
    "payments": ("session_id", "stripe_session_id"),
}
"""With those of the chain and the table of accesses: the tables that sql/checks/tables.sql looks at, and the
columns that some check asks for."""
_REFUSED = "42501"
_UNSEEN = "not known"
_TEXT = ("text", "character varying", "varchar")
_NUMBER = ("smallint", "integer", "bigint")


def tables(ctx: Context) -> list[Row]:
    """The rows of checks/tables.sql. A table that is not served counts as absent; whether row level security
    is on cannot be seen."""
    described = _described(ctx)
    accesses = ctx.profile.table
    named = {**_OTHERS, **_OF_THE_CHAIN, accesses.name: accesses.names}
    return [_table(ctx, name, columns, described) for name, columns in named.items()]


def _table(
    ctx: Context, name: str, columns: tuple[str, ...], described: Mapping[str, Mapping[str, str]] | None
) -> Row:
    reply = ctx.data_api.serves(name)
    if reply.code in ABSENT:
        return {"name": name, "kind": None, "row_level_security": True, "columns": {}}
    if reply.code is None and described is not None and name in described:
        found = described[name]
    elif reply.code is None:
        found = {column: _UNSEEN for column in columns if _has(ctx, name, column)}
    elif reply.code == _REFUSED:
        # It is there; what it has inside is a question for later.
        found = dict.fromkeys(columns, _UNSEEN)
    else:
        raise ApiRefusal(name, reply)
    return {"name": name, "kind": "r", "row_level_security": True, "columns": dict(found)}


def _has(ctx: Context, table: str, column: str) -> bool:
    reply = ctx.data_api.select(table, column, limit=0)
    if reply.code is not None and reply.code not in NO_COLUMN:
        raise ApiRefusal(table, reply)
    return reply.code is None


def _described(ctx: Context) -> Mapping[str, Mapping[str, str]] | None:
    """Table, column, type, by the API's own description; None when it does not give it."""
    return ctx.data_api.served_types()


@fact
def needed_columns(ctx: Context) -> tuple[str, ...] | None:
    """The columns of the table of accesses that the description says must be filled; None without it."""
    return ctx.data_api.needed_columns(ctx.profile.table.name)


def must_be_filled(ctx: Seen) -> list[str]:
    """What checks/must_be_filled.sql names, as far as the description tells; nothing where it does not."""
    filled = {ctx.profile.table.id.name, *ctx.profile.handler.fills}
    return [name for name in needed_columns(ctx) or () if name not in filled]


@fact
def visitors_read(ctx: Context, table: str) -> int:
    """How many rows somebody with the public key gets of a table: none, or one, for more are not asked for.

    Raises SqlError where it is refused, MissingCredential where there is no key that tells, ApiRefusal where
    nobody answers.
    """
    if not ctx.settings.anon_key:
        raise no_sql()
    reply = ctx.visitor_api.select(table, "id")
    if reply.code == _REFUSED:
        raise SqlError(reply.code, reply.message)
    if reply.code is not None:
        # The key that visitors have may be refused; what nobody answered says nothing.
        raise ApiRefusal(table, reply) if reply.code == "network" else no_sql()
    return len(reply.rows)


@fact
def unread(ctx: Context) -> list[str]:
    """The tables of the app that are there and that service_role may not read. Raises ApiRefusal."""
    found = []
    for name in (*_OF_THE_CHAIN, ctx.profile.table.name):
        reply = ctx.data_api.serves(name)
        if reply.code == _REFUSED:
            found.append(name)
        elif reply.code is not None and reply.code not in ABSENT and not is_of_postgres(reply.code):
            raise ApiRefusal(name, reply)
    return found


def not_served(ctx: Seen, name: str) -> str | None:
    """What there is to say of a table that the Data API does not serve; None with SQL, which knows better."""
    if not ctx.only_data_api:
        return None
    return _(
        "the Data API does not serve {name} (absent, or not reloaded: without SQL the two look the same)"
    ).format(name=name)


def gaps(ctx: Seen, *requirement_ids: str) -> tuple[Gap, ...]:
    """What is missing of the target shape, for the requirements that can be told of.

    Raises MissingCredential when none of them can.
    """
    known: dict[str, Callable[[Seen], list[Gap]]] = {
        "020_columns": _missing_columns,
        "170_access_tokens_columns": _missing_token_columns,
        "050_module_type": module_type,
        "060_owner_type": _owner_type,
        "180_access_tokens_id": _token_id_type,
        "080_duplicates": _duplicates,
    }
    found: list[Gap] = []
    told = 0
    for key in requirement_ids:
        if key not in known:
            continue
        found += known[key](ctx)
        told += 1
    if not told:
        raise no_sql()
    return tuple(found)


def _missing_columns(ctx: Seen) -> list[Gap]:
    accesses = ctx.profile.table
    there = _columns(ctx, accesses.name)
    return [Gap(name, "no such column") for name in accesses.names if there and name not in there]


def _missing_token_columns(ctx: Seen) -> list[Gap]:
    there = _columns(ctx, "access_tokens")
    wanted = ("created_by", "metadata")
    return [Gap(f"access_tokens.{name}", "no such column") for name in wanted if there and name not in there]


def module_type(ctx: Seen) -> list[Gap]:
    """Whether accesses name modules by the type that these have, as the description tells."""
    accesses = ctx.profile.table
    ours, theirs = _type(ctx, accesses.name, accesses.module.name), _type(ctx, "modules", "id")
    alike = ours == theirs or any(ours in kin and theirs in kin for kin in (_TEXT, _NUMBER))
    return [] if alike else [Gap(accesses.module.name, f"{ours}, but modules.id is {theirs}")]


def _owner_type(ctx: Seen) -> list[Gap]:
    types = {name: _type(ctx, "module_access", name) for name in ("user_id", "token_id")}
    return [Gap(name, found) for name, found in types.items() if found not in _TEXT]


def _token_id_type(ctx: Seen) -> list[Gap]:
    found = _type(ctx, "access_tokens", "id")
    return [] if found in _TEXT else [Gap("access_tokens.id", found)]


@fact
def _duplicates(ctx: Context) -> list[Gap]:
    rows = ctx.rows.read(requirement("080_duplicates").detect, patient=True)
    return [Gap(row["item"], row["detail"]) for row in rows]


def _columns(ctx: Seen, name: str) -> Mapping[str, str]:
    from iahome_fix.facts import tables as found

    return found.tables(ctx)[name].columns


def _type(ctx: Seen, table: str, column: str) -> str:
    """The type by the API's description. Raises MissingCredential when it does not say."""
    found = _columns(ctx, table).get(column, _UNSEEN)
    if found == _UNSEEN:
        raise no_sql()
    return found
