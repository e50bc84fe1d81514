"""What only the app's source can say about tables: their names, who writes and who reads, by which values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from iahome_fix.checks.registry import check
from iahome_fix.errors import CouldNotTell
from iahome_fix.facts.app_tables import relations
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, blocked, fail, ok, unknown, warn
from iahome_fix.source import app as source_app
from iahome_fix.source.app import App
from iahome_fix.source.elsewhere import other_ways
from iahome_fix.source.known_tables import ACCESS, NO_ACCESS, OWNER
from iahome_fix.source.spelling import nearest
from iahome_fix.source.tables import TableUse, function_calls

# Judged by link schema already.
_OF_THE_CHAIN = frozenset(("modules", "profiles", "access_tokens", "module_access"))
_MOST_SHOWN = 5


@check(
    "site.source-tables",
    N_("the source names tables that exist"),
    queries=("checks/source_relations",),
)
def source_tables(ctx: Seen) -> Finding:
    """A read of a table that is not there ends in an error that the pages show as an empty list.

    Found by: the names in `.from('…')` in the app's source against the catalog, or against the Data API's own
    description where no SQL can be run. It fails where the page /encours reads its customer's rows from such
    a table, or the webhook's handler needs one; elsewhere it is a warning. The four tables of the flow
    themselves are judged by link schema. Repair: in the code, at the line that the finding names; deploy it.
    Never: make a table or a view with the misspelt name.
    """
    app = source_app.app(ctx)
    there = _relations(ctx)
    absent = [use for use in app.tables if use.table not in there | _OF_THE_CHAIN]
    if not absent:
        names = {use.table for use in app.tables}
        return ok(
            ngettext(
                "{count} table is named, and it exists", "{count} tables are named, and all exist", len(names)
            ).format(count=len(names)),
            **_left_out(app),
        )
    run = _run_by_handler(app)
    serious = [use for use in absent if _matters(app, use, there, run)]
    named = _one_each(serious or absent)
    sentences = [_absent(use, there) for use in named[:_MOST_SHOWN]]
    if len(named) > _MOST_SHOWN:
        sentences.append(_("and {count} more").format(count=len(named) - _MOST_SHOWN))
    return (fail if serious else warn)(
        _("; ").join(sentences),
        hint=_("correct the name in the code and deploy it")
        if serious
        else _("neither the page nor the handler depends on it"),
        uses=[{"table": use.table, "at": use.where, "instead": nearest(use.table, there)} for use in absent],
        **_left_out(app),
    )


@check(
    "site.source-split",
    N_("the handler writes where the page reads"),
    queries=("checks/source_relations",),
)
def source_split(ctx: Seen) -> Finding:
    """When webhook and page come from different versions of the app, the row is there, in the other table.

    Found by: the tables that the webhook's handler writes (with what it imports and the app's own routes that
    it calls) against those from which the page /encours reads the rows of its customer; a misspelt one counts
    as the one that is meant.
    Repair: choose the table of the page that is deployed, correct the handler, deploy both together, then
    `reconcile`; rows of the other table are copied by hand, each with its own end.
    Never: write both tables for ever; copy what is over as active.
    """
    app = source_app.app(ctx)
    handler = source_app.handler(app)
    if app.page is None:
        return unknown(_("the source has no page {path}").format(path=app.profile.page.path))
    read = [use for use in app.page_tables() if use.reads and may_hold_accesses(use)]
    written = [use for use in app.handler_tables() if use.adds and use.table not in NO_ACCESS]
    if not read:
        return unknown(
            _("from which table {page} lists the accesses could not be read from the source").format(
                page=app.page.path
            )
        )
    there = _known(ctx)
    if there is not None:
        run = _run_by_handler(app)
        wrong = [use for use in app.tables if id(use.node) in run and use.table not in there]
        if any(_matters(app, use, there, run) for use in wrong):
            # What this says of lost payments is said there; a wrong name on the page says nothing of them.
            return blocked(_("the handler names a table that does not exist"), "site.source-tables")
        meant = {use.table: use.table if use.table in there else nearest(use.table, there) for use in read}
        if not any(meant.values()):
            return unknown(
                _("the page reads {tables}, which does not exist (site.source-tables)").format(
                    tables=", ".join(sorted(meant))
                )
            )
    else:
        meant = {use.table: use.table for use in read}
    facts: dict[str, Any] = {
        "page": sorted({use.table for use in read}),
        "handler": sorted({use.table for use in written}),
        "at": [use.where for use in (*_one_each(written), *_one_each(read))],
    }
    shared = sorted({use.table for use in written} & set(meant.values()))
    if shared:
        return ok(_("handler and page both use {tables}").format(tables=", ".join(shared)), **facts)
    where = "; ".join(use.where for use in _one_each(read))
    if not written and any(True for _call in function_calls(app.of_handler)):
        return unknown(
            _(
                "the handler ({handler}) writes through functions of the database,"
                " which the source does not show"
            ).format(handler=handler.path),
            **facts,
        )
    otherwise = next(other_ways(app.handling()), None) if not written else None
    if otherwise is not None:
        return unknown(
            _(
                "the handler ({handler}) names no table of accesses; it may write through {way} ({where}),"
                " which is not followed"
            ).format(handler=handler.path, way=otherwise[0], where=otherwise[1]),
            **facts,
        )
    # Tables of other names may hold something else of the customer's.
    finding = fail if any(use.table in ACCESS for use in read) else warn
    if not written:
        return finding(
            _(
                "the handler ({handler}) writes no access at all, while the page reads {tables} ({where})"
            ).format(handler=handler.path, tables=", ".join(facts["page"]), where=where),
            hint=_others(app),
            **facts,
        )
    return finding(
        _("the handler writes {written} ({at}), but the page reads {read} ({where})").format(
            written=", ".join(facts["handler"]),
            at="; ".join(use.where for use in _one_each(written)),
            read=", ".join(facts["page"]),
            where=where,
        ),
        hint=_("they are of different versions of the app: correct one of them and deploy both together"),
        **facts,
    )


def _relations(ctx: Seen) -> frozenset[str]:
    found = frozenset(relations(ctx))
    if not found:
        raise CouldNotTell(
            "no-tables", _("the schema public has no tables at all: is this the app's database?")
        )
    return found


def _known(ctx: Seen) -> frozenset[str] | None:
    """The tables that there are, or should be; None where they cannot be read."""
    found = relations.or_none(ctx)
    return frozenset(found) | _OF_THE_CHAIN if found else None


def _run_by_handler(app: App) -> frozenset[int]:
    """The statements that run when the handler does, its own and those of what it imports."""
    return frozenset(id(use.node) for use in app.handling().uses) if app.handler is not None else frozenset()


def _matters(app: App, use: TableUse, there: frozenset[str], run: frozenset[int]) -> bool:
    """Whether a module can stay away because of it."""
    if app.page is not None and _beside(use, app.page.folder):
        return nearest(use.table, there) is not None or any(c in OWNER for c, _v in use.filters())
    if id(use.node) in run:
        # What is only written beside the access is missed by nobody who waits for a module.
        read = {other.table for other in app.page_tables() if may_hold_accesses(other)}
        return use.reads or bool({use.table, nearest(use.table, there | _OF_THE_CHAIN)} & read)
    return False


def _beside(use: TableUse, folder: str) -> bool:
    return use.file.folder == folder or use.file.folder.startswith(folder + "/")


def _absent(use: TableUse, there: frozenset[str]) -> str:
    meant = nearest(use.table, there | _OF_THE_CHAIN)
    sentence = _("{where} names {table}, a table that does not exist").format(
        where=use.where, table=use.table
    )
    return (
        sentence
        if meant is None
        else _("{sentence}; perhaps {name} is meant").format(sentence=sentence, name=meant)
    )


def _one_each(uses: Iterable[TableUse]) -> list[TableUse]:
    """One use per table."""
    return list({use.table: use for use in reversed(list(uses))}.values())[::-1]


def may_hold_accesses(use: TableUse) -> bool:
    """Whether the table may be the one that says which modules a customer has."""
    if use.table in NO_ACCESS:
        return False
    return use.table in ACCESS or any(column == "user_id" for column, _value in use.filters())


def _others(app: App) -> str:
    if app.other_handlers:
        return _("another route does take events: {routes}; Stripe has to post there").format(
            routes=", ".join(file.route or file.path for file in app.other_handlers)
        )
    return _("the handler of this version grants nothing: deploy one that writes where the page reads")


def _left_out(app: App) -> dict[str, Any]:
    found = app.checkout.left_out
    return {"left_out": list(found[:_MOST_SHOWN])} if found else {}
