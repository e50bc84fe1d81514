"""What stands in SQL for the marks of the app profile, such as `/* profile table */`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from iahome_fix.identifiers import identifier
from iahome_fix.profile.model import TABLES
from iahome_fix.profile.module_access import MODULE_ACCESS
from iahome_fix.profile.table import KINDS
from iahome_fix.profile.user_applications import USER_APPLICATIONS_MONTH, USER_APPLICATIONS_YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iahome_fix.profile.model import AppProfile
    from iahome_fix.profile.table import AccessTable, Column

_TYPES = {"text": "text", "time": "timestamp", "boolean": "boolean", "json": "jsonb"}
_COLUMNS = (
    *("id", "owner", "module", "title", "token", "origin"),
    *("active", "ends", "created", "updated", "metadata"),
)
_ORIGINS = tuple(
    dict.fromkeys(
        known.handler.origin for known in (MODULE_ACCESS, USER_APPLICATIONS_YEAR, USER_APPLICATIONS_MONTH)
    )
)
"""What the handlers of the versions write of a purchase: the same in other words."""


def of(name: str, profile: AppProfile) -> str:
    """What stands for the mark of that name. Raises KeyError for one that there is not."""
    table = profile.table
    if name in _COLUMNS:
        return identifier(getattr(table, name).name)
    if name.removesuffix("_name") in _COLUMNS:
        return _text(getattr(table, name.removesuffix("_name")).name)
    updated = table.updated if table.updated and not table.updated.optional else None
    found: dict[str, Callable[[], str]] = {
        "table": lambda: table.place,
        "table_name": lambda: _text(table.name),
        "term": lambda: _interval(profile.term.shortest),
        "cites": lambda: "false" if table.metadata is None else "true",
        "page_columns": lambda: ", ".join(map(identifier, profile.page.reads)),
        "elsewhere": lambda: f"public.{profile.elsewhere}",
        "other_tables": lambda: ", ".join(map(_text, TABLES)),
        "touched": lambda: f", {identifier(updated.name)} = null" if updated else "",
        "fills": lambda: ", ".join(map(identifier, profile.handler.fills)),
        "nothing": lambda: ", ".join("null" for _column in profile.handler.fills),
        "written": lambda: ", ".join(f"({_text(c)}, {_text(v)})" for c, v in profile.handler.writes),
        "granted": lambda: ", ".join(map(identifier, granted(profile))),
        "granted_of_r": lambda: ", ".join(f"r.{identifier(name)}" for name in granted(profile)),
        "granted_as_json": lambda: _as_json(granted(profile)),
        "moved": lambda: ", ".join(map(identifier, moved(profile))),
        "moved_of_r": lambda: ", ".join(f"r.{identifier(name)}" for name in moved(profile)),
        "moved_as_json": lambda: _as_json(moved(profile)),
        "title_or_none": lambda: _text(table.title.name) if table.title else "null::text",
        "origins": lambda: ", ".join(map(_text, _ORIGINS)),
        "handlers_origin": lambda: _text(profile.handler.origin),
        "filled": lambda: ", ".join(map(_text, (table.id.name, *profile.handler.fills))),
    }
    return found[name]()


def granted(profile: AppProfile) -> Mapping[str, str]:
    """The columns of an access as the handler writes it, each with what stands for it: d is the sale."""
    table = profile.table
    found = {column: _text(value) for column, value in profile.handler.writes}
    found |= {table.owner.name: "d.owner", table.module.name: "d.module"}
    if table.title is not None:
        found[table.title.name] = "d.title"
    found |= {table.ends.name: "d.ends", table.active.name: "true"}
    if table.created.name in profile.handler.fills:
        found[table.created.name] = "now() at time zone 'utc'"
    return found


def moved(profile: AppProfile) -> Mapping[str, str]:
    """The same of an access that another version's handler wrote, with its own start, end and origin."""
    table = profile.table
    return {
        **granted(profile),
        table.created.name: "d.made",
        table.active.name: "d.active",
        table.origin.name: "d.origin",
    }


def _as_json(values: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{_text(name)}, {value}" for name, value in values.items())
    return f"jsonb_build_object({pairs})"


def accesses(template: str, profile: AppProfile) -> str:
    """The table under the names that the rules read: by the template, or as it is where it has them all."""
    table = profile.table
    if _shape(table) == _shape(MODULE_ACCESS.table):
        head = template[: template.index("\n(") + 1]
        return f"{head}{table.place}\n"
    for name in _COLUMNS:
        template = template.replace(f"/* profile {name} */", _column(getattr(table, name), name))
    return template


def _shape(table: AccessTable) -> tuple[Column | None, ...]:
    return tuple(getattr(table, name) for name in _COLUMNS if name != "title")


def _column(column: Column | None, name: str) -> str:
    """A column of the row `held`; empty where the table does not have it."""
    if column is None:
        return f"null::{_TYPES[KINDS.get(name, 'text')]}"
    if column.optional:
        return f"(to_jsonb(held) ->> {_text(column.name)})::{_TYPES[column.kind]}"
    return f"held.{identifier(column.name)}"


def _interval(span: timedelta) -> str:
    return f"interval '{span.total_seconds():.0f} seconds'"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
