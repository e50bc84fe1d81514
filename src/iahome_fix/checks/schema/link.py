"""Link schema: are the tables as the app needs them?

What the target shape of `module_access` is stands in `sql/module_access/`; `migrate` repairs what these
checks read there.
"""

from __future__ import annotations

from iahome_fix.checks import commands
from iahome_fix.checks.registry import check
from iahome_fix.checks.schema import in_place
from iahome_fix.checks.schema.bookkeeping import payments
from iahome_fix.checks.schema.cache import cache
from iahome_fix.checks.schema.columns import columns, migrate_hint
from iahome_fix.checks.schema.customers_refused import customers_refused
from iahome_fix.checks.schema.grant_accepted import grant_accepted
from iahome_fix.checks.schema.other_table import of_its_app
from iahome_fix.checks.schema.profile import profile
from iahome_fix.checks.schema.types import types
from iahome_fix.checks.schema.updates_accepted import updates_accepted
from iahome_fix.facts.api_schema import not_served
from iahome_fix.facts.queries import of_database
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.tables import Table, accesses, gaps, tables
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, Kind, fail, ok, warn
from iahome_fix.schema.requirements import Gap

# What the page and the handler of the guide's time name.
_TOKENS = ("id", "module_id", "is_active", "expires_at", "created_at")


@check(
    "schema.modules",
    N_("the table modules is there"),
    needs=("supabase.database",),
    queries=("checks/tables",),
)
def modules(ctx: Seen) -> Finding:
    """Every access refers to a row of `modules`. Found by: the catalog. Repair: by hand, from a backup.

    Never: create an empty one; every module would then be unknown.
    """
    return _needed_table(ctx, "modules", ("id",), instead=("cartes",))


@check(
    "schema.profiles",
    N_("the table profiles is there"),
    needs=("supabase.database",),
    queries=("checks/tables",),
)
def profiles(ctx: Seen) -> Finding:
    """The handler and the page find the customer in `profiles`. Found by: the catalog.

    Repair: bring it back under the name that the code uses; where `users` has its shape, rename that one.
    Never: create an empty `profiles`; every customer would then be unknown.
    """
    return _needed_table(ctx, "profiles", ("id", "email"), instead=("users",))


@check(
    "schema.access-tokens",
    N_("the table access_tokens is there"),
    needs=("supabase.database",),
    queries=("checks/tables",),
)
def access_tokens(ctx: Seen) -> Finding:
    """Tokens are the other way to a module, and what a backfill reads. Found by: the catalog.

    Repair: by hand, from a backup. Never: drop and create it again; the owners would be lost.
    """
    return _needed_table(ctx, "access_tokens", _TOKENS)


@check(
    "schema.module-access",
    N_("the table module_access is there"),
    needs=("supabase.database", "schema.modules"),
    queries=("checks/tables", "checks/strayed", *in_place.QUERIES),
)
def module_access(ctx: Seen) -> Finding:
    """The webhook writes each purchase into `module_access`, the page reads it; without it nobody sees a
    module.

    Found by: the catalog, not the Data API, which cannot tell "absent" from "not read anew yet". Where it has
    partitions, the handler's row is held against their conditions; where a view stands in its place, reading
    and writing through it are tried as the server (planned, not run).
    Repair: `migrate` creates it with the right types, indexes, policy and rights; `backfill` and `reconcile`
    then restore what customers paid for. A table that was renamed or moved is brought back by hand.
    Never: create it without rights, nobody could reach it; make a new one beside one that was renamed.
    """
    table = accesses(ctx)
    if table.kind is None and not ctx.profile.is_guides:
        return fail(
            not_served(ctx, table.name)
            or _("the table {name} does not exist: a payment has nowhere to be written to").format(
                name=table.name
            ),
            hint=_("restore it from a backup; or is the shop of another version? (--profile)"),
        )
    if table.kind is None:
        strayed = () if ctx.only_data_api else of_database(ctx, "checks/strayed")
        if strayed:
            return fail(
                _("the table module_access does not exist, but {names} does").format(
                    names=", ".join(str(row["name"]) for row in strayed)
                ),
                hint=_(
                    "if the accesses are in it, in the SQL editor: {statement}; then {command}; a"
                    " new table beside it would leave what was given by hand behind"
                ).format(statement=strayed[0]["statement"], command=ctx.settings.command("migrate")),
                strayed=[row["name"] for row in strayed],
            )
        return fail(
            not_served(ctx, "module_access")
            or _("the table module_access does not exist: a payment has nowhere to be written to"),
            hint=migrate_hint(ctx),
            fix=ctx.fix("migrate", undoable=True),
        )
    if table.kind == "partitioned table":
        return in_place.partitioned(ctx)
    if table.kind == "view" and not ctx.only_data_api:
        return in_place.view(ctx)
    if table.kind != "table":
        return fail(
            _("module_access is a {kind}, not a table").format(kind=table.kind),
            hint=_("find out what made it, rename it by hand, then run migrate; migrate itself refuses"),
        )
    if table.unlogged:
        return warn(
            _("module_access is an unlogged table: a crash of the server empties it, and no replica has it"),
            hint=_("in the SQL editor: alter table public.module_access set logged"),
            unlogged=True,
        )
    return ok(_("module_access is a table"))


