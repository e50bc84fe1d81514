"""The columns that the handler and the page name, against those that the database has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iahome_fix.checks.registry import check
from iahome_fix.facts.app_tables import Relation, relations
from iahome_fix.facts.seen import Seen
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, fail, ok, unknown, warn
from iahome_fix.source import app as source_app
from iahome_fix.source.app import App
from iahome_fix.source.columns import Asked, Named, columns_of, holds_number
from iahome_fix.source.edits import Edit, diff
from iahome_fix.source.known_tables import BESIDE, NO_ACCESS
from iahome_fix.source.spelling import nearest
from iahome_fix.source.tables import TableUse

_AFTER = ("schema.modules", "schema.profiles", "schema.module-access", "schema.columns")
_MOST_SHOWN = 5


@check(
    "site.source-columns",
    N_("the handler names columns that exist"),
    after=_AFTER,
    queries=("checks/source_relations",),
)
def source_columns(ctx: Seen) -> Finding:
    """A row with a column too many is refused as a whole (PGRST204), a filter on one is an error (42703).

    Found by: the keys of the rows that the webhook's handler writes, and the columns in its select, filters
    and onConflict, against the catalog, or against the Data API's own description where no SQL can be run.
    It fails where a grant depends on the statement; what is only noted beside it, and the rest of the
    source, is a warning. A moment takes no number (22008), an embedded table needs a foreign key (PGRST200).
    An upsert needs a unique constraint on exactly the columns of onConflict (42P10):
    an index with a condition, as the one of active accesses has it, is none.
    Repair: the diff of the finding where the right name is plain, else in the code at that line; deploy it,
    then `reconcile`.
    Never: add a column under the misspelt name; drop the unique index of active accesses for onConflict.
    """
    app = source_app.app(ctx)
    handler = source_app.handler(app)
    there = relations(ctx)
    uses = app.handling().uses
    wrong = list(_wrong(uses, there, app.of_handler))
    serious = [one for one in wrong if _grants_by(app, one)]
    # What the page asks is another check's.
    shown = {id(use.node) for use in (*uses, *app.shown())}
    rest = [use for use in app.tables if id(use.node) not in shown]
    others = [one for one in wrong if one not in serious] + list(_wrong(rest, there, ()))
    if wrong or others:
        return _finding(serious or others, there, serious=bool(serious), everything=[*serious, *others])
    return ok(
        ngettext(
            "{count} table is used in the handler ({handler}), and it has the columns",
            "{count} tables are used in the handler ({handler}), and they have the columns",
            len({use.table for use in uses}),
        ).format(count=len({use.table for use in uses}), handler=handler.path)
    )


@check(
    "site.source-page-columns",
    N_("the page asks for columns that exist"),
    after=(*_AFTER, "schema.foreign-key"),
    queries=("checks/source_relations",),
)
def source_page_columns(ctx: Seen) -> Finding:
    """One column that is not there makes the whole query fail (42703); the page shows that as an empty list.

    Found by: the columns in select, filters and order of what the page /encours runs, embedded tables
    included, against the catalog, or against the Data API's own description; what is embedded needs a foreign
    key (PGRST200). It fails for the query of the customer's accesses; for others of the page it is a warning.
    Repair: the diff of the finding where the right name is plain, else in the code at that line; deploy it.
    Never: add a column to please one page; take the error for an empty list.
    """
    app = source_app.app(ctx)
    if app.page is None:
        return unknown(_("the source has no page {path}").format(path=app.profile.page.path))
    there = relations(ctx)
    wrong = list(_wrong(app.shown(), there, app.of_page))
    serious = [one for one in wrong if one.use.table not in NO_ACCESS]
    if wrong:
        return _finding(serious or wrong, there, serious=bool(serious), everything=wrong)
    return ok(_("the page {page} asks for columns that exist").format(page=app.page.path))


def _wrong(
    uses: Iterable[TableUse], there: Mapping[str, Relation], callers: tuple[Any, ...]
) -> Iterator[Named]:
    """The columns that are not there, and the lists of onConflict without a constraint; each place once."""
    told: set[tuple[str, str, int, Asked]] = set()
    for use in uses:
        for one in columns_of(use, callers):
            relation = there.get(one.table)
            place = (one.column, one.at.file.path, one.at.node.start, one.asked)
            if relation is not None and place not in told and _is_wrong(one, relation, there):
                told.add(place)
                yield one


def _is_wrong(one: Named, relation: Relation, there: Mapping[str, Relation]) -> bool:
    if one.asked is Asked.EMBEDDED:
        return _cannot_embed(one, relation, there)
    if one.column not in relation.columns or _takes_no_number(one, relation):
        return True
    return one.asked is Asked.UNIQUE and _without_key(one, relation) and one.column == min(one.beside)


def _cannot_embed(one: Named, relation: Relation, there: Mapping[str, Relation]) -> bool:
    """Whether there is no way from the one table to the other; what is known of views is not enough."""
    other = there.get(one.column)
    if relation.embeds is None or (other is not None and other.embeds is None):
        return False
    return one.column not in relation.embeds


def _takes_no_number(one: Named, relation: Relation) -> bool:
    """Whether a number is written where a moment is held."""
    value = one.at.node.get("value")
    return one.asked is Asked.WRITTEN and one.column in relation.moments and holds_number(value)


def _without_key(one: Named, relation: Relation) -> bool:
    """Whether onConflict names columns that are there, without a constraint on just these."""
    return relation.keys is not None and one.beside <= relation.columns and one.beside not in relation.keys


def _grants_by(app: App, one: Named) -> bool:
    """Whether an access is not written without the statement."""
    use = one.use
    if use.table in BESIDE:
        return False
    return use.reads or use.adds or use.table in {other.table for other in app.page_tables()}


def _finding(
    shown: list[Named], there: Mapping[str, Relation], *, serious: bool, everything: list[Named]
) -> Finding:
    sentences = list(dict.fromkeys(_sentence(one, there) for one in shown))
    if len(sentences) > _MOST_SHOWN:
        more = len(sentences) - _MOST_SHOWN
        sentences = [*sentences[:_MOST_SHOWN], _("and {count} more").format(count=more)]
    facts: dict[str, Any] = {}
    if corrected := diff(_edits(everything, there)):
        facts["diff"] = corrected
    hint = _("correct the name in the code and deploy it")
    if not serious:
        hint = _("neither the page nor a grant depends on it")
    elif all(one.asked is Asked.EMBEDDED for one in shown):
        hint = _("ask for the two tables in two queries, and join their rows in the code")
    elif all(_takes_no_number(one, there[one.table]) for one in shown):
        hint = _("write new Date(…).toISOString(), of milliseconds")
    elif all(one.asked is Asked.UNIQUE and one.column in there[one.table].columns for one in shown):
        hint = _("insert the row, and update it where the insert answers 23505; or look for it first")
    return (fail if serious else warn)(
        _("; ").join(sentences),
        hint=hint,
        uses=[
            {"table": one.table, "column": one.column, "at": one.at.where, "instead": _meant(one, there)}
            for one in everything
        ],
        **facts,
    )


def _sentence(one: Named, there: Mapping[str, Relation]) -> str:
    if one.asked is Asked.EMBEDDED:
        return _(
            "{where} embeds {other} into {table}, between which there is no foreign key: the whole query"
            " fails (PGRST200)"
        ).format(where=one.at.where, other=one.column, table=one.table)
    if _takes_no_number(one, there[one.table]):
        return _(
            "{where} writes a number into {table}.{column}, which holds a moment: the row is refused (22008)"
        ).format(where=one.at.where, table=one.table, column=one.column)
    if one.column in there[one.table].columns:
        return _(
            "{where} upserts into {table} by onConflict {columns}, on which it has no unique constraint:"
            " every such row is refused (42P10)"
        ).format(where=one.at.where, table=one.table, columns=", ".join(sorted(one.beside)))
    words = {"where": one.at.where, "table": one.table, "column": one.column}
    meant = _meant(one, there)
    if one.asked is Asked.WRITTEN:
        said = _(
            "{where} writes {column} into {table}, which has no such column:"
            " the whole row is refused (PGRST204)"
        ).format(**words)
    else:
        said = _("{where} asks {table} for {column}, a column that it does not have (42703)").format(**words)
    if meant is None:
        return said
    return _("{sentence}; perhaps {name} is meant").format(sentence=said, name=meant)


def _meant(one: Named, there: Mapping[str, Relation]) -> str | None:
    """The column that was perhaps meant, unless it is named beside it already."""
    columns = there[one.table].columns
    if one.asked is Asked.EMBEDDED:
        return None
    found = nearest(one.column, columns) if one.column not in columns else None
    return None if found in one.beside else found


def _edits(wrong: Iterable[Named], there: Mapping[str, Relation]) -> Iterator[Edit]:
    for one in wrong:
        meant = _meant(one, there)
        edit = one.corrected(meant) if meant is not None else None
        if edit is not None:
            yield edit
