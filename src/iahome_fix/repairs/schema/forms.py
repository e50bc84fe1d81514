"""The parts of the schema that this tool changes, as the journal names them, and what makes one as it was.

The journal tells what a part was, not what is to be run: each statement is put together here from what
PostgreSQL itself prints (pg_get_constraintdef, pg_get_indexdef, pg_get_expr), parsed in full. What does not
parse is not brought back. The statements that a journal holds besides are run by nobody and have to be of the
same form, since a file that holds others is not this tool's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from iahome_fix.identifiers import quoted

TABLE = "table module_access"
SECURITY = "row level security"
TYPE, COLUMN, RIGHTS = "type of ", "column ", "rights of "
_WHOLE = "public.module_access"
_OF_TOKENS = ("id", "created_by", "metadata")
_ROLES = ("anon", "authenticated", "service_role", "public")
_PRIVILEGES = "select|insert|update|delete|truncate|references|trigger|maintain|usage"

_IDENT = r'(?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")'
_PRIVILEGE = re.compile(rf"({_PRIVILEGES})(?: \(({_IDENT})\))?( with grant option)?")
_PRIVILEGE_LIST = re.compile(rf"{_PRIVILEGE.pattern}(?:, {_PRIVILEGE.pattern})*")
_KEY = re.compile(rf"(PRIMARY KEY|UNIQUE(?: NULLS NOT DISTINCT)?) \(({_IDENT}(?:, {_IDENT})*)\)")
_ACTION = "(?:NO ACTION|RESTRICT|CASCADE|SET NULL|SET DEFAULT)"
_FOREIGN_KEY = re.compile(
    rf"FOREIGN KEY \(({_IDENT})\) REFERENCES (?:public\.)?modules\(({_IDENT})\)"
    rf"((?: ON UPDATE {_ACTION})?(?: ON DELETE {_ACTION})?(?: NOT VALID)?)"
)
_SORTED = rf"{_IDENT}(?: DESC)?(?: NULLS (?:FIRST|LAST))?"
_INDEX = re.compile(
    rf"CREATE( UNIQUE)? INDEX ({_IDENT}) ON public\.module_access USING (btree|hash|gin|brin)"
    rf" \(({_SORTED}(?:, {_SORTED})*)\)( NULLS NOT DISTINCT)?( WHERE (?:is_active|\(is_active = true\)))?"
)
_TOKEN = re.compile(
    r"""'(?:[^'\\]|'')*' | \d+(?:\.\d+)? | [A-Za-z_][A-Za-z0-9_.]*\( | [A-Za-z_][A-Za-z0-9_]*
    | :: | [-+(),\[\]] | \ +""",
    re.VERBOSE,
)
_FUNCTIONS = frozenset(
    {
        *("now(", "clock_timestamp(", "statement_timestamp(", "transaction_timestamp(", "timezone("),
        *("gen_random_uuid(", "uuid_generate_v4(", "extensions.uuid_generate_v4(", "auth.uid(", "varchar("),
        *("varying(", "numeric(", "character("),
    }
)
_WORDS = frozenset(
    {
        *("true", "false", "null", "current_timestamp", "current_date", "text", "character", "varying"),
        *("varchar", "timestamp", "with", "without", "time", "zone", "at", "date", "interval", "boolean"),
        *("integer", "bigint", "smallint", "numeric", "double", "precision", "real", "uuid", "json", "jsonb"),
    }
)
_OWN_SEQUENCE = re.compile(r"nextval\('(?:public\.)?(?:module_access|access_tokens)[a-z0-9_]*'::regclass\)")
_MOST = 20_000


class NotRebuilt(ValueError):
    """What a part was cannot be put together again from what is known to be safe."""


@dataclass(frozen=True)
class Item:
    """A part by name. `kind`: its first words; `table`, `name`: what it is about."""

    kind: str
    name: str = ""
    table: str = "module_access"
    sequence: str | None = None


def item_of(text: object) -> Item | None:
    """The part that a name of the journal stands for; None where this tool changes no such part."""
    if not isinstance(text, str) or "\0" in text:
        return None
    if text in (TABLE, SECURITY):
        return Item(text)
    for kind in (COLUMN, TYPE, "default of ", "empty values of "):
        if text.startswith(kind):
            table, dot, column = text.removeprefix(kind).partition(".")
            fits = dot and _is_name(column) and (table == "module_access" or column in _OF_TOKENS)
            return Item(kind.strip(), column, table) if fits and table in _TABLES else None
    if text.startswith(RIGHTS):
        role, _to, sequence = text.removeprefix(RIGHTS).partition(" to sequence ")
        if role not in _ROLES or (_to and not _is_name(sequence)):
            return None
        return Item(RIGHTS.strip(), role, sequence=sequence or None)
    kind, blank, name = text.partition(" ")
    return Item(kind, name) if kind in _NAMED and blank and _is_name(name) else None


def make(item: Item, before: str | None) -> tuple[str, ...]:
    """The statements after which a part that was there before is as it was. Raises NotRebuilt.

    Empty where nothing is to be made: the part was not there, or comes back with another.
    """
    if before is None:
        return ()
    if len(before) > _MOST:
        raise NotRebuilt(before[:20])
    if item.kind == SECURITY and before in ("on", "off"):
        return (f"alter table {_WHOLE} {'enable' if before == 'on' else 'disable'} row level security",)
    column = f"alter table public.{item.table} alter column {quoted(item.name)}"
    if item.kind == "empty values of" and before in ("refused", "taken"):
        return (f"{column} {'set' if before == 'refused' else 'drop'} not null",)
    if item.kind == "default of":
        return (f"{column} {'drop default' if before == 'none' else 'set default ' + _expression(before)}",)
    if item.kind == "constraint":
        return (f"alter table {_WHOLE} add constraint {quoted(item.name)} {_constraint(before)}",)
    if item.kind == "index":
        return (_index(item.name, before),)
    raise NotRebuilt(item.kind)


def rights_of(text: str | None) -> dict[str, frozenset[bool]]:
    """The rights that a state lists, such as `select` or `update (is_active)`.

    Of each whether it may be passed on: both where two gave it. Raises NotRebuilt.
    """
    if text in (None, "none"):
        return {}
    if len(str(text)) > _MOST or not _PRIVILEGE_LIST.fullmatch(str(text)):
        raise NotRebuilt(RIGHTS)
    found: dict[str, frozenset[bool]] = {}
    for one in _PRIVILEGE.finditer(str(text)):
        right = f"{one[1]} ({one[2]})" if one[2] else one[1]
        found[right] = found.get(right, frozenset()) | {bool(one[3])}
    return found


def rights_text(rights: Mapping[str, frozenset[bool]]) -> str:
    """The state that lists these rights, as sql/undo/schema writes it."""
    return (
        ", ".join(
            right + (" with grant option" if passed_on else "")
            for right in sorted(rights)
            for passed_on in sorted(rights[right])
        )
        or "none"
    )


def grant(item: Item, right: str, *, passed_on: bool) -> str:
    """The statement that gives one right of `rights_of`."""
    return f"grant {right} on {_object(item)} to {_role(item)}{' with grant option' if passed_on else ''}"


def revoke(item: Item, right: str) -> str:
    """The statement that takes one right of `rights_of`."""
    return f"revoke {right} on {_object(item)} from {_role(item)}"


def is_of_this_tool(item: Item, before: str | None, statements: Sequence[object]) -> bool:
    """Whether the statements of a journal are this tool's: the part goes, or is made as it was."""
    return all(isinstance(each, str) and _is_one(item, before, each) for each in statements)


