"""Rows written into a table of accesses that says nothing of payments or runs: that of a later version.

The rows are as that version's handler writes them. Which ones a run wrote is on record in the journal alone,
by the numbers of its transactions, so nothing is written where the journal cannot be.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.facts import other_table
from iahome_fix.i18n import _
from iahome_fix.profile import marks
from iahome_fix.repairs.reconcile.ready import Tables, require_people
from iahome_fix.systems.database import Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.units import Wrote
    from iahome_fix.systems.database import Database


def require_ready(db: Database, profile: AppProfile) -> Tables:
    """Refuse a table that what writes into it cannot be sure of; returns the tables that are there.

    Raises Refused (other-version, columns-missing, not-a-table, sequence-behind), and what `require_people`
    raises.
    """
    require_stated(profile)
    found = require_people(db, profile)
    table = profile.table
    there = found.get(table.name)
    if there is None:
        raise Refused.unchanged(
            "not-a-table",
            _("there is no table {name}").format(name=table.name),
            _("say in iahome-fix.toml which table the app has, or by --profile which version it is"),
        )
    missing = sorted({*table.required, *profile.handler.fills} - there)
    if missing:
        raise Refused.unchanged(
            "columns-missing",
            _("{table} has no {columns}, which the app's webhook writes").format(
                table=table.name, columns=", ".join(missing)
            ),
        )
    behind = db.read(other_table.text("110_sequence", profile))
    if behind:
        raise Refused.unchanged(
            "sequence-behind",
            _("the sequence of {table} is behind its ids: {what}").format(
                table=table.name, what=behind[0]["detail"]
            ),
        )
    return found


def require_stated(profile: AppProfile) -> None:
    """Raise Refused (other-version) for a profile that does not say with what its handler fills a column."""
    unsaid = unstated(profile)
    if unsaid:
        raise Refused.unchanged(
            "other-version",
            _(
                "the handler of {name} fills {columns}, and the profile does not say with what: such a row"
                " cannot be written"
            ).format(name=profile.name, columns=", ".join(unsaid)),
            _("say it in iahome-fix.toml as a value of handler.writes, or take it out of handler.fills"),
        )


def on_record(profile: AppProfile, created: int, wrote: Wrote) -> dict[str, Any]:
    """What the journal has to know of rows in such a table."""
    return {
        "counts": {"created": created},
        "versions": list(wrote.versions),
        "profile": profile.name,
        "columns": columns_of(profile),
        "ids": {"created": list(wrote.made), "deactivated": list(wrote.ended)},
        **({"lengthened": list(wrote.lengthened)} if wrote.lengthened else {}),
        **({"pending": wrote.pending} if wrote.pending is not None else {}),
    }


def columns_of(profile: AppProfile) -> list[str]:
    """The table, and those of its columns by which undo finds and judges rows."""
    table = profile.table
    columns = (table.id, table.owner, table.module, table.active, table.created)
    return [table.place, *(column.name for column in columns)]


def unstated(profile: AppProfile) -> list[str]:
    """The columns that the handler fills and nobody says with what."""
    said = marks.granted(profile).keys() | {profile.table.created.name}
    return sorted(set(profile.handler.fills) - said)


def writing(profile: AppProfile) -> tuple[Statement, ...]:
    """What makes the accesses that were noted as due."""
    return tuple(
        Statement(sql.load(f"reconcile/{name}", profile)) for name in ("bare_make_way", "bare_create")
    )


def kept(db: Database, versions: Sequence[str], profile: AppProfile) -> int:
    """How many accesses the transactions of these numbers made, once no repair is under way.

    Raises CouldNotTell where no number is known, and what `Database.read` raises.
    """
    if not versions:
        raise CouldNotTell("outcome-unknown", _("the number of the transaction is not known"))
    query = sql.load("undo/bare_kept", profile)
    return int(db.read(query, {"versions": json.dumps(list(versions))}, settled=True)[0]["created"])
