"""Acting as a role of the Data API: the one way there, for every channel.

A trial is one statement that PostgreSQL evaluates as such a role, in a transaction that only reads, or a
rehearsal (systems/rehearsal), which writes and is always taken back. Before the role is taken,
sql/session/become.sql asks for every function that the statement reaches whether the role may execute it: on
images with supautils 3.2.0 and 3.2.1 a call that is refused ends the whole server (supabase/supautils issues
214 and 225). Each trial carries a marker, so that what looks for traces of the webhook leaves it out: in
pg_stat_statements and in the server's log as a comment behind the statement, which both keep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.systems.database import Statement
from iahome_fix.systems.database_errors import MayNotCall, MissingRight

if TYPE_CHECKING:
    from iahome_fix.systems.database import Login

MARK = "iahome-fix: a trial"
"""What sql/checks/statement_roles.sql and sql/logs look for, to leave a trial out."""

MISSING_RIGHT = "IF021"
"""The SQLSTATE by which sql/session/become.sql says that a function may not be executed."""

NOT_ASKED = "IF022"
"""The SQLSTATE by which it says that it could not find out; nothing was tried."""

_PLACE = "/* a trial */"
_NOT_SQL = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)
_TABLE = re.compile(r"\bpublic\.\"?(\w+)", re.IGNORECASE)
_COMMAND = re.compile(r"\s*(?:explain\s+)?(insert|update|delete)\b", re.IGNORECASE)
_COLUMNS = re.compile(r"\binsert\s+into\s+[\w.\"]+\s*\(([^)]*)\)", re.IGNORECASE)


def marked(statement: str) -> str:
    """The statement of a trial with the marker in it."""
    return f"{statement.rstrip()}\n/* {MARK} */"


def steps(login: Login, statement: str) -> tuple[Statement, ...]:
    """What has to run before a statement, in its transaction, for it to be evaluated as the login."""
    return become(login, uses(statement))


@dataclass(frozen=True)
class Use:
    """What is done with a table of the schema public; `columns`: those that an insert names."""

    table: str
    command: str
    columns: Collection[str] = ()


def uses(statement: str) -> tuple[Use, ...]:
    """What a statement does with the tables that it touches, which stand in it as `public.name`."""
    text = _NOT_SQL.sub(" ", statement)
    command, columns = _COMMAND.match(text), _COLUMNS.search(text)
    return tuple(
        Use(
            name,
            command[1].lower() if command else "select",
            [column.strip(' "') for column in columns[1].split(",")] if columns else [],
        )
        for name in sorted({name.lower() for name in _TABLE.findall(text)})
    )


def trial(
    login: Login, reached: Iterable[Use], *, method: str = "GET", through: Collection[str] | None = None
) -> dict[str, Any]:
    """What a trial is told before it acts; the parameters as `become` takes them."""
    return {
        "role": login.role,
        "uses": [
            {"name": use.table, "command": use.command, "columns": sorted(use.columns)} for use in reached
        ],
        **({} if through is None else {"through": sorted(through)}),
        "settings": {
            "request.jwt.claims": login.claims_json,
            "request.method": method,
            "request.path": "/module_access",
            "request.headers": json.dumps({"accept": "*/*", "x-client-info": MARK}),
            "request.cookies": "{}",
        },
    }


def become(
    login: Login, reached: Iterable[Use], *, method: str = "GET", through: Collection[str] | None = None
) -> tuple[Statement, ...]:
    """What makes the rest of a transaction the login's, once everything that the uses reach was looked at.

    `through`: it will be run and not only read or planned, and so must reach nothing that outlasts the
    transaction (IF024), but what is named here.
    """
    told = trial(login, reached, method=method, through=through)
    return (
        Statement(sql.load("session/trial"), {"trial": json.dumps(told)}),
        Statement(sql.load("session/become")),
    )


def in_wave(wave: str) -> str:
    """The text of sql/session/wave.sql, for questions some of which are trials."""
    return wave.replace(_PLACE, sql.load("acting/trial_of_wave"))


def missing_rights(text: str) -> MayNotCall | None:
    """The refusal behind the message of IF021; None where it is not of this tool's making."""
    try:
        found = json.loads(text)
        rights = tuple(
            MissingRight(
                role=str(one["role"]),
                function=str(one["function"]),
                schema=str(one["schema"]),
                usage=bool(one["usage"]),
                via=tuple(str(word) for word in one["via"] or ()),
                caller=str(one["caller"]) if one["caller"] else None,
                certain=bool(one["certain"]),
            )
            for one in found
        )
    except (ValueError, TypeError, KeyError):
        return None
    return MayNotCall(rights) if rights else None
