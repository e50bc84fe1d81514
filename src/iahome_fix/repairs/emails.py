"""Gives profiles the form of address that their login has, and takes that back.

No address is kept for it: the journal holds which letters of a profile's address were capitals and how many
blanks stood around it, which says nothing without the profile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.repairs import others
from iahome_fix.repairs.patience import NOT_KEPT, not_kept, patiently, refused
from iahome_fix.systems.database import Database, Statement
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile

MOST_FORMS = 10_000
"""Profiles whose old form the journal keeps; a file of more would be slow to read."""


@dataclass(frozen=True)
class Emails:
    """The addresses that a run changed: all, those whose old form is on record, those to give back.

    `accesses`: by which profile the accesses are that nobody may lose for it; None where there are none.
    """

    changed: int = 0
    noted: int = 0
    restorable: int = 0
    forms: str = "[]"
    version: str = ""
    accesses: AppProfile | None = None

    def as_json(self) -> dict[str, int]:
        return {
            "changed": self.changed,
            "to_restore": self.restorable,
            "changed_since": self.noted - self.restorable,
            "not_on_record": self.changed - self.noted,
        }


def apply(db: Database, most: int, profile: AppProfile) -> dict[str, Any]:
    """Change the addresses, at most as many as the plan showed; returns what the journal keeps of it.

    Raises Refused when nothing was written: also where somebody would lose an access for it.
    """
    change = Statement(sql.load("repair/email_case"), {"most": most, "most_forms": MOST_FORMS})
    try:
        unit = (
            *_around(_accesses(db, profile), change),
            Statement(sql.load("repair/none_lost")),
            Statement(sql.load("repair/renamed")),
        )
        done = patiently(lambda: db.transact(unit), lambda _text: None)[0]
    except SqlError as error:
        raise (not_kept(error, "profiles") if error.sqlstate == NOT_KEPT else refused(error, db)) from None
    return {"changed": int(done["renamed"]), "version": done["version"], "forms": json.loads(done["forms"])}


def look(db: Database, record: Any, profile: AppProfile) -> Emails:
    """How many of the addresses on record can be given back. Reads only. Raises what `read` raises."""
    if not isinstance(record, Mapping) or not record.get("changed"):
        return Emails()
    forms, version = json.dumps(record.get("forms") or []), str(record.get("version"))
    found = db.read(_query("look"), {"forms": forms, "version": version}, patient=True)[0]
    return Emails(
        int(record["changed"]),
        int(found["noted"]),
        int(found["restorable"]),
        forms,
        version,
        _accesses(db, profile),
    )


def back(emails: Emails) -> tuple[Statement, ...]:
    """The statements that give the addresses back, for the transaction of an undo."""
    if not emails.restorable:
        return ()
    given = {"forms": emails.forms, "version": emails.version}
    return (
        Statement(_query("lock"), given),
        *_around(emails.accesses, Statement(_query("restore"), given), Statement(sql.load("undo/immediate"))),
        Statement(sql.load("undo/emails_left")),
    )


def _accesses(db: Database, profile: AppProfile) -> AppProfile | None:
    """The profile, where its table is there and whole. Raises what `read` raises."""
    tables = {row["name"]: row for row in db.read(sql.load("checks/tables", profile))}
    return profile if set(profile.table.required) <= set(tables[profile.table.name]["columns"]) else None


def _around(accesses: AppProfile | None, *writing: Statement) -> tuple[Statement, ...]:
    return others.around(accesses, *writing, written="public.profiles") if accesses else writing


def _query(name: str) -> str:
    return sql.load("undo/emails") + sql.load(f"undo/emails_{name}")
