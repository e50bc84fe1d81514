"""The rows that a run made, deactivated or lengthened, and those of them that can be taken back.

A row is as the run left it while it still carries the number of a transaction of the run (PostgreSQL, "System
Columns": xmin), or while every column holds what the run says in the row's metadata that it wrote: the
fingerprint of a row that was made or lengthened, the whole image of one that was deactivated. Every other row
may have been changed by somebody, and stays.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs import fingerprint, others
from iahome_fix.repairs.journal.journal import LONGEST_IMAGE, MOST_IDS, MOST_IMAGES, row_record
from iahome_fix.repairs.undo import bare_over_api, bare_rows
from iahome_fix.repairs.undo.bare_rows import Bare
from iahome_fix.schema.requirements import is_there
from iahome_fix.systems.database import Statement

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Database

_MOST_SHOWN = 20
_NOT_OF_THE_RUN = (
    "not exists (select from judged j where j.user_id::text = a.user_id::text"
    " and j.module_id::text = a.module_id::text)"
)
_NEEDED = frozenset(
    {
        *("id", "user_id", "module_id", "access_type", "token_id", "expires_at", "is_active"),
        *("created_at", "updated_at", "metadata"),
    }
)


@dataclass(frozen=True)
class Rows:
    """The rows of a run.

    Attributes:
        created, ended: how many it made, and changed, as far as they are there.
        deletable, restorable: how many of them are as the run left them and can be taken back.
        lengthened, to_shorten: those of `ended`, and of `restorable`, that it lengthened; it deactivated the
            others.
        blocked: deactivated rows whose customer has another active access to the module by now.
        later: the ids of later runs that deactivated or lengthened rows which this one wrote.
        versions: JSON list of the numbers of the run's transactions.
        doubles: whether a customer may have several active accesses to a module afterwards (no unique index).
        twins: the same for what the run took for duplicates: they were there at once before it.
        unmarked: how many rows a transaction of the run wrote last that do not bear its id, as a trigger
            wrote their metadata over; unmarked_ids: the first of them.
        unseen: module_access lacks columns, so that nothing can be told of its rows.
        bare: where the rows are, of a run that wrote a table that says nothing of runs.
    """

    created: int = 0
    deletable: int = 0
    ended: int = 0
    restorable: int = 0
    lengthened: int = 0
    to_shorten: int = 0
    blocked: int = 0
    later: tuple[str, ...] = ()
    versions: str = "[]"
    doubles: bool = False
    twins: bool = False
    unmarked: int = 0
    unmarked_ids: tuple[str, ...] = ()
    unseen: bool = False
    bare: Bare | None = None

    @property
    def to_do(self) -> int:
        return self.deletable + self.restorable

    @property
    def changed(self) -> int:
        return self.created + self.ended - self.to_do - self.blocked

    def as_json(self) -> dict[str, Any]:
        return {
            "created": self.created,
            "to_delete": self.deletable,
            "deactivated": self.ended - self.lengthened,
            "lengthened": self.lengthened,
            "to_restore": self.restorable,
            "in_the_way": self.blocked,
            "changed_since": self.changed,
            "later_runs": list(self.later),
        }


@dataclass(frozen=True)
class Trace:
    """A run as its rows tell it."""

    run_id: str
    command: str | None
    created: int
    ended: int
    began: str | None


def look_over_api(api: DataApi, run: Run | None, *, profile: AppProfile) -> Rows:
    """The rows of a run that wrote a later version's table, over the Data API. Reads only.

    Raises Refused, CouldNotTell.
    """
    bare = bare_rows.bare_of(run, profile)
    if bare is None:
        return Rows()
    versions = _versions(run)
    return Rows(**bare_over_api.look(api, bare, versions), versions=versions, bare=bare)


def look(
    db: Database,
    run_id: str,
    run: Run | None,
    *,
    profile: AppProfile = MODULE_ACCESS,
    doubles: bool = False,
    twins: bool = False,
) -> Rows:
    """The rows of a run, and what can be taken back of them. Reads only.

    `profile`: by which the operator goes; `doubles`, `twins`: as in `Rows`, for an undo after which no unique
    index stands.

    Raises CouldNotTell where rows may be hidden from this database user, or are behind a view.
    """
    versions = _versions(run)
    bare = bare_rows.bare_of(run, profile)
    if bare is not None:
        bare = bare_rows.listed(db, bare, versions)
        return Rows(**bare_rows.look(db, bare, versions), versions=versions, bare=bare)
    if not _table_is_fit(db):
        return Rows(unseen=is_there(db))
    _require_all_rows(db)
    values = {"run_id": run_id, "versions": versions, "doubles": doubles, "twins": twins}
    found = db.read(_query("look"), values, patient=True)[0]
    asked = {"run_id": run_id, "versions": versions, "most": _MOST_SHOWN}
    unmarked = db.read(sql.load("undo/unmarked"), asked, patient=True)[0]
    return Rows(
        created=int(found["created"]),
        deletable=int(found["deletable"]),
        ended=int(found["ended"]),
        restorable=int(found["restorable"]),
        lengthened=int(found["lengthened"]),
        to_shorten=int(found["to_shorten"]),
        blocked=int(found["blocked"]),
        later=tuple(json.loads(found["later"])),
        versions=versions,
        doubles=doubles,
        twins=twins,
        unmarked=int(unmarked["rows"]),
        unmarked_ids=tuple(str(one) for one in json.loads(unmarked["ids"])),
    )


def back(run_id: str, rows: Rows) -> tuple[Statement, ...]:
    """The statements that delete and restore the rows, for the transaction of an undo."""
    if rows.bare is not None:
        return bare_rows.back(rows.bare, rows.versions)
    values = {
        "run_id": run_id,
        "versions": rows.versions,
        "doubles": rows.doubles,
        "twins": rows.twins,
        "most_ids": MOST_IDS,
    }
    return (
        Statement(sql.load("undo/lock"), {"run_id": run_id}),
        Statement(_judged() + others.had(MODULE_ACCESS, whose=_NOT_OF_THE_RUN), values),
        Statement(_query("delete"), values),
        Statement(_query("restore"), values),
        Statement(sql.load("undo/immediate")),
        Statement(_query("left"), values),
        others.gone(MODULE_ACCESS),
    )


def unique_indexes(db: Database) -> frozenset[str]:
    """The indexes that keep a customer from several active accesses to a module, half-built ones too."""
    found = db.read(sql.load("undo/whole"))
    return frozenset(json.loads(found[0]["unique_indexes"])) if found else frozenset()


def record(db: Database, run_id: str) -> dict[str, Any]:
    """What the journal keeps of the rows of a run (`journal.row_record`); ask right after them.

    Raises what `Database.read` raises.
    """
    values = {
        "run_id": run_id,
        "most_ids": MOST_IDS,
        "most_images": MOST_IMAGES,
        "longest_image": LONGEST_IMAGE,
    }
    found = db.read(sql.load("undo/record"), values, patient=True)[0]
    created, ended = json.loads(found["created_ids"]), json.loads(found["deactivated_ids"])
    return row_record(
        created,
        ended,
        json.loads(found["before_images"]),
        left_out=int(found["created"]) + int(found["deactivated"]) - len(created) - len(ended),
    )


def traces(db: Database) -> tuple[Trace, ...]:
    """The runs that left rows in this database, the newest first. Reads only."""
    if not _table_is_fit(db):
        return ()
    rows = db.read(sql.load("undo/runs"), patient=True)
    return tuple(
        Trace(r["run_id"], r["command"], int(r["created"]), int(r["ended"]), r["began"]) for r in rows
    )


def _versions(run: Run | None) -> str:
    """JSON list of the numbers of a run's transactions."""
    known = ((run.changes.get("rows") or {}) if run else {}).get("versions")
    return json.dumps([str(v) for v in known] if isinstance(known, list) else [])


def _query(name: str) -> str:
    return _judged() + sql.load(f"undo/{name}")


def _judged() -> str:
    return fingerprint.load_for_stored("undo/judged")


def _require_all_rows(db: Database) -> None:
    whole = db.read(sql.load("undo/whole"))[0]
    if whole["kind"] not in ("r", "p"):
        raise CouldNotTell(
            "not-a-table",
            _("module_access is not a table: its rows do not show what a run wrote"),
            _("look at what took its place; nothing was undone"),
        )
    if whole["hidden"]:
        raise CouldNotTell(
            "rows-hidden",
            _("row level security applies to this database user: rows of the run may be hidden from it"),
            _("connect as the owner of module_access (postgres on Supabase); nothing was undone"),
        )


def _table_is_fit(db: Database) -> bool:
    tables = {row["name"]: row for row in db.read(sql.load("checks/tables", MODULE_ACCESS))}
    table = tables["module_access"]
    return (
        table["kind"] is not None
        and set(table["columns"]) >= _NEEDED
        and table["columns"]["metadata"] == "jsonb"
    )
