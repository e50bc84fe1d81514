"""Takes back what one run wrote, and only what nobody changed since: plan, then apply that same plan.

Rows that a run made are deleted, rows that it deactivated get back what they held before, a webhook endpoint
that it corrected gets back its fields. A row is as the run left it while it still carries the number of the
transaction that wrote it (PostgreSQL, "System Columns": xmin).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import Refused, UsageError
from iahome_fix.i18n import _
from iahome_fix.systems.database import Statement
from iahome_fix.systems.stripe_errors import StripeFailure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iahome_fix.repairs.journal import Run
    from iahome_fix.systems.database import Database
    from iahome_fix.systems.stripe_account import StripeAccount
    from iahome_fix.systems.stripe_writer import StripeWriter

_NEEDED = frozenset({"id", "user_id", "module_id", "is_active", "created_at", "updated_at", "metadata"})


@dataclass(frozen=True)
class Rows:
    """The rows of a run: how many there are, and how many are as the run left them."""

    created: int = 0
    deletable: int = 0
    ended: int = 0
    restorable: int = 0
    versions: str = "[]"

    @property
    def to_do(self) -> int:
        return self.deletable + self.restorable

    @property
    def changed(self) -> int:
        return self.created + self.ended - self.to_do


@dataclass(frozen=True)
class EndpointBack:
    """One webhook endpoint: the fields that the run changed, what they go back to, why not (if so)."""

    endpoint_id: str
    fields: Mapping[str, tuple[Any, Any]]
    obstacle: str | None = None


@dataclass(frozen=True)
class UndoPlan:
    """What is taken back, and what is not, each with its reason."""

    run_id: str
    rows: Rows = field(default_factory=Rows)
    endpoints: tuple[EndpointBack, ...] = ()
    not_undoable: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.rows.to_do and all(e.obstacle for e in self.endpoints)

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": {
                "created": self.rows.created,
                "to_delete": self.rows.deletable,
                "deactivated": self.rows.ended,
                "to_restore": self.rows.restorable,
                "changed_since": self.rows.changed,
            },
            "stripe": [
                {
                    "endpoint": e.endpoint_id,
                    "fields": {name: {"from": now, "to": before} for name, (now, before) in e.fields.items()},
                    "obstacle": e.obstacle,
                }
                for e in self.endpoints
            ],
            "not_undoable": list(self.not_undoable),
        }


@dataclass(frozen=True)
class Undone:
    """What was taken back."""

    deleted: int = 0
    restored: int = 0
    endpoints: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"deleted": self.deleted, "restored": self.restored, "stripe": list(self.endpoints)}


@dataclass(frozen=True)
class Trace:
    """A run as its rows tell it."""

    run_id: str
    command: str | None
    created: int
    ended: int
    began: str | None


def traces(db: Database) -> tuple[Trace, ...]:
    """The runs that left rows in this database, the newest first. Reads only."""
    if not _table_is_fit(db):
        return ()
    rows = db.read(sql.load("undo/runs"), patient=True)
    return tuple(
        Trace(r["run_id"], r["command"], int(r["created"]), int(r["ended"]), r["began"]) for r in rows
    )


def versions(db: Database, run_id: str) -> list[str]:
    """The numbers of the transactions that wrote a run's rows; ask right after them, for the journal."""
    found: list[str] = json.loads(
        db.read(sql.load("undo/versions"), {"run_id": run_id}, patient=True)[0]["versions"]
    )
    return found


def plan(run_id: str, run: Run | None, db: Database | None, account: StripeAccount | None) -> UndoPlan:
    """What of a run can be taken back. Reads only.

    `run`: what the journal has of it; `db`, `account`: None where a credential is missing.

    Raises UsageError when nobody knows the run, and what the systems raise.
    """
    rows = _rows(run_id, run, db) if db is not None else Rows()
    changed = _stripe_changes(run)
    endpoints = tuple(_endpoint(change, account) for change in changed) if account is not None else ()
    not_undoable = list(_schema_notes(run))
    if changed and account is None:
        not_undoable.append(_("the Stripe endpoint: STRIPE_SECRET_KEY is not set"))
    if db is None and (run is None or run.changes.get("rows")):
        not_undoable.append(_("rows: no way to the database is configured"))
    if rows.changed:
        not_undoable.append(
            _("{count} rows were changed by somebody since; they stay").format(count=rows.changed)
        )
    if run is None and not rows.created and not rows.ended:
        raise UsageError(
            "unknown-run",
            _("no run {run} is known, neither to the journal nor to the rows").format(run=run_id),
            _("`iahome-fix undo` without a run lists them"),
        )
    return UndoPlan(run_id, rows, endpoints, tuple(not_undoable))


