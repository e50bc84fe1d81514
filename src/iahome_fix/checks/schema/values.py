"""Whether the columns of a later version's table hold what their meaning says: moments, and yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.facts.tables import accesses
from iahome_fix.i18n import _, joined
from iahome_fix.identifiers import identifier
from iahome_fix.model import Finding, fail, unknown

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen
    from iahome_fix.profile import Column

_TIMES = frozenset(("timestamp without time zone", "timestamp with time zone"))
_FIT = {"time": _TIMES, "boolean": frozenset(("boolean",))}
"""Which types a column may have, by what its values are."""
_TEXTS = frozenset(("text", "character varying"))
_OTHERS = frozenset(
    (
        *("smallint", "integer", "bigint", "numeric", "double precision", "json", "jsonb", "uuid", "boolean"),
        *(*_TIMES, *_TEXTS),
    )
)
"""Types that are no other name of one that fits, as that of a domain may be."""


def kinds_of_values(ctx: Seen) -> Finding | None:
    """What is wrong where no `migrate` is for the table: moments, and what is yes or no, of other types.

    As text the app may read and write them all the same; what this tool compares is not known then.
    """
    table, has = ctx.profile.table, accesses(ctx).columns
    wrong = {
        column: has[column.name]
        for column in table.columns
        if column.kind in _FIT and has.get(column.name) in _OTHERS - _FIT[column.kind]
    }
    if not wrong:
        return None
    said = joined(
        *(
            _("{table}.{column} is {type}, and not {needed}").format(
                table=table.name, column=column.name, type=now, needed=_into(column)
            )
            for column, now in wrong.items()
        )
    )
    names = [column.name for column in wrong]
    if not _TEXTS.issuperset(wrong.values()):
        hint = _("look at the column's type in the SQL editor, and at who changed it")
        return fail(said, hint=hint, columns=names)
    changes = (
        f"alter column {name} drop default, alter column {name} type {type_} using {name}::{type_}"
        for name, type_ in ((identifier(column.name), _into(column)) for column in wrong)
    )
    return unknown(
        _("{said}: as text it is not compared, so what depends on it is not known").format(said=said),
        hint=_(
            "in the SQL editor, which refuses where a value does not fit: {statement}; a policy that names"
            " the column is dropped before, and made again; a default is set again"
        ).format(statement=f"alter table {table.place} {', '.join(changes)}"),
        columns=names,
    )


def _into(column: Column) -> str:
    return "boolean" if column.kind == "boolean" else "timestamp with time zone"
