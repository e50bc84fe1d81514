"""Will payments still be granted after the migration? In the app's public history the webhook writes with the
anon key: a table that is closed to the public is closed to such a webhook, too.

Which role it writes as is found out where it can be: by its traces, and by asking it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import Refused, UsageError
from iahome_fix.facts import webhook_writer
from iahome_fix.facts.webhook_writer import ANON, SERVICE_ROLE, Evidence
from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.migrate import webhook_probe
from iahome_fix.repairs.patience import quiet
from iahome_fix.schema import gap_words
from iahome_fix.schema.requirements import is_there

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.repairs.migrate.plan import MigrationPlan
    from iahome_fix.systems.database import Database, Row

_CLOSING = frozenset({"120_row_level_security", "160_anon", "165_sequence_rights"})
_LOOK_BACK_DAYS = 7
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


@dataclass(frozen=True)
class Asking:
    """Whether the webhook itself may be asked, by events sent to the site, and who hears of it."""

    send: bool = False
    tell: Callable[[str], None] = quiet


_NEVER = Asking()


def evidence(
    ctx: Context, plan: MigrationPlan, stated: str | None, asking: Asking = _NEVER
) -> Evidence | None:
    """Which role the webhook writes as, as far as it can be found; None also where it does not matter.

    The webhook is asked only where the answer decides: the plan closes the table, the public key can do today
    what the webhook does, and neither the operator nor any trace speaks for the service role.
    """
    if not _closes(plan):
        return None
    found = webhook_writer.found(ctx, _LOOK_BACK_DAYS)
    known = stated is not None or (found is not None and found.role == SERVICE_ROLE)
    if plan.shape.anon_writes or known or _obstacles(ctx.database) or not webhook_probe.can_ask(ctx):
        return found
    if not asking.send:
        asking.tell(
            _(
                "in a dry run nothing is sent; otherwise signed events of a payment by nobody, for no module,"
                " would ask the deployed webhook which key it has"
            )
        )
        return found
    return webhook_probe.ask(ctx, asking.tell) or found


def judged(
    db: Database, plan: MigrationPlan, stated: str | None, found: Evidence | None = None
) -> MigrationPlan:
    """The plan with the warning that belongs to it. What was stated counts before what was found.

    Raises Refused when the webhook is known to write as anon and would be shut out.
    """
    rows = _obstacles(db)
    elsewhere = [gap_words.obstacle(row["obstacle"]) for row in rows if int(row["place"]) < _OWN_TABLE]
    if plan.shape.anon_writes:
        return _warned(plan, _exposed() + (_not_enough(elsewhere) if elsewhere else ""))
    if stated == ANON:
        raise Refused("webhook-role", _shut_out(_although(found)), _ways_out())
    if stated is None and found is not None and found.fresh and found.role == ANON:
        raise Refused("webhook-role", _shut_out(f" ({found.said})"), _ways_out())
    if not _closes(plan):
        return plan
    if found is not None and found.role == ANON:
        return _warned(plan, _contradicted(found) if stated else _traced(found))
    if stated is None and found is None and not rows and is_there(db):
        return _warned(plan, _unknown())
    return plan


def _warned(plan: MigrationPlan, warning: str) -> MigrationPlan:
    """The plan with one more warning."""
    return replace(plan, warning=f"{warning}. {plan.warning}" if plan.warning else warning)


def as_json(stated: str | None, found: Evidence | None) -> dict[str, str] | None:
    """The role that the plan was judged by, and what speaks for it; None where it is not known."""
    if stated is not None:
        return {"role": stated, "evidence": _("--webhook-role states it")}
    return found.as_json() if found is not None else None


def known(found: Evidence | None) -> str | None:
    """A line for the plan: why no warning stands there; None where nothing was found, or anon was."""
    if found is None or found.role != SERVICE_ROLE:
        return None
    return _("the webhook writes as service_role ({evidence})").format(evidence=found.said)


def unseen(stated: str | None, *, anon_writes: bool) -> str | None:
    """The warning for SQL that a person runs, where the database cannot be looked at. Raises Refused."""
    if anon_writes:
        return _exposed()
    if stated == ANON:
        raise Refused("webhook-role", _shut_out(""), _ways_out())
    return _not_seen() if stated is None else None


def _obstacles(db: Database) -> list[Row]:
    """What keeps the public key from doing what the webhook does."""
    return [row for row in db.read(sql.load("checks/writers", MODULE_ACCESS)) if row["role"] == ANON]


def _closes(plan: MigrationPlan) -> bool:
    return any(step.id in _CLOSING for step in plan.steps)


def _shut_out(because: str) -> str:
    said = _(
        "the webhook writes with the public key{because}: after this migration payments would stop being"
        " granted"
    )
    return said.format(because=because)


def _although(found: Evidence | None) -> str:
    if found is None or found.role != SERVICE_ROLE:
        return ""
    return _(" (so it is stated, although {evidence})").format(evidence=found.said)


def _contradicted(found: Evidence) -> str:
    return _(
        "--webhook-role says service_role, but {evidence}. If that is still deployed, payments are not"
        " granted after this; iahome-fix verify proves it with a payment"
    ).format(evidence=found.said)


def _traced(found: Evidence) -> str:
    return _(
        "{evidence}. If the deployed webhook has the public key, payments are not granted after this: give"
        " the app SUPABASE_SERVICE_ROLE_KEY, state --webhook-role service_role, or add --allow-anon-writes,"
        " a bridge that doctor keeps warning about"
    ).format(evidence=found.said)


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
