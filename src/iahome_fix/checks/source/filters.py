"""The values that pages ask for, against those that anything writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from iahome_fix.checks.registry import check
from iahome_fix.errors import ToolError
from iahome_fix.facts.app_tables import access_types
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _
from iahome_fix.masks import scrub
from iahome_fix.model import Finding, fail, ok, warn
from iahome_fix.source import app as source_app
from iahome_fix.source.app import App
from iahome_fix.source.known_tables import ACCESS, NO_ACCESS, OWNER
from iahome_fix.source.tables import TableUse

_DEFAULTS = {("module_access", "access_type"): "purchase"}
# What the repairs of this tool write.
_OURS = {("module_access", "access_type"): frozenset(("purchase", "token"))}
_OF_ANY_MODULE = OWNER | {"is_active", "access_type", "access_level", "expires_at", "status"}
"""Columns by which no single module is chosen."""
_MOST_SHOWN = 5


@check(
    "site.source-filters",
    N_("pages filter on values that are written"),
    after=("schema.module-access", "schema.columns"),
    queries=("checks/tables", "checks/source_access_types"),
)
def source_filters(ctx: Seen) -> Finding:
    """A page that asks for a value which nothing ever writes stays empty, and offers to buy again.

    Found by: the strings in `.eq(…)` and `.match(…)` on tables of accesses, against all strings that the
    source writes into that column, and, for access_type, against those in the table. It fails in pages and in
    the handler; elsewhere it is a warning, and so is a page that asks for one access (`single`) of a customer
    and names no module. Repair: in the code: ask for is_active and the end instead, and for a list.
    Never: rewrite the column in bulk to please one page.
    """
    app = source_app.app(ctx)
    seen = access_types.or_why(ctx)
    stored = frozenset() if isinstance(seen, ToolError) else seen
    holding = ACCESS | {use.table for use in app.handler_tables() if use.adds} - NO_ACCESS
    found = [
        (use, column, value)
        for use in app.tables
        if not use.writes and use.table in holding
        for column, value in use.filters()
        if value is not None
        and column not in OWNER
        and not _is_written(app, use.table, column, value, stored)
    ]
    if not found:
        alone = [use for use in app.tables if use.table in holding and _asks_for_one(use)]
        return _of_one(alone) if alone else ok(_("every value that is asked for is written somewhere"))
    shown = [hit for hit in found if hit[0].file.is_page or hit[0].file is app.handler] or found
    sentences = dict.fromkeys(
        _("{where} asks {table} for {column} = '{value}', which nobody writes").format(
            where=use.at_filter(column), table=use.table, column=column, value=scrub(value)
        )
        for use, column, value in shown
    )
    serious = any(use.file.is_page or use.file is app.handler for use, _column, _value in found)
    if serious and isinstance(seen, ToolError) and any((u.table, column) in _OURS for u, column, _v in found):
        raise seen  # the table may have rows with that value
    return (fail if serious else warn)(
        _("; ").join(list(sentences)[:_MOST_SHOWN]),
        hint=_("accesses in force have is_active true and an end that is absent or ahead"),
        uses=[
            {"table": use.table, "column": column, "value": scrub(value), "at": use.at_filter(column)}
            for use, column, value in found
        ],
    )


def _asks_for_one(use: TableUse) -> bool:
    """Whether a page asks for the one access of a customer, who may have several."""
    columns = {column for column, _value in use.filters()}
    return use.reads and use.file.is_page and use.of_one and bool(columns) and columns <= _OF_ANY_MODULE


def _of_one(uses: Sequence[TableUse]) -> Finding:
    sentences = dict.fromkeys(
        _("{where} asks {table} for one row of a customer, which is an error for whoever has several").format(
            where=use.where, table=use.table
        )
        for use in uses
    )
    return warn(
        _("; ").join(list(sentences)[:_MOST_SHOWN]),
        hint=_("ask for a list, or name the module (PostgREST answers PGRST116 to single() otherwise)"),
        uses=[{"table": use.table, "at": use.where} for use in uses],
    )


def _is_written(app: App, table: str, column: str, value: str, stored: frozenset[str]) -> bool:
    """Whether the value is, or could be, written by anything that is known."""
    place = (table, column)
    if value in _OURS.get(place, ()) or (place in _OURS and value in stored):
        return True
    values, all_told = _writes(app.tables, table, column)
    return value in values or not all_told


def _writes(uses: Iterable[TableUse], table: str, column: str) -> tuple[Mapping[str, str], bool]:
    """The strings that the source writes into a column, with where; and whether these are all of them."""
    values: dict[str, str] = {}
    any_write, all_told = False, True
    for use in uses:
        if use.table != table or not use.writes:
            continue
        for call in ("insert", "upsert", "update"):
            for row in use.written(call):
                entry = row.get(column) if row is not None else None
                if entry is not None and row is not None:
                    text = use.text(entry.value)
                    values |= {text: use.where} if text is not None else {}
                    all_told = all_told and text is not None
                elif row is None or not row.whole:
                    all_told = False
                elif call != "update":
                    default = _DEFAULTS.get((table, column))
                    values |= {default: use.where} if default else {}
                    all_told = all_told and default is not None
                any_write = True
    return values, all_told and (any_write or (table, column) in _OURS)
