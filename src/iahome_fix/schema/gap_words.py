"""What queries say of what is missing or in the way, in the operator's language.

The sentences are put together in SQL; tests/repairs/test_gap_words.py holds these against the files.
"""

from __future__ import annotations

from iahome_fix.i18n import N_, rendered

DETAILS = (
    N_("no such table"),
    N_("no such column"),
    N_("no primary key"),
    N_("no default"),
    N_("may be empty"),
    N_("its default is {expression}, not true"),
    N_("no default, and a condition of others ({names}) may refuse the app's"),
    N_("{type}, but modules.id is {other}"),
    N_("no foreign key to modules (id) that deletes with the module"),
    N_("the rows that were there before were not checked"),
    N_("{count} active rows for one customer"),
    N_("counts inactive rows too, so a renewal is refused"),
    N_("left invalid"),
    N_("no valid unique index on active (user_id, module_id)"),
    N_("no index that starts with {column}"),
    N_("the same as another index"),
    N_("at {value}, highest id {highest}"),
    N_("row level security is off"),
    N_("no policy lets a signed-in customer read"),
    N_("asks for the login once per row"),
    N_("several let {role} {command}"),
    N_("not a right of service_role"),
    N_("no select"),
    N_("no select ({columns})"),
    N_("no right to select, and what it would show is decided by {policies}"),
    N_("the rights that new tables come with"),
    N_("the rights that new sequences come with"),
    N_("to pass select on"),
    N_("to pass select on ({column})"),
    N_("{right} on {object}, given by {role}"),
    N_("{right} on {object}, passed on to {role}"),
    N_("the bridge for a webhook that writes with the public key"),
    N_("no right to select and insert"),
    N_("right to {right} (too much)"),
    N_("no policy to select and insert"),
    N_("{right} for {role}"),
    N_("by a setting for everybody"),
    N_("foreign table"),
    N_("materialized view"),
    N_("partitioned table"),
    N_("view"),
    N_("sequence"),
    N_("type"),
    N_("index"),
)
ITEMS = (N_("module {id}"), N_("sequence of id"), N_("usage on the sequence of id"))

OBSTACLES = (
    N_("no right to the sequence of {name}"),
    N_("no right to {right} {table}"),
    N_("no policy to {right} {table}"),
)
THINGS = (
    N_("event trigger {name}"),
    N_("trigger {name} on {table}"),
    N_("rule {name} on {table}"),
    N_("policy {name} on {table}"),
    N_("foreign key {name} of {table}"),
)


def detail(text: str) -> str:
    """What is missing; a name or a type stays as it is."""
    return rendered(text, DETAILS)


def item(text: str) -> str:
    """Where it is missing; the name of a table, column, role or index stays as it is."""
    return rendered(text, ITEMS)


def obstacle(text: str) -> str:
    """What keeps a role from doing what the webhook's handler does (sql/checks/writers.sql)."""
    return rendered(text, OBSTACLES)


def thing(text: str) -> str:
    """What others made, by kind and name (sql/undo/in_the_way.sql, sql/verify/may_delete.sql)."""
    return rendered(text, THINGS)