@check(
    "schema.foreign-key",
    N_("accesses refer to modules"),
    kind=Kind.HYGIENE,
    needs=("schema.types",),
    queries=(
        "module_access/070_foreign_key",
        "module_access/072_other_foreign_keys",
        "module_access/075_foreign_key_checked",
    ),
)
def foreign_key(ctx: Seen) -> Finding:
    """Without the foreign key an access may name a module that is gone. Found by: the catalog.

    Repair: `migrate` adds it without scanning under a lock; one of another kind is for a person. Never:
    delete rows
    that do not fit; they prove purchases.
    """
    if not ctx.profile.is_guides:
        return of_its_app(ctx)
    missing = gaps(ctx, "070_foreign_key")
    if not missing:
        others = gaps(ctx, "072_other_foreign_keys")
        if others:
            return _of_others(others, _("the foreign key {names} of module_id is another: {details}"))
        return _hygiene(
            ctx,
            gaps(ctx, "075_foreign_key_checked"),
            _("the foreign key was not held against the rows that were there before it"),
        )
    return _hygiene(ctx, missing, _("module_access.module_id has no foreign key to modules"))


@check(
    "schema.indexes",
    N_("the plain indexes are there"),
    kind=Kind.HYGIENE,
    needs=("schema.columns",),
    queries=(
        "module_access/087_half_built_indexes",
        "module_access/100_indexes",
        "module_access/107_indexes_of_others",
    ),
)
def indexes(ctx: Seen) -> Finding:
    """The page filters by customer; without an index it slows down as the table grows. Found by: the catalog.

    Repair: `migrate` builds them; what others built twice, or left half-built, is for a person (Supabase's
    linter,
    0009). Never: take a missing plain index for the reason of a missing module.
    """
    if not ctx.profile.is_guides:
        return of_its_app(ctx)
    for requirement, words in (
        ("087_half_built_indexes", _("left half-built: {names}")),
        ("100_indexes", _("missing: {names}")),
    ):
        found = gaps(ctx, requirement)
        if found:
            return _hygiene(ctx, found, words.format(names=", ".join(gap.item for gap in found)))
    others = gaps(ctx, "107_indexes_of_others")
    if not others:
        return ok(_("every plain index is there, once and whole"))
    return _of_others(others, _("{names}: {details}"))


@check(
    "schema.one-active-access",
    N_("a customer has one active access per module"),
    needs=("schema.columns",),
    queries=(
        "module_access/080_duplicates",
        "module_access/085_renewals",
        "module_access/090_unique_index",
    ),
)
def one_active_access(ctx: Seen) -> Finding:
    """The handler looks for a single active row; two are read as none, and each further delivery adds one.

    Found by: the rows, and the unique index on active rows. Fails for duplicate rows; a missing index alone
    is a warning, since nothing is wrong yet.
    Repair: `migrate` deactivates all but the row that lasts longest, with the reason in its metadata, then
    builds the index; one of others that counts inactive rows is dropped by hand. Never: delete rows; keep
    the oldest
    by habit.
    """
    if not ctx.profile.is_guides:
        return of_its_app(ctx)
    doubled = gaps(ctx, "080_duplicates")
    fix = ctx.fix("migrate", undoable=True)
    if doubled:
        return fail(
            ngettext(
                "{count} pair of customer and module has several active rows",
                "{count} pairs of customer and module have several active rows",
                len(doubled),
            ).format(count=len(doubled)),
            hint=_(
                "the handler takes two rows for none and adds another; migrate keeps the one that lasts"
                " longest and deactivates the others, none is deleted"
            ),
            fix=fix,
            pairs=len(doubled),
        )
    total = gaps(ctx, "085_renewals")
    if total:
        return fail(
            _("the unique index {name} counts inactive rows, too: every renewal is refused").format(
                name=total[0].item
            ),
            hint=_("migrate leaves what others made; in the SQL editor: {statements}").format(
                statements="; ".join(str(gap.statement) for gap in total)
            ),
        )
    if gaps(ctx, "090_unique_index"):
        return warn(_("there are no duplicates, but no unique index keeps it so"), fix=fix)
    return ok(_("there are no duplicates, and a unique index keeps it so"))


