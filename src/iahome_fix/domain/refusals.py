"""What a refusal of the server asks for: the next step, by what the server named.

That is its SQLSTATE, table, column, constraint, and the function that it happened in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iahome_fix.i18n import _
from iahome_fix.identifiers import identifier
from iahome_fix.profile import PROFILES
from iahome_fix.profile.model import TABLES

if TYPE_CHECKING:
    from iahome_fix.systems.database_errors import SqlError

_NET = ('schema "net" does not exist', "function net.")
_NOT_FOUND = ("3F000", "42P01", "42883", "42704", "42703")
_RETURNING = re.compile(r'RETURNING on relation "([^"]+)"')
_NO_SETTING = "unrecognized configuration parameter"
_RULES = ("23505", "23503", "23514", "23P01")
_OURS = "idx_module_access_unique_user_module"
"""The index that this tool makes: one active access per customer and module."""
GIVEN = frozenset(name for profile in PROFILES.values() for name in profile.handler.fills)
"""The columns that some handler gives a value."""
_DENIED = re.compile(r"permission denied for ([a-z ]+?) (\S+)$")
_STATEMENT = re.compile(r'SQL statement "\s*(insert|update|delete|select|with)\b', re.IGNORECASE)


def next_step(error: SqlError) -> str:
    """What a person does about it, half a sentence; empty where the message is all that is known."""
    ways = [*_of_object(error), *_of_function(error)]
    return "; ".join(ways)


def next_step_at_least(error: SqlError) -> str:
    """The same, and where the message is all that is known, who can tell more."""
    return next_step(error) or _(
        "`doctor` says what stands in the way of a new access, where that can be told; otherwise it is a"
        " rule, a trigger or a constraint of the table, and whoever made that decides whether it stays"
    )


def command_of(error: SqlError) -> str:
    """The command that was refused inside a function (select, insert, update, delete), by the context."""
    found = _STATEMENT.search(error.named.context or "")
    return found[1].lower() if found and found[1].lower() != "with" else "select"


def denied_object(error: SqlError) -> dict[str, str] | None:
    """Kind and name of the object to which a right was missing, as sql/checks/denied_objects.sql takes them;
    None where the message names none."""
    found = _DENIED.search(error.message)
    return {"kind": found[1], "name": found[2].strip('"')} if found else None


def is_own_right(error: SqlError) -> bool:
    """Is it a right, or a policy, of the role itself, and of nobody's function?"""
    return error.sqlstate == "42501" and not error.named.functions


def is_rule(error: SqlError) -> bool:
    """May somebody have meant it: a constraint, or a function that raises?"""
    return error.sqlstate.startswith(("23", "P0", "PT"))


def is_of_another_row(error: SqlError) -> bool:
    """Is something refused that nobody wrote: an empty owner, the place of another customer's access?

    Then the row was changed between the statement and the table, as a trigger does before it is kept.
    """
    named = error.named
    if named.table not in TABLES or named.functions:
        return False
    if error.sqlstate == "23502":
        return named.column in GIVEN
    return error.sqlstate == "23505" and named.constraint == _OURS


def may_be_of_another_row(error: SqlError) -> bool:
    """May a trigger have made of the row what is refused: a value, or a constraint, and nobody's function?"""
    return error.sqlstate[:2] in ("22", "23") and not error.named.functions


def _of_object(error: SqlError) -> list[str]:
    named = error.named
    if is_of_another_row(error):
        return [
            _(
                "the row that was written is another one, so a trigger changes it before it is kept; which"
                " ones there are, in the SQL editor: select tgname, tgfoid::regprocedure from pg_trigger"
                " where tgrelid = '{table}'::regclass and not tgisinternal"
            ).format(table=".".join(identifier(part) for part in (named.schema, named.table) if part))
        ]
    rule = _RETURNING.search(error.message) if error.sqlstate == "0A000" else None
    if rule:
        return [
            _(
                "a rule acts in place of the INSERT; which one, in the SQL editor: select definition from"
                " pg_rules where tablename = '{table}'; whoever made it has to remove it (drop rule)"
            ).format(table=rule[1])
        ]
    if any(sign in error.message for sign in _NET):
        return [_("the schema net comes with the extension pg_net (Database, Extensions)")]
    if error.sqlstate == "42704" and _NO_SETTING in error.message:
        return [
            _(
                "a default, a policy or a trigger asks for a setting that this session does not have: where"
                " it may be missing, let it ask by current_setting(name, true)"
            )
        ]
    table = ".".join(identifier(part) for part in (named.schema, named.table) if part)
    if error.sqlstate in _RULES and table and named.constraint:
        return [
            _(
                "ask what {name} is for; to remove it, in the SQL editor: alter table {table} drop"
                " constraint {quoted} (or drop the index of that name)"
            ).format(name=named.constraint, table=table, quoted=identifier(named.constraint))
        ]
    if error.sqlstate == "23502" and table and named.column:
        return [
            _(
                "nobody fills {column}: give it a default, or, in the SQL editor: alter table {table} alter"
                " column {quoted} drop not null"
            ).format(column=named.column, table=table, quoted=identifier(named.column))
        ]
    if error.sqlstate in _NOT_FOUND and named.functions:
        return [
            _(
                "the function looks for it in its own search_path, or else in that of whoever calls it"
                " (public and extensions for the webhook): make it, or name it with its schema"
            )
        ]
    return []


def _of_function(error: SqlError) -> list[str]:
    functions = error.named.functions
    if not functions or not functions[-1].endswith(")"):
        return []
    return [
        _(
            "look at it in the SQL editor: select prosrc from pg_proc where oid = '{name}'::regprocedure"
        ).format(name=functions[-1])
    ]
