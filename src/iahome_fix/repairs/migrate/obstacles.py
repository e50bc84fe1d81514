"""What of the target shape does not hold, and keeps others from their work; each in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from iahome_fix.errors import Refused
from iahome_fix.i18n import N_, _
from iahome_fix.schema.requirements import CHANGE_TYPES, REFUSALS, Gap, Survey, requirement

_SUPABASES = "supabase_admin"
_OBSTACLES = {
    "not-a-table": N_(
        "module_access is a {detail}, not a table: rename or drop it by hand after looking at what reads it"
    ),
    "no-modules": N_("the table {detail} does not exist: without it there is nothing to give access to"),
    "modules-no-table": N_("{detail} is a view, no table: no foreign key can refer to it"),
    "modules-without-key": N_(
        "{detail} has neither a primary key nor a unique index: no foreign key can refer to it"
    ),
    "read-only": N_(
        "the database takes no writes ({detail}); a full disk is the usual reason: look at it first"
    ),
    "no-role": N_("the role {detail} does not exist: this is not a Supabase database"),
    "not-owner": N_("module_access belongs to {detail}: connect as that role"),
    "odd-column": N_("module_access has the column {detail}, a type that cannot be converted safely"),
    "state-elsewhere": N_(
        "module_access has no is_active, and {detail} may say which accesses were withdrawn, which would be"
        " shown again: add the column by hand, with what {detail} says of each row, then run migrate"
    ),
    "in-use": N_(
        "the type of {detail} has to change, and what others made is in the way: drop that by hand, migrate,"
        " then make it again"
    ),
}


def require_met(found: Survey, needed: Sequence[str]) -> None:
    """Refuse a table of which one of the needed requirements does not hold.

    Raises Refused: code not-migrated where `migrate` comes first, refused where it could do nothing either.
    """
    if REFUSALS in needed and found[REFUSALS]:
        raise Refused.unchanged("refused", obstacle(found[REFUSALS][0]))
    gap = _first_gap(found, needed)
    if gap is not None:
        raise Refused("not-migrated", gap, _("bring the tables to their shape first"))


def _first_gap(found: Survey, needed: Sequence[str]) -> str | None:
    """The first of the needed requirements that does not hold, in a sentence; None when all do."""
    for key in needed:
        for gap in found[key]:
            if key == REFUSALS:
                return obstacle(gap)
            said = _("this does not hold yet: {title} ({item}: {detail})").format(
                title=_(requirement(key).title), item=gap.where, detail=gap.what
            )
            if gap.statement:
                said += _("; migrate leaves what others made, so in the SQL editor: {statement}").format(
                    statement=gap.statement
                )
            elif not requirement(key).undoable:
                said += _("; migrate {option} changes it, for good").format(option=CHANGE_TYPES)
            return said
    return None


def obstacle(gap: Gap) -> str:
    """Why nothing can be done as long as this refusal (requirements 000, 005) holds, in a sentence."""
    if gap.item == "not-owner" and gap.what == _SUPABASES:
        return _(
            "module_access belongs to {owner}, as which nobody but Supabase connects: ask its support to give"
            " it to postgres"
        ).format(owner=gap.what)
    return _(_OBSTACLES[gap.item]).format(detail=gap.what)