_TABLES = ("module_access", "access_tokens")
_NAMED = ("sequence", "constraint", "index", "policy")


def _is_name(name: str) -> bool:
    return 0 < len(name.encode("utf-8", "replace")) <= 63


def _is_one(item: Item, before: str | None, statement: str) -> bool:
    if item.kind == RIGHTS.strip():
        return _is_grant(item, statement)
    if item.kind == SECURITY:
        return statement in (
            f"alter table {_WHOLE} {way} row level security" for way in ("enable", "disable")
        )
    if item.kind == TABLE:
        return statement == f"drop table {_WHOLE}"
    wanted: set[str] = set()
    for name in (item.name, quoted(item.name)):
        table = f"alter table public.{item.table}"
        column = f"{table} alter column {name}"
        wanted |= {
            "column": {f"{table} drop column {name}"},
            "sequence": {f"drop sequence public.{name}"},
            "default of": {f"{column} drop default", f"{column} set default {before}"},
            "empty values of": {f"{column} {way} not null" for way in ("set", "drop")},
            "constraint": {f"{table} drop constraint {name}", f"{table} add constraint {name} {before}"},
            "index": {f"drop index public.{name}", str(before)},
            "policy": {f"drop policy {name} on {_WHOLE}", str(before)},
        }.get(item.kind, set())
    if before is not None and statement == before:
        # Of an index and of a policy the state is the statement itself.
        names = (item.name, quoted(item.name))
        starts = [f"create policy {name} on {_WHOLE} as " for name in names]
        starts += [f"create {u}index {name} on {_WHOLE} " for name in names for u in ("", "unique ")]
        return any(statement.lower().startswith(start.lower()) for start in starts)
    return statement in wanted


