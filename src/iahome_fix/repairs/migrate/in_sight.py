"""What a migration takes from whom, said before it does: each right with what is known of its use, and each
role that sees fewer rows once row level security is on.

The guide's page updates its own rows when a module is opened. Where it is seen to do so, signed-in customers
keep that right, on those columns only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _, joined
from iahome_fix.repairs.migrate.right_uses import CUSTOMER, Uses, uses, with_requests
from iahome_fix.repairs.patience import quiet

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.repairs.migrate.plan import MigrationPlan, Step
    from iahome_fix.schema.requirements import Shape
    from iahome_fix.systems.database import Database, Row

_SECURITY = "120_row_level_security"
_TAKING: Mapping[str, tuple[str, ...]] = {
    "150_authenticated": ("authenticated",),
    "160_anon": ("anon", "public"),
    "165_sequence_rights": ("authenticated", "anon", "public"),
    "168_anon_writes": ("anon", "public"),
}
_SEQUENCES = "165_sequence_rights"


def planned(ctx: Context, shape: Shape, on_wait: Callable[[str], None] = quiet) -> MigrationPlan:
    """The plan for what customers use, with notes of what it takes, from whom. Reads only.

    Raises what `migrate.plan` raises.
    """
    from iahome_fix.repairs.migrate import migrate

    known = uses(ctx)
    plan = migrate.plan(ctx.database, on_wait, with_kept(ctx, shape, known))
    if not plan.obstacles and any(step.id in _TAKING for step in plan.steps):
        known = with_requests(ctx, known)
    return with_notes(ctx.database, plan, known)


def with_kept(ctx: Context, shape: Shape, known: Uses) -> Shape:
    """The shape in which customers keep the right to update what the page is seen to update.

    Only columns that are there, and only while they may update them.
    """
    if not known.kept():
        return shape
    try:
        rights = ctx.database.read(sql.load("migrate/rights"))
        columns = {
            str(name)
            for row in ctx.database.read(sql.load("checks/tables", ctx.profile))
            if row["name"] == "module_access"
            for name in row["columns"]
        }
    except ToolError:
        return shape
    may = {r["column"] for r in rights if (r["role"], r["privilege"]) == (CUSTOMER, "update") and r["whole"]}
    kept = tuple(name for name in known.kept() if name in columns and (None in may or name in may))
    return replace(shape, kept=kept)


def with_notes(db: Database, plan: MigrationPlan, known: Uses) -> MigrationPlan:
    """The plan whose steps say what they take, from whom. Reads only; raises what `Database.read` raises."""
    if plan.obstacles or not any(step.id == _SECURITY or step.id in _TAKING for step in plan.steps):
        return plan
    rights = db.read(sql.load("migrate/rights"))
    sight = db.read(sql.load("migrate/sight"))
    steps = tuple(_noted(step, plan, rights, sight, known) for step in plan.steps)
    return replace(plan, steps=steps, warning=_warning(plan, rights, known))


def _noted(step: Step, plan: MigrationPlan, rights: Sequence[Row], sight: Sequence[Row], known: Uses) -> Step:
    if step.id == _SECURITY:
        return replace(step, notes=tuple(note for row in sight for note in _sight(row)))
    if step.id in _TAKING:
        kept = plan.shape.kept
        taken = [r for r in rights if r["role"] in _TAKING[step.id] and r["whole"] == (step.id != _SEQUENCES)]
        return replace(step, notes=tuple(_taken(taken, kept, plan, known)))
    return step


def _warning(plan: MigrationPlan, rights: Sequence[Row], known: Uses) -> str | None:
    """Customers are seen to update, and nothing tells which columns they would have to keep."""
    seen = known.requests(CUSTOMER, "update")
    takes = any(step.id in _TAKING and CUSTOMER in _TAKING[step.id] for step in plan.steps) and any(
        (r["role"], r["privilege"]) == (CUSTOMER, "update") for r in rights
    )
    if seen is None or plan.shape.kept or not takes:
        return plan.warning
    return _(
        "signed-in customers updated module_access ({use}), and lose that right: what the page does so is"
        " refused after this (403, 42501). With --app FOLDER, the app's source, the columns that it updates"
        " stay theirs"
    ).format(use=known.of(CUSTOMER, "update"))


def _taken(rights: Sequence[Row], kept: tuple[str, ...], plan: MigrationPlan, known: Uses) -> Iterator[str]:
    bridge = plan.shape.anon_writes
    for row in rights:
        role, privilege, column = str(row["role"]), str(row["privilege"]), row["column"]
        if role == CUSTOMER and (privilege == "select" or (privilege == "update" and column in kept)):
            continue
        if bridge and role == "anon" and privilege in ("select", "insert"):
            continue
        what = f"{privilege} ({column})" if column else privilege
        yield _(
            "{role} loses {what} on {object}: {use}; a request that needs it is then refused ({code})"
        ).format(
            role=_everybody(role, row),
            what=what,
            object=row["object"],
            use=known.of(role, privilege),
            code="401, 42501" if role == "anon" else "403, 42501",
        )
    if kept and any(r["role"] == CUSTOMER and r["privilege"] == "update" for r in rights):
        yield _(
            "{role} keeps update on {columns} alone, since the page is seen to change them ({evidence}): a"
            " buyer can write these columns wherever an update policy lets one through"
        ).format(role=CUSTOMER, columns=", ".join(kept), evidence=_evidence(known))


def _evidence(known: Uses) -> str:
    places = sorted(set((known.page or {}).values()))
    return ", ".join(places) or known.of(CUSTOMER, "update")


def _everybody(role: str, row: Row) -> str:
    others = json.loads(row["others"])
    if not others:
        return role
    return _("{role}, and with it {others},").format(role=role, others=", ".join(others))


def _sight(row: Row) -> Iterator[str]:
    """What one role reads and writes today, and once row level security is on."""
    role = str(row["role"])
    policies, narrowed, written, acts = (
        json.loads(row[name]) for name in ("policies", "narrowed", "written", "acts")
    )
    unbound = _("; as {roles} (set role) it is bound by none").format(roles=", ".join(acts)) if acts else ""
    if row["reads"]:
        if policies:
            shown = _("what the policies that are there show: {policies}").format(policies=joined(*policies))
        elif role == CUSTOMER:
            shown = _("own rows alone")
        else:
            shown = _("none: no policy lets it read")
        if narrowed and (policies or role == CUSTOMER):
            shown += _(", and of these only what each restrictive one lets through: {policies}").format(
                policies=joined(*narrowed)
            )
        yield _("{role} reads every row today, then {shown}").format(role=role, shown=shown) + unbound
    if row["writes"]:
        let = (
            _("what the policies that are there let through: {policies}").format(policies=joined(*written))
            if written
            else _("none: no policy lets it write, and an insert of it is refused (42501)")
        )
        yield (
            _("{role} may {writes} any row today, then {let}").format(
                role=role, writes=row["writes"], let=let
            )
            + unbound
        )
