"""Will payments still be granted after the migration? In the app's public history the webhook writes with the
anon key: a table that is closed to the public is closed to such a webhook, too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import Refused, UsageError
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.repairs.migrate import MigrationPlan
    from iahome_fix.systems.database import Database

SERVICE_ROLE, ANON = "service_role", "anon"
_CLOSING = frozenset({"120_row_level_security", "160_anon", "165_sequence_rights"})
_OWN_TABLE = 3
"""From this place on, what sql/checks/writers.sql names is about module_access itself."""


def role_named(word: str | None) -> str | None:
    """The role that --webhook-role states. Raises UsageError."""
    if word not in (None, SERVICE_ROLE, ANON):
        raise UsageError(
            "webhook-role",
            _("--webhook-role takes one of: {roles}").format(roles=f"{SERVICE_ROLE}, {ANON}"),
        )
    return word


def judged(db: Database, plan: MigrationPlan, stated: str | None) -> MigrationPlan:
    """The plan with the warning that belongs to it.

    Raises Refused when the webhook is known to write as anon and would be shut out.
    """
    rows = [row for row in db.read(sql.load("checks/writers")) if row["role"] == ANON]
    elsewhere = [row["obstacle"] for row in rows if int(row["place"]) < _OWN_TABLE]
    if plan.anon_writes:
        return replace(plan, warning=_exposed() + (_not_enough(elsewhere) if elsewhere else ""))
    if stated == ANON:
        raise Refused("webhook-role", _shut_out(), _ways_out())
    closing = any(step.id in _CLOSING for step in plan.steps)
    if stated is None and closing and not rows and _table_is_there(db):
        return replace(plan, warning=_unknown())
    return plan


def unseen(stated: str | None, *, anon_writes: bool) -> str | None:
    """The warning for SQL that a person runs, where the database cannot be looked at. Raises Refused."""
    if anon_writes:
        return _exposed()
    if stated == ANON:
        raise Refused("webhook-role", _shut_out(), _ways_out())
    return _not_seen() if stated is None else None


def _table_is_there(db: Database) -> bool:
    return bool(db.read(sql.load("checks/module_access_is_there"))[0]["found"])


def _shut_out() -> str:
    return _("the webhook writes with the public key: after this migration payments would stop being granted")


def _ways_out() -> str:
    return _(
        "either give the deployed app SUPABASE_SERVICE_ROLE_KEY, have its webhook use it, and state"
        " --webhook-role service_role; or add --allow-anon-writes, a bridge that doctor keeps warning about"
    )


def _unknown() -> str:
    return _(
        "today the public key can do all that the webhook does, and after this it cannot. If the deployed"
        " webhook writes with it (the app's public versions do), payments stop being granted: state"
        " --webhook-role service_role or anon, or add --allow-anon-writes"
    )


def _not_seen() -> str:
    return _(
        "if the deployed webhook writes with the public key (the app's public versions do), it cannot grant"
        " any payment after this: state --webhook-role service_role or anon, or add --allow-anon-writes"
    )


def _exposed() -> str:
    return _(
        "with the bridge, everybody who has the public key (it is in every visitor's browser) can read all"
        " active accesses and give themselves modules. It ends with the next migrate without"
        " --allow-anon-writes"
    )


def _not_enough(obstacles: list[str]) -> str:
    return _(
        ". And it is not enough: the public key has {what}, so a webhook that uses it finds no customer; the"
        " service role key in the app is the way"
    ).format(what=", ".join(obstacles))