def _is_grant(item: Item, statement: str) -> bool:
    target = rf"sequence (?:public\.)?{_IDENT}" if item.sequence else re.escape(_WHOLE)
    role = rf'(?:{re.escape(item.name)}|"{re.escape(item.name)}")'
    given = rf"(?:{_PRIVILEGES})(?: \({_IDENT}\))?"
    return bool(
        re.fullmatch(
            rf"revoke all on {target} from {role}|grant {given} on {target} to {role}(?: with grant option)?",
            statement,
        )
    )


def _object(item: Item) -> str:
    return f"sequence public.{quoted(item.sequence)}" if item.sequence else _WHOLE


def _role(item: Item) -> str:
    return item.name if item.name == "public" else quoted(item.name)


def _constraint(before: str) -> str:
    key = _KEY.fullmatch(before)
    if key is not None:
        return f"{key[1]} ({key[2]})"
    foreign = _FOREIGN_KEY.fullmatch(before)
    if foreign is not None:
        return f"FOREIGN KEY ({foreign[1]}) REFERENCES public.modules ({foreign[2]}){foreign[3]}"
    raise NotRebuilt("constraint")


def _index(name: str, before: str) -> str:
    found = _INDEX.fullmatch(before)
    if found is None or found[2] not in (name, quoted(name)):
        raise NotRebuilt("index")
    return (
        f"CREATE{found[1] or ''} INDEX {quoted(name)} ON {_WHOLE} USING {found[3]} ({found[4]})"
        f"{found[5] or ''}{found[6] or ''}"
    )


def _expression(before: str) -> str:
    """A default that computes nothing but times, ids and constants."""
    if _OWN_SEQUENCE.fullmatch(before):
        return before
    place = 0
    while place < len(before):
        token = _TOKEN.match(before, place)
        if token is None:
            raise NotRebuilt("default")
        word = token[0]
        if word.endswith("(") and word != "(" and word not in _FUNCTIONS:
            raise NotRebuilt("default")
        if word[0].isalpha() and not word.endswith("(") and word.lower() not in _WORDS:
            raise NotRebuilt("default")
        place = token.end()
    if not before or "--" in _TOKEN.sub(lambda t: "''" if t[0][0] == "'" else t[0], before):
        raise NotRebuilt("default")
    return before
