"""The rows of a run in a table that says nothing of runs: those that carry the numbers of its transactions.

The journal alone has these numbers, the ids of the rows, and the profile whose table it was. A row that
anybody changed since carries another number, and stays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.profile import PROFILES
from iahome_fix.repairs import others
from iahome_fix.repairs.bare import columns_of
from iahome_fix.repairs.journal.journal import MOST_IDS
from iahome_fix.systems.database import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.systems.database import Database

_NOT_OF_THE_RUN = (
    "not exists (select from judged j where j.owner = a.user_id::text and j.module = a.module_id::text)"
)


@dataclass(frozen=True)
class Bare:
    """Where the rows of such a run are: the profile of the table, how many it made or gave a later end, and
    the ids of those that it made and deactivated.

    `lengthened`: what accesses held before it gave them a later end; `pending`: the rows of a request over
    the Data API whose answer it did not hear; `unlisted`: when the run began and ended, where its
    journal does not list the ids, as those of before did not.
    """

    profile: AppProfile
    created: int
    made: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    lengthened: tuple[Mapping[str, Any], ...] = ()
    pending: Mapping[str, Any] | None = None
    unlisted: tuple[str, str] | None = None

    @property
    def inserted(self) -> int:
        """How many rows it made."""
        return max(self.created - len(self.lengthened), 0)


def bare_of(run: Run | None, said: AppProfile) -> Bare | None:
    """Where a run wrote, if it was into such a table. `said`: the profile that the operator goes by.

    Raises CouldNotTell for a profile that nobody knows, or that has another table by now.
    """
    rows = (run.changes.get("rows") or {}) if run else {}
    name = rows.get("profile")
    if run is None or name is None:
        return None
    profile = said if said.name == name else PROFILES.get(name)
    if profile is None:
        raise CouldNotTell(
            "unknown-profile",
            _("the run wrote by the profile {name}, and this project goes by another one").format(name=name),
            _("say it as the run did, in iahome-fix.toml or by --profile {name}").format(name=name),
        )
    if rows.get("columns") not in (None, columns_of(profile)):
        raise CouldNotTell(
            "changed-profile",
            _("the run wrote by the profile {name}, whose table or columns are others by now").format(
                name=name
            ),
            _("with iahome-fix.toml as it was, undo finds the rows; nothing was undone"),
        )
    counts = rows.get("counts") or {}
    ids = rows.get("ids") or {}
    made, ended = (tuple(map(str, ids.get(kind) or ())) for kind in ("created", "deactivated"))
    lengthened = tuple(rows.get("lengthened") or ())
    unlisted = None
    if "deactivated" not in ids:
        unlisted = (run.started, run.ended or datetime.now(UTC).isoformat())
    created = int(counts.get("created") or 0)
    return Bare(profile, created, made, ended, lengthened, rows.get("pending"), unlisted)


def listed(db: Database, bare: Bare, versions: str) -> Bare:
    """The same with the ids of its rows, where the journal does not list them. Reads only."""
    if bare.unlisted is None:
        return bare
    began, ended = bare.unlisted
    values = {"versions": versions, "ids": json.dumps(bare.made), "began": began, "ended": ended}
    found = db.read(sql.load("undo/bare_unlisted", bare.profile), values, patient=True)[0]
    made, off = (tuple(json.loads(found[kind])) for kind in ("made", "ended"))
    return replace(bare, made=made, ended=off)


def look(db: Database, bare: Bare, versions: str) -> dict[str, Any]:
    """How many rows of the run there are, and can be taken back, as the fields of Rows. Reads only.

    `versions`: JSON list of the numbers of its transactions. Raises CouldNotTell where the table is no table,
    or rows may be hidden from this database user.
    """
    tables = {row["name"]: row for row in db.read(sql.load("checks/tables", bare.profile))}
    if tables[bare.profile.table.name]["kind"] not in ("r", "p"):
        raise CouldNotTell(
            "not-a-table",
            _("{table} is not a table: its rows do not show what a run wrote").format(
                table=bare.profile.table.name
            ),
        )
    if any(
        row["name"] == bare.profile.table.name for row in db.read(sql.load("backfill/hidden", bare.profile))
    ):
        raise CouldNotTell(
            "rows-hidden",
            _("row level security applies to this database user: rows of the run may be hidden from it"),
            _("connect as the owner of {table} (postgres on Supabase); nothing was undone").format(
                table=bare.profile.table.name
            ),
        )
    found = db.read(_query(bare, "bare_look"), _values(bare, versions), patient=True)[0]
    deletable = int(found["deletable"])
    return {
        "created": int(found["there"])
        if bare.made and not bare.pending and not bare.unlisted
        else max(bare.inserted, deletable),
        "deletable": deletable,
        "ended": int(found["ended"]) + len(bare.lengthened),
        "restorable": int(found["restorable"]) + int(found["to_shorten"]),
        "lengthened": len(bare.lengthened),
        "to_shorten": int(found["to_shorten"]),
        "blocked": int(found["blocked"]),
    }


def back(bare: Bare, versions: str) -> tuple[Statement, ...]:
    """The statements that delete and restore the rows, for the transaction of an undo."""
    values = {**_values(bare, versions), "most_ids": MOST_IDS}
    before = sql.load("undo/bare_judged", bare.profile) + others.had(bare.profile, whose=_NOT_OF_THE_RUN)
    return (
        Statement(before, values),
        Statement(_query(bare, "bare_delete"), values),
        Statement(_query(bare, "bare_shorten"), values),
        Statement(_query(bare, "bare_restore"), values),
        Statement(sql.load("undo/immediate")),
        Statement(sql.load("undo/bare_left", bare.profile), {"lengthened": json.dumps(bare.lengthened)}),
        others.gone(bare.profile),
    )


def _query(bare: Bare, name: str) -> str:
    return sql.load("undo/bare_judged", bare.profile) + sql.load(f"undo/{name}", bare.profile)


def _values(bare: Bare, versions: str) -> dict[str, Any]:
    return {
        "versions": json.dumps(json.loads(versions)),
        "made": json.dumps(bare.made),
        "ended": json.dumps(bare.ended),
        "lengthened": json.dumps(bare.lengthened),
        "pending": json.dumps(bare.pending),
    }
