"""Takes back what one run wrote, and only what nobody changed since: plan, then apply that same plan.

Rows that a run made are deleted, rows that it deactivated get back what they held before (`rows.py`),
addresses that it changed get back their old form (`repairs/emails.py`), what it changed of the schema is as
before (`schema.py`), a webhook endpoint that it corrected gets back its fields (`endpoints.py`). What cannot
be taken back is said, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import ToolError, UsageError
from iahome_fix.i18n import N_, _
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs import emails as addresses
from iahome_fix.repairs.emails import Emails
from iahome_fix.repairs.migrate import unheard
from iahome_fix.repairs.patience import untold
from iahome_fix.repairs.undo import endpoints as undo_endpoints
from iahome_fix.repairs.undo import notes as undo_notes
from iahome_fix.repairs.undo import rows as undo_rows
from iahome_fix.repairs.undo import schema as undo_schema
from iahome_fix.repairs.undo.bare_over_api import take_back as take_back_over_api
from iahome_fix.repairs.undo.database import apply_database
from iahome_fix.repairs.undo.endpoints import EndpointBack
from iahome_fix.repairs.undo.part import PartBack
from iahome_fix.repairs.undo.rows import Rows
from iahome_fix.repairs.undo.undone import Undone
from iahome_fix.systems.database_errors import SqlError

if TYPE_CHECKING:
    from iahome_fix.profile import AppProfile
    from iahome_fix.repairs.journal.run import Run
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Database
    from iahome_fix.systems.stripe_account import StripeAccount
    from iahome_fix.systems.stripe_writer import StripeWriter

__all__ = [
    "NO_STRIPE",
    "UndoPlan",
    "Undone",
    "apply_database",
    "apply_endpoints",
    "missed",
    "needs_database",
    "only_rows_without_marks",
    "plan",
    "take_back_over_api",
]

NO_STRIPE = N_("the Stripe endpoint: STRIPE_SECRET_KEY is not set")


@dataclass(frozen=True)
class UndoPlan:
    """What is taken back, and what is not, each with its reason.

    `without_stripe`: the run changed an endpoint, and there is no key to look at it with.
    """

    run_id: str
    rows: Rows = field(default_factory=Rows)
    emails: Emails = field(default_factory=Emails)
    schema: tuple[PartBack, ...] = ()
    endpoints: tuple[EndpointBack, ...] = ()
    not_undoable: tuple[str, ...] = ()
    undone_by: str | None = None
    referring: tuple[str, ...] = ()
    without_stripe: bool = False

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


def plan(
    run_id: str,
    run: Run | None,
    db: Database | None,
    account: StripeAccount | None,
    *,
    api: DataApi | None = None,
    profile: AppProfile = MODULE_ACCESS,
    undone_by: str | None = None,
    others: Iterable[Run] = (),
) -> UndoPlan:
    """What of a run can be taken back. Reads only.

    `run`: what the journal has of it; `db`, `account`: None where a credential is missing; `api`: where the
    Data API is all there is, and enough (`only_rows_without_marks`); `profile`: by which the operator goes;
    `undone_by`: the
    run that took it back already, if any; `others`: the other runs on record whose
    changes were not taken back.

    Raises UsageError when nobody knows the run, CouldNotTell, and what the systems raise.
    """
    rows, emails = Rows(), Emails()
    schema: tuple[PartBack, ...] = ()
    referring: tuple[str, ...] = ()
    if db is not None:
        try:
            rows = undo_rows.look(db, run_id, run, profile=profile)
            # What this run made was taken back once: what is there now is somebody else's.
            schema = (
                ()
                if undone_by
                else undo_schema.look(db, run, going=rows.deletable, elsewhere=unheard.made_by(others))
            )
            if rows.blocked and not undo_rows.unique_indexes(db) - undo_schema.indexes_that_go(schema):
                freed = undo_schema.frees_doubles(schema)
                rows = undo_rows.look(db, run_id, run, profile=profile, doubles=freed, twins=True)
            if rows.deletable:
                referring = tuple(str(row["name"]) for row in db.read(sql.load("undo/referring")))
            emails = addresses.look(db, run.changes.get("emails") if run else None, profile)
        except SqlError as error:
            raise untold(error) from None
    elif api is not None:
        rows = undo_rows.look_over_api(api, run, profile=profile)
    changed = undo_endpoints.changes_of(run)
    endpoints = tuple(undo_endpoints.look(c, account) for c in changed) if account is not None else ()
    if run is None and not rows.created and not rows.ended:
        raise UsageError(
            "unknown-run",
            _("no run {run} is known, neither to the journal nor to the rows").format(run=run_id),
            _("`undo` without a run lists them"),
        )
    not_undoable = (
        *undo_notes.of_rows(rows),
        *(() if undone_by and not emails.restorable else undo_notes.of_emails(emails)),
        *([_(NO_STRIPE)] if changed and account is None else ()),
        *(undo_schema.notes(schema, run) if db is not None else ()),
        *undo_notes.of_run(run),
    )
    return UndoPlan(
        run_id,
        rows,
        emails,
        schema,
        endpoints,
        not_undoable,
        undone_by,
        referring,
        without_stripe=bool(changed) and account is None,
    )


def missed(agreed: UndoPlan, done: Undone, look_again: Callable[[], UndoPlan]) -> int:
    """How many rows and addresses of the plan stay, since somebody changed them meanwhile.

    What another undo of the same run took back at the same moment does not stay: `look_again` tells.
    """
    rest = agreed.rows.to_do + agreed.emails.restorable - done.deleted - done.restored - done.emails
    if not rest:
        return 0
    stayed = agreed.rows.created + agreed.rows.ended - agreed.rows.to_do
    try:
        rows = look_again().rows
    except UsageError:
        rows = Rows()  # no row tells of the run any more
    except ToolError:
        return rest
    return max(0, rows.created + rows.ended - stayed) + agreed.emails.restorable - done.emails


def apply_endpoints(writer: StripeWriter, agreed: UndoPlan) -> tuple[str, ...]:
    """Give the endpoints their fields back. Raises Refused when one changed since the plan, StripeFailure."""
    return undo_endpoints.give_back(writer, agreed.endpoints)


def only_rows_without_marks(run: Run | None) -> bool:
    """Whether the run made rows in a table that says nothing of runs, which the Data API takes back, and
    nothing that takes SQL."""
    if run is None or (run.changes.get("rows") or {}).get("profile") is None:
        return False
    return not any(run.changes.get(name) for name in ("schema", "emails", "verify"))


def needs_database(run: Run | None) -> bool:
    """Whether it takes SQL to tell what a run wrote: only the endpoint can be told without."""
    return run is None or run.command != "check-stripe" or bool(run.changes.keys() - {"stripe"})
