"""What a database refuses, and what goes wrong on the way to it, as errors with what the server named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from iahome_fix.errors import CouldNotTell, Refused, ToolError
from iahome_fix.i18n import N_, _

NOT_THERE = ("42501", "42P01", "3F000", "42703")
"""SQLSTATEs of what may not be read, or has no such table, schema or column."""


@dataclass(frozen=True)
class Named:
    """What the server named beside its message (libpq's diagnostics), as far as the channel hands it on.

    `context` is where it happened: functions, innermost first. `detail` may hold values of a row; no text
    here holds a secret or a full e-mail address.
    """

    schema: str | None = None
    table: str | None = None
    column: str | None = None
    constraint: str | None = None
    detail: str | None = None
    hint: str | None = None
    context: str | None = None

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions in whose bodies it happened, innermost first, as the server writes them."""
        found = _IN_FUNCTION.findall(self.context or "")
        names = dict.fromkeys(name for pair in found for name in pair if name)
        return tuple(name for name in names if name != "inline_code_block")


_IN_FUNCTION = re.compile(
    r"PL/\w+ function (\S+\(.*?\)|\S+) (?:line|while|during|at)|SQL function \"([^\"]+)\""
)


class SqlError(ToolError):
    """The server answered a statement with an error; `sqlstate` is its five-character code.

    `named`: the objects that it names.
    """

    def __init__(self, sqlstate: str, message: str, named: Named | None = None) -> None:
        super().__init__("sql", message)
        self.sqlstate = sqlstate
        self.named = named or Named()

    @property
    def said(self) -> str:
        """The message with what it is about: the function it happened in, column, constraint."""
        about = []
        if self.named.functions:
            about.append(_("in the function {names}").format(names=", in ".join(self.named.functions)))
        if self.named.table and self.named.table not in self.message:
            about.append(
                _("table {name}").format(
                    name=f"{self.named.schema}.{self.named.table}" if self.named.schema else self.named.table
                )
            )
        if self.named.column and self.named.column not in self.message:
            about.append(_("column {name}").format(name=self.named.column))
        if self.named.constraint and self.named.constraint not in self.message:
            about.append(_("constraint {name}").format(name=self.named.constraint))
        return f"{self.message} ({', '.join(about)})" if about else self.message


_VIA = {
    "policy": N_("the policy {name} of {table}"),
    "default": N_("the default of {name} in {table}"),
    "check": N_("the check {name} of {table}"),
    "trigger": N_("the trigger {name} on {table}"),
    "view": N_("the view {table}"),
    "rule": N_("the rule {name} on {table}"),
    "index": N_("the index {name} of {table}"),
}


def reached_by(via: Sequence[str]) -> str | None:
    """What on a table reaches a function, in words; None where nothing does. `via`: kind, name, table."""
    if len(via) != 3 or via[0] not in _VIA:
        return None
    return _(_VIA[via[0]]).format(name=via[1], table=via[2])


@dataclass(frozen=True)
class MissingRight:
    """A function that a role would have to execute, and may not.

    Attributes:
        role: who would execute it; the owner of a `security definer` function for what that one calls.
        function: with its schema and the types of its arguments, as GRANT takes it.
        schema: its schema, and `usage`: whether the role may use that.
        via: what reaches it: kind (policy, default, check, trigger, view, rule, index), name and table.
        caller: the function in whose body it is called, if it is.
        certain: it would be called; else its name stands in a body behind a branch.
    """

    role: str
    function: str
    schema: str
    usage: bool
    via: tuple[str, ...] = ()
    caller: str | None = None
    certain: bool = True

    @property
    def grant(self) -> str:
        """The statements that give the right."""
        execute = f"grant execute on function {self.function} to {self.role}"
        return execute if self.usage else f"grant usage on schema {self.schema} to {self.role}; {execute}"

    @property
    def words(self) -> str:
        """Half a sentence: who may not execute what, and where it is called."""
        said = _("{role} may not execute {function}").format(role=self.role, function=self.function)
        where = []
        if self.caller:
            where.append(_("the function {name}").format(name=self.caller))
        thing = reached_by(self.via)
        if thing:
            where.append(thing)
        return (
            _("{said}, which {where} calls").format(said=said, where=_(" for ").join(where))
            if where
            else said
        )


class MayNotCall(SqlError):
    """Nothing was tried as a role: it may not execute a function that the statement reaches.

    The server would refuse the statement (42501) where one of the rights is `certain`.
    """

    def __init__(self, rights: tuple[MissingRight, ...]) -> None:
        super().__init__("42501", _("; ").join(right.words for right in rights))
        self.rights = rights
        self.hint = _("in the SQL editor: {statements}").format(statements=self.grants)

    @property
    def certain(self) -> bool:
        return any(right.certain for right in self.rights)

    @property
    def grants(self) -> str:
        """The statements that give what is missing."""
        return "; ".join(dict.fromkeys(right.grant for right in self.rights))


class DatabaseUnreachable(CouldNotTell):
    """No session could be had; `reason` is a stable word (refused, dns, password, timeout, …).

    `within`: the functions in which a statement was when its time was over, innermost first.
    """

    def __init__(
        self, reason: str, message: str, hint: str | None = None, *, within: tuple[str, ...] = ()
    ) -> None:
        super().__init__("database-unreachable", message, hint)
        self.reason = reason
        self.within = within


def not_storable() -> SqlError:
    """A value holds a null character or half a surrogate pair (22021, as the server says of such text)."""
    return SqlError("22021", _("a value holds a character that PostgreSQL cannot store"))


def turn_taken() -> Refused:
    """Another repair had its turn for longer than this one waited."""
    return Refused.unchanged(
        "turn-taken",
        _("another repair is under way on this database"),
        _("run the same command again when it has ended"),
    )


class OutcomeUnknown(CouldNotTell):
    """The answer to a commit got lost, and it could not be looked up what became of it.

    All of it was kept, or nothing. `xid`: the number of the transaction, where it is known; the server tells
    by it (`pg_xact_status`).
    """

    def __init__(self, xid: str | None = None) -> None:
        super().__init__(
            "outcome-unknown",
            _("it is not known whether the change was made: the answer of the database got lost"),
            _(
                "either all of it was applied, or nothing: `select pg_xact_status('{xid}')` says"
                " which; the same command can be run again, and does only what is not done yet"
            ).format(xid=xid)
            if xid
            else _(
                "either all of it was applied, or nothing; the same command can be run again, and does only"
                " what is not done yet"
            ),
        )
        self.xid = xid

    def of_run(self, run_id: str, looking: str) -> OutcomeUnknown:
        """The same, naming the run; `looking`: the command that shows what of it is there."""
        named = OutcomeUnknown(self.xid)
        named.run_id = run_id
        named.message = _("{what} (run {run})").format(what=self.message, run=run_id)
        named.hint = _("{hint}; what of the run is there shows: {command}").format(
            hint=self.hint, command=looking
        )
        return named


class TooLong(CouldNotTell):
    """A unit of work took longer than it may, and nothing of it was kept; `seconds`: how long it may."""

    def __init__(self, seconds: float, because: str, hint: str) -> None:
        super().__init__("too-long", _("{because}; nothing was changed").format(because=because), hint)
        self.because = because
        self.seconds = seconds


def too_long(seconds: float) -> TooLong:
    """A unit of work that sales could not wait for any longer."""
    return TooLong(
        seconds,
        _("a step took longer than customers who buy may have to wait ({seconds} s)").format(
            seconds=f"{seconds:g}"
        ),
        _("run the same command again at a quieter moment"),
    )