@check(
    "schema.sequence",
    N_("the next id is free"),
    needs=("schema.columns",),
    queries=("module_access/110_sequence", "checks/sequence_end"),
)
def sequence(ctx: Seen) -> Finding:
    """After an import or a restore the sequence may stand behind the highest id: the next buyers get nothing.

    Found by: the sequence's value against the highest id, and against its own end and that of the column.
    Repair: `migrate` moves it forward; one that is at its end gets a wider type by hand.
    Never: read every 23505 as "already granted"; set the sequence lower.
    """
    behind = gaps(ctx, "110_sequence")
    if behind:
        return fail(
            _(
                "the sequence of module_access is behind its ids ({what}): the next payments are refused"
            ).format(what=behind[0].what),
            hint=_("migrate moves it forward; reconcile then serves those that were refused meanwhile"),
            fix=ctx.fix("migrate", undoable=True),
        )
    ended = of_database(ctx, "checks/sequence_end")
    if ended:
        return fail(
            _("the sequence {name} of module_access is at its end ({last}): no row gets an id").format(
                name=ended[0]["name"], last=ended[0]["last_value"]
            ),
            hint=_(
                "in the SQL editor: alter table public.module_access alter column id type bigint;"
                " alter sequence {name} as bigint no maxvalue; then {command}"
            ).format(name=ended[0]["name"], command=commands.then_reconcile(ctx)),
        )
    return ok(_("the sequence of module_access is ahead of its ids"))


def _needed_table(ctx: Seen, name: str, needed: tuple[str, ...], instead: tuple[str, ...] = ()) -> Finding:
    found: dict[str, Table] = dict(tables(ctx))
    table = found[name]
    if table.kind is None:
        other = next((o for o in instead if found[o].kind is not None), None)
        return fail(
            _("the table {name} does not exist, but {other} does").format(name=name, other=other)
            if other
            else not_served(ctx, name) or _("the table {name} does not exist").format(name=name),
            hint=_("if {other} has its shape: alter table public.{other} rename to {name}").format(
                other=other, name=name
            )
            if other
            else _(
                "is this the database of the app? if so, restore the table from a backup; an empty one"
                " does not help"
            ),
        )
    missing = [column for column in needed if column not in table.columns]
    if missing:
        return fail(
            _("{name} has no column {columns}").format(name=name, columns=", ".join(missing)), missing=missing
        )
    return ok(_("{name} is there").format(name=name))


def _of_others(found: tuple[Gap, ...], words: str) -> Finding:
    """A warning about what others made, with the statements that a person may run."""
    return warn(
        words.format(
            names=", ".join(gap.where for gap in found),
            details=", ".join(dict.fromkeys(gap.what for gap in found)),
        ),
        hint=_(
            "migrate leaves what others made; if you want it changed, in the SQL editor: {statements}"
        ).format(statements="; ".join(str(gap.statement) for gap in found)),
        names=[gap.item for gap in found],
    )


def _hygiene(ctx: Seen, missing: tuple[object, ...], detail: str) -> Finding:
    return (
        warn(detail, fix=ctx.fix("migrate", undoable=True))
        if missing
        else ok(_("module_access.module_id refers to modules"))
    )


CHECKS = (
    profile,
    modules,
    profiles,
    access_tokens,
    module_access,
    columns,
    types,
    foreign_key,
    indexes,
    one_active_access,
    sequence,
    grant_accepted,
    updates_accepted,
    customers_refused,
    cache,
    payments,
)
