"""What keeps the rows of accesses in order: the foreign key, the plain indexes, the unique one."""

from __future__ import annotations

from iahome_fix.checks.registry import check
from iahome_fix.checks.schema.other_table import of_its_app
from iahome_fix.facts.seen import Seen
from iahome_fix.facts.tables import gaps
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, Kind, fail, ok, warn
from iahome_fix.schema.requirements import Gap


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