def apply_rows(db: Database, agreed: UndoPlan) -> Undone:
    """Delete and restore the rows of the plan, in one transaction. Raises Refused when there are more now."""
    if not agreed.rows.to_do:
        return Undone()
    values = {"run_id": agreed.run_id, "versions": agreed.rows.versions}
    counts = db.transact(
        (
            Statement(sql.load("undo/delete"), values),
            Statement(sql.load("undo/restore"), values),
            Statement(sql.load("undo/done")),
        )
    )[0]
    return Undone(int(counts["deleted"]), int(counts["restored"]))


def apply_endpoints(writer: StripeWriter, agreed: UndoPlan) -> tuple[str, ...]:
    """Give the endpoints their fields back. Raises Refused when one changed since the plan, StripeFailure."""
    done = []
    for back in agreed.endpoints:
        if back.obstacle:
            continue
        current = writer.account.endpoint(back.endpoint_id)
        if any(_plain(getattr(current, name)) != _plain(now) for name, (now, _before) in back.fields.items()):
            raise Refused(
                "changed",
                _("the endpoint {id} changed since the plan was shown; it stays as it is").format(
                    id=back.endpoint_id
                ),
                _("run the same command again"),
            )
        wanted = {name: before for name, (_now, before) in back.fields.items()}
        writer.update_endpoint(
            back.endpoint_id,
            url=wanted.get("url"),
            enabled_events=wanted.get("enabled_events"),
            enable=wanted.get("status") == "enabled",
            disable=wanted.get("status") == "disabled",
        )
        done.append(back.endpoint_id)
    return tuple(done)


def _rows(run_id: str, run: Run | None, db: Database) -> Rows:
    if not _table_is_fit(db):
        return Rows()
    known = ((run.changes.get("rows") or {}) if run else {}).get("versions")
    values = {"run_id": run_id, "versions": json.dumps(known) if isinstance(known, list) else None}
    found = db.read(sql.load("undo/look"), values, patient=True)[0]
    return Rows(
        int(found["created"]),
        int(found["deletable"]),
        int(found["ended"]),
        int(found["restorable"]),
        found["versions"],
    )


def _table_is_fit(db: Database) -> bool:
    tables = {row["name"]: row for row in db.read(sql.load("checks/tables"))}
    table = tables["module_access"]
    return table["kind"] is not None and set(table["columns"]) >= _NEEDED


def _stripe_changes(run: Run | None) -> Sequence[Mapping[str, Any]]:
    return (run.changes.get("stripe") or ()) if run else ()


def _endpoint(change: Mapping[str, Any], account: StripeAccount) -> EndpointBack:
    endpoint_id = str(change["endpoint"])
    before, after = change.get("before"), change["after"]
    if before is None:
        return EndpointBack(
            endpoint_id,
            {},
            _("the run made this endpoint; deleting it would stop all deliveries, so it stays"),
        )
    try:
        current = account.endpoint(endpoint_id)
    except StripeFailure as failure:
        if failure.reason != "not-found":
            raise
        return EndpointBack(endpoint_id, {}, _("it no longer exists"))
    fields = {
        name: (after[name], before[name]) for name in after if _plain(after[name]) != _plain(before[name])
    }
    for name, (ours, _before) in fields.items():
        if _plain(getattr(current, name)) != _plain(ours):
            return EndpointBack(endpoint_id, fields, _("somebody changed {field} since").format(field=name))
    return EndpointBack(endpoint_id, fields)


def _schema_notes(run: Run | None) -> Sequence[str]:
    if run is None or not run.changes.get("schema"):
        return ()
    return (_("the schema stays: what `migrate` added keeps rows safe and takes nothing away from anybody"),)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, (list, tuple)) else value
