"""Takes back what one run wrote, and only what nobody changed since: plan, then apply that same plan.

Rows that a run made are deleted, rows that it deactivated get back what they held before (`undo_rows`),
addresses that it changed get back their old form (`emails`), what it changed of the schema is as before
(`undo_schema`), a webhook endpoint that it corrected gets back its fields (`undo_endpoints`). What cannot be
taken back is said, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import Refused, UsageError
from iahome_fix.i18n import _, ngettext
from iahome_fix.repairs import emails as addresses
from iahome_fix.repairs import undo_endpoints, undo_rows, undo_schema
from iahome_fix.repairs.emails import MOST_FORMS, Emails
from iahome_fix.repairs.patience import patiently, quiet, refused, untold
from iahome_fix.repairs.run import STARTED
from iahome_fix.repairs.undo_endpoints import EndpointBack
from iahome_fix.repairs.undo_rows import Rows
from iahome_fix.repairs.undo_schema import PartBack
from iahome_fix.systems.database import SqlError, Statement

if TYPE_CHECKING:
    from iahome_fix.repairs.run import Run
    from iahome_fix.systems.database import Database
    from iahome_fix.systems.stripe_account import StripeAccount
    from iahome_fix.systems.stripe_writer import StripeWriter

_MORE_THAN_AGREED = "IF003"  # raised by sql/undo/within.sql
_SCHEMA_CHANGED = "IF005"  # raised by sql/undo/schema_agreed.sql
_ROWS_TELL_ALL = ("backfill", "reconcile")


@dataclass(frozen=True)
class UndoPlan:
    """What is taken back, and what is not, each with its reason."""

    run_id: str
    rows: Rows = field(default_factory=Rows)
    emails: Emails = field(default_factory=Emails)
    schema: tuple[PartBack, ...] = ()
    endpoints: tuple[EndpointBack, ...] = ()
    not_undoable: tuple[str, ...] = ()
    undone_by: str | None = None
    referring: tuple[str, ...] = ()

    @property
    def in_database(self) -> bool:
        """Is there anything to do in the database?"""
        return bool(self.rows.to_do or self.emails.restorable or self.parts)

    @property
    def parts(self) -> tuple[PartBack, ...]:
        """What of the schema is taken back."""
        return tuple(part for part in self.schema if not part.obstacle)

    @property
    def warning(self) -> str | None:
        """What the operator has to know before agreeing."""
        said = [undo_schema.warning(self.schema)]
        if self.rows.deletable and self.referring:
            said.append(
                _("rows of {tables} refer to accesses: those of a deleted one go, or change, with it").format(
                    tables=", ".join(self.referring)
                )
            )
        return ". ".join(filter(None, said)) or None

    @property
    def is_empty(self) -> bool:
        return not self.in_database and all(e.obstacle for e in self.endpoints)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows.as_json(),
            "emails": self.emails.as_json(),
            "schema": [part.as_json() for part in self.schema],
            "warning": self.warning,
            "stripe": [e.as_json() for e in self.endpoints],
            "not_undoable": list(self.not_undoable),
            "undone_by": self.undone_by,
        }


@dataclass(frozen=True)
class Undone:
    """What was taken back."""

    deleted: int = 0
    restored: int = 0
    emails: int = 0
    schema: int = 0
    endpoints: tuple[str, ...] = ()
    deleted_ids: tuple[Any, ...] = ()
    restored_ids: tuple[Any, ...] = ()

    @property
    def in_database(self) -> bool:
        """Was anything taken back in the database?"""
        return bool(self.deleted or self.restored or self.emails or self.schema)

    def as_json(self) -> dict[str, Any]:
        return {
            "deleted": self.deleted,
            "restored": self.restored,
            "emails": self.emails,
            "schema": self.schema,
            "stripe": list(self.endpoints),
        }


def plan(
    run_id: str,
    run: Run | None,
    db: Database | None,
    account: StripeAccount | None,
    *,
    undone_by: str | None = None,
) -> UndoPlan:
    """What of a run can be taken back. Reads only.

    `run`: what the journal has of it; `db`, `account`: None where a credential is missing; `undone_by`: the
    run that took it back already, if any.

    Raises UsageError when nobody knows the run, CouldNotTell, and what the systems raise.
    """
    rows, emails = Rows(), Emails()
    schema: tuple[PartBack, ...] = ()
    referring: tuple[str, ...] = ()
    if db is not None:
        try:
            rows = undo_rows.look(db, run_id, run)
            # What this run made was taken back once: what is there now is somebody else's.
            schema = () if undone_by else undo_schema.look(db, run, going=rows.deletable)
            if rows.blocked and undo_schema.frees_doubles(schema):
                rows = undo_rows.look(db, run_id, run, doubles=True)
            if rows.deletable:
                referring = tuple(str(row["name"]) for row in db.read(sql.load("undo/referring")))
            emails = addresses.look(db, run.changes.get("emails") if run else None)
        except SqlError as error:
            raise untold(error) from None
    changed = undo_endpoints.changes_of(run)
    endpoints = tuple(undo_endpoints.look(c, account) for c in changed) if account is not None else ()
    if run is None and not rows.created and not rows.ended:
        raise UsageError(
            "unknown-run",
            _("no run {run} is known, neither to the journal nor to the rows").format(run=run_id),
            _("`iahome-fix undo` without a run lists them"),
        )
    not_undoable = (
        *(_row_notes(rows) if db is not None else _unseen_rows(run)),
        *(() if undone_by and not emails.restorable else _email_notes(emails)),
        *([_("the Stripe endpoint: STRIPE_SECRET_KEY is not set")] if changed and account is None else ()),
        *(undo_schema.notes(schema, run) if db is not None else ()),
        *_run_notes(run),
    )
    return UndoPlan(run_id, rows, emails, schema, endpoints, not_undoable, undone_by, referring)


def apply_database(db: Database, agreed: UndoPlan, on_wait: Callable[[str], None] = quiet) -> Undone:
    """Take back what the plan shows of the database, in one transaction.

    Less than planned is fine (somebody changed a row meanwhile, and it stays). A table in use is awaited
    a few times (`on_wait` hears of it). Raises Refused when nothing was written: there is more to take back.
    """
    if not agreed.in_database:
        return Undone()
    most = {
        "most_deleted": agreed.rows.deletable,
        "most_restored": agreed.rows.restorable,
        "most_emails": agreed.emails.restorable,
    }
    first, last = undo_schema.back(agreed.schema)
    unit = (
        Statement(sql.load("undo/agreed"), most),
        *first,
        *(undo_rows.back(agreed.run_id, agreed.rows) if agreed.rows.to_do else ()),
        *addresses.back(agreed.emails),
        *last,
        Statement(sql.load("undo/within")),
        Statement(sql.load("undo/done")),
    )
    try:
        done = patiently(lambda: db.transact(unit), on_wait)[0]
    except SqlError as error:
        if error.sqlstate == _MORE_THAN_AGREED:
            raise Refused(
                "changed",
                _("more of that run can be taken back now than the plan showed; nothing was changed"),
                _("if that run is still under way, wait for its end; then run the same command again"),
            ) from None
        if error.sqlstate == _SCHEMA_CHANGED:
            raise Refused(
                "changed",
                _("the schema changed since the plan was shown ({what}); nothing was taken back").format(
                    what=error.message
                ),
                _("run the same command again and look at the new plan"),
            ) from None
        raise refused(error, db) from None
    return Undone(
        deleted=int(done["deleted"]),
        restored=int(done["restored"]),
        emails=int(done["emails"]),
        schema=len(agreed.parts),
        deleted_ids=tuple(json.loads(done["deleted_ids"])),
        restored_ids=tuple(json.loads(done["restored_ids"])),
    )


def apply_endpoints(writer: StripeWriter, agreed: UndoPlan) -> tuple[str, ...]:
    """Give the endpoints their fields back. Raises Refused when one changed since the plan, StripeFailure."""
    return undo_endpoints.give_back(writer, agreed.endpoints)


def _unseen_rows(run: Run | None) -> tuple[str, ...]:
    if run is None or run.changes.get("rows") or run.changes.get("emails"):
        return (_("rows: undo needs SQL, and neither SUPABASE_DB_URL nor SUPABASE_ACCESS_TOKEN is set"),)
    return ()


def _row_notes(rows: Rows) -> tuple[str, ...]:
    notes = []
    if rows.unseen:
        notes.append(
            _("rows: module_access lacks columns by now; `migrate` adds them, then undo sees the rows")
        )
    if rows.changed:
        notes.append(
            ngettext(
                "{count} row stays: it was changed since, or it cannot be told that it was not",
                "{count} rows stay: they were changed since, or it cannot be told that they were not",
                rows.changed,
            ).format(count=rows.changed)
        )
    if rows.later:
        notes.append(
            _("rows that later runs deactivated; take those back first: {runs}").format(
                runs=", ".join(rows.later)
            )
        )
    if rows.blocked:
        notes.append(
            ngettext(
                "{count} row stays inactive: its customer has another active access to the module by now",
                "{count} rows stay inactive: their customers have another active access to the module by now",
                rows.blocked,
            ).format(count=rows.blocked)
        )
    return tuple(notes)


def _email_notes(emails: Emails) -> tuple[str, ...]:
    notes = []
    since, unknown = emails.noted - emails.restorable, emails.changed - emails.noted
    if since:
        notes.append(
            ngettext(
                "{count} address: its profile was changed since, or somebody else has the old form now",
                "{count} addresses: their profiles were changed since, or somebody else has the old form now",
                since,
            ).format(count=since)
        )
    if unknown:
        notes.append(
            ngettext(
                "{count} address: its old form is not on record (the journal keeps {most} of them,"
                " and none with letters that have no capital of their own)",
                "{count} addresses: their old form is not on record (the journal keeps {most} of them,"
                " and none with letters that have no capital of their own)",
                unknown,
            ).format(count=unknown, most=f"{MOST_FORMS:,}")
        )
    return tuple(notes)


def _run_notes(run: Run | None) -> tuple[str, ...]:
    if run is None:
        return (
            _("anything but rows: this run is not in the journal here, and rows tell only of themselves"),
        )
    if run.command == "undo":
        return (_("an undo is not taken back: run the command again whose run it took back"),)
    if run.command == "resend":
        return (_("what the handler did with the events that were sent again; `explain` shows it"),)
    if run.command == "verify":
        return (_("`verify` removes what it makes by itself, and names what remains"),)
    if run.state == STARTED and run.command not in _ROWS_TELL_ALL:
        return (_("what the run did after its last note: it was ended from outside, or is still under way"),)
    return ()
