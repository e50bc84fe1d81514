"""Whether what a synthetic payment writes can be taken away again: asked, and where it has to be, tried."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.i18n import _
from iahome_fix.repairs import others
from iahome_fix.schema import gap_words
from iahome_fix.systems.database import Statement
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.verify.rows import PAYMENT, TOKEN

if TYPE_CHECKING:
    from iahome_fix.domain.synthetic import Buyer
    from iahome_fix.profile import AppProfile
    from iahome_fix.systems.database import Database

_TRIED, _NOT_DELETED, _OTHERS_LOST = "IF011", "IF012", "IF014"  # raised by sql/verify/delete_trial.sql


def require_rights(db: Database, profile: AppProfile, *, payments: bool) -> None:
    """That this database user may delete the access and, with `payments`, the bookkeeping row. Reads only.

    Raises Refused with what to grant, CouldNotTell where not even reading is allowed.
    """
    for table in _tables(db, profile, payments=payments):
        name, role = table["name"], table["role"]
        kept = _("or leave the row in payments on purpose: --keep-payment") if name == PAYMENT else None
        if not table["may_read"]:
            raise CouldNotTell(
                "cannot-read",
                _("{role} may not read {table}: nothing can be proved, and nothing was sent").format(
                    role=role, table=name
                ),
                _joined(_grant(table), kept),
            )
        if not table["may_delete"]:
            raise Refused(
                "cannot-remove",
                _("{role} may not delete from {table}: what the payment writes would stay").format(
                    role=role, table=name
                ),
                _joined(_grant(table), kept),
            )
        if table["hidden"]:
            raise Refused(
                "cannot-remove",
                _(
                    "row level security of {table} applies to {role}: what the payment writes may be hidden"
                    " from it, and stay"
                ).format(role=role, table=name),
                _joined(_("connect as the owner of the table (postgres on Supabase)"), kept),
            )
        if name == PAYMENT and json.loads(table["standing"]):
            raise Refused(
                "cannot-remove",
                _("the row in payments may not be removable again: {what}").format(what=_names(table)),
                kept,
            )


def require_removed(db: Database, profile: AppProfile, buyer: Buyer, session: str) -> None:
    """That an access like the handler's goes again, tried where something stands on the table.

    Raises Refused where it would stay, CouldNotTell where it cannot be tried.
    """
    tables = _tables(db, profile, payments=False)
    (table,) = (t for t in tables if t["name"] == profile.table.name)
    if not json.loads(table["standing"]):
        return
    row: dict[str, Any] = {"owner": buyer.user_id, "module": buyer.module, "title": buyer.title}
    trial = "verify/bare_delete_trial"
    if profile.is_guides:
        trial = "verify/delete_trial"
        row = {
            "user_id": buyer.user_id,
            "module_id": buyer.module,
            "access_type": profile.handler.origin,
            "metadata": {"session_id": session},
        }
    try:
        db.transact(
            (
                Statement(sql.load("verify/trial"), {"row": json.dumps(row)}),
                Statement(others.tried(sql.load(trial, profile), profile)),
            )
        )
    except SqlError as error:
        if error.sqlstate == _TRIED and error.said == "0":
            return
        if error.sqlstate == _OTHERS_LOST:
            raise Refused(
                "costs-others",
                _(
                    "{count} other accesses would be taken away for a new one, or with its removal, so no"
                    " payment was sent: {what}"
                ).format(count=error.said, what=_names(table)),
                _("look at what it does: every sale may take an access from somebody in the same way"),
            ) from None
        if error.sqlstate in (_TRIED, _NOT_DELETED):
            reason = "" if error.sqlstate == _TRIED else f" ({error.said})"
            raise Refused(
                "cannot-remove",
                _("an access could not be removed again{reason}, so no payment was sent: {what}").format(
                    reason=reason, what=_names(table)
                ),
                _("with that disabled for a moment, run the same command again"),
            ) from None
        raise CouldNotTell(
            "cannot-try",
            _(
                "whether an access can be removed again cannot be tried ({reason}), so no payment was sent"
            ).format(reason=error.said),
            _("connect as the owner of the table (postgres on Supabase)"),
        ) from None


def _tables(db: Database, profile: AppProfile, *, payments: bool) -> list[dict[str, Any]]:
    """What is known of each table from which rows are taken away."""
    left_out = {TOKEN} if profile.is_guides else set()
    left_out |= set() if payments else {PAYMENT}
    rows = db.read(sql.load("verify/may_delete", profile))
    return [row for row in rows if row["name"] not in left_out]


def _grant(table: dict[str, Any]) -> str:
    return f"grant select, delete on public.{table['name']} to {table['role']};"


def _names(table: dict[str, Any]) -> str:
    return ", ".join(gap_words.thing(name) for name in json.loads(table["standing"]))


def _joined(first: str, second: str | None) -> str:
    return f"{first} {second}" if second else first
