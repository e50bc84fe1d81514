"""What a plan comes to, before its steps: what is made, changed and taken, who waits, what stays for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix import figures
from iahome_fix.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.backfill.backfill import BackfillPlan
    from iahome_fix.repairs.migrate.plan import MigrationPlan
    from iahome_fix.repairs.move.move import MovePlan
    from iahome_fix.repairs.reconcile.plan import ReconcilePlan
    from iahome_fix.repairs.repair.plan import Sequence as Steps
    from iahome_fix.repairs.undo.undo import UndoPlan

CREATED, CHANGED, TAKEN, ROWS = "created", "changed", "taken", "rows"
_INDENT = 14

EFFECTS: Mapping[str, tuple[str, str]] = {
    "010_table": (CREATED, N_("the table module_access")),
    "020_columns": (CREATED, N_("missing columns")),
    "030_primary_key": (CREATED, N_("a primary key")),
    "040_defaults": (CHANGED, N_("the defaults of columns")),
    "050_module_type": (CHANGED, N_("the type of module_id")),
    "060_owner_type": (CHANGED, N_("the type of user_id and token_id")),
    "070_foreign_key": (CREATED, N_("the reference to modules")),
    "075_foreign_key_checked": (CHANGED, N_("the reference to modules is checked")),
    "080_duplicates": (ROWS, N_("of duplicate accesses all but one are deactivated, none is deleted")),
    "087_half_built_indexes": (CHANGED, N_("half-built indexes go")),
    "090_unique_index": (CREATED, N_("a rule of one active access per customer and module")),
    "100_indexes": (CREATED, N_("indexes")),
    "110_sequence": (CHANGED, N_("the sequence of ids")),
    "120_row_level_security": (CHANGED, N_("row level security is on")),
    "130_owner_policy": (CREATED, N_("a policy for own rows")),
    "140_service_role": (CHANGED, N_("the server may read and write it")),
    "145_customers_select": (CHANGED, N_("customers may read")),
    "150_authenticated": (TAKEN, N_("signed-in customers: writing")),
    "160_anon": (TAKEN, N_("the public: every right")),
    "165_sequence_rights": (TAKEN, N_("both: the sequence of ids")),
    "168_anon_writes": (CHANGED, N_("the public may read and write (the bridge)")),
    "170_access_tokens_columns": (CREATED, N_("columns of access_tokens")),
    "180_access_tokens_id": (CHANGED, N_("the type of access_tokens.id")),
}
"""What each step of a migration does, in few words; its title says what holds afterwards."""
_NEW_TABLE = "010_table"
USUAL_WAIT = 15.0
"""Seconds that sales may wait for a step, where nobody said otherwise."""


@dataclass(frozen=True)
class Summary:
    """One line for each question that a plan has to answer; None where the question does not arise."""

    created: str | None = None
    changed: str | None = None
    taken: str | None = None
    rows: str | None = None
    sales: str | None = None
    for_good: str | None = None

    def show(self, screen: Screen) -> None:
        """The answers that there are, in this order."""
        lines = (
            (_("created"), self.created),
            (_("changed"), self.changed),
            (_("revoked"), self.taken),
            (_("rows"), self.rows),
            (_("sales"), self.sales),
            (_("for good"), self.for_good),
        )
        for label, text in lines:
            if text is not None:
                screen.line(text, indent=_INDENT, first=f"  {label}")


def of_migration(plan: MigrationPlan, *, longest: float) -> Summary:
    """`longest`: seconds that sales may wait for a step."""
    found: dict[str, list[str]] = {kind: [] for kind in (CREATED, CHANGED, TAKEN, ROWS)}
    for step in plan.steps:
        kind, words = EFFECTS.get(step.id, (None, ""))
        if kind is not None:
            found[kind].append(_(words))
    is_new = any(step.id == _NEW_TABLE for step in plan.steps)
    return Summary(
        created=", ".join(found[CREATED]) or None,
        changed=", ".join(found[CHANGED]) or None,
        taken=_("from nobody: the table is new")
        if is_new
        else _("from {whom}").format(whom=_("; ").join(found[TAKEN]))
        if found[TAKEN]
        else _("from nobody"),
        rows=_("; ").join(found[ROWS]) or _("none is changed"),
        sales=_waiting(plan, longest, is_new=is_new),
        for_good=_for_good([_(step.title) for step in plan.steps if not step.undoable]),
    )


def of_backfill(plan: BackfillPlan) -> Summary:
    """What a backfill comes to."""
    return Summary(
        rows=_accesses(plan.to_create, plan.customers, ended=plan.doubles),
        taken=_("from nobody"),
        sales=_("do not wait"),
        for_good=_for_good(()),
    )


def of_move(plan: MovePlan) -> Summary:
    """What bringing accesses over comes to."""
    return Summary(
        rows=_accesses(plan.to_create, plan.customers),
        taken=_("from nobody"),
        sales=_("do not wait"),
        for_good=_for_good(()),
    )


def of_reconcile(plan: ReconcilePlan) -> Summary:
    """What a reconcile comes to."""
    return Summary(
        rows=_accesses(
            plan.to_create,
            plan.customers,
            replaced=plan.warnings.get("replaces", 0),
            moved=plan.warnings.get("moves", 0),
        ),
        taken=_("from nobody"),
        sales=_("do not wait"),
        for_good=_for_good(()),
    )


def of_undo(plan: UndoPlan) -> Summary:
    """What taking a run back comes to; there is no way back from it but the command that made the run."""
    rows, emails = plan.rows, plan.emails
    counted = [
        _("{count} deleted").format(count=figures.number(rows.deletable)) if rows.deletable else "",
        _("{count} as before the run").format(count=figures.number(rows.restorable + emails.restorable))
        if rows.restorable or emails.restorable
        else "",
    ]
    schema = len(plan.parts)
    endpoints = sum(not e.obstacle for e in plan.endpoints)
    changed = [
        ngettext("{count} part of the schema", "{count} parts of the schema", schema).format(count=schema)
        if schema
        else "",
        _("the endpoint in Stripe") if endpoints else "",
    ]
    return Summary(
        changed=", ".join(filter(None, changed)) or None,
        taken=_("from its customers, what the run gave them") if rows.deletable else _("from nobody"),
        rows=", ".join(filter(None, counted)) or _("none is changed"),
        sales=_("wait while the schema changes, 15 s at most") if schema else _("do not wait"),
        for_good=_("what is deleted; the command of that run gives it again"),
    )


def of_sequence(plan: Steps, *, longest: float) -> Summary:
    """What all steps of a repair come to together."""
    from iahome_fix.repairs.repair import plan as steps

    by_id = {step.id: step for step in plan.steps}
    migrate = by_id.get(steps.MIGRATE)
    schema = of_migration(migrate.plan, longest=longest) if migrate else Summary()
    endpoint = by_id.get(steps.ENDPOINT)
    made = [schema.created or ""]
    changed = [schema.changed or ""]
    if endpoint is not None:
        creates = endpoint.plan.action == "create"
        (made if creates else changed).append(_("the endpoint in Stripe"))
    if steps.EMAILS in by_id:
        changed.append(_("the form of addresses in profiles"))
    given = [by_id[one] for one in (steps.BACKFILL, steps.RECONCILE) if one in by_id]
    most = sum(step.at_most or 0 for step in given)
    rows = [schema.rows] if schema.rows and migrate and _has_rows(migrate.plan) else []
    if most:
        rows.append(
            ngettext("{count} access is made at most", "{count} accesses are made at most", most).format(
                count=figures.number(most)
            )
        )
    return Summary(
        created=", ".join(filter(None, made)) or None,
        changed=", ".join(filter(None, changed)) or None,
        taken=schema.taken or _("from nobody"),
        rows=_("; ").join(rows) or _("none is changed"),
        sales=schema.sales or _("do not wait"),
        for_good=schema.for_good or _for_good(()),
    )


def _has_rows(plan: MigrationPlan) -> bool:
    return any(EFFECTS.get(step.id, (None, ""))[0] == ROWS for step in plan.steps)


def _waiting(plan: MigrationPlan, longest: float, *, is_new: bool) -> str:
    beside = [step for step in plan.steps if step.concurrently]
    if beside and len(beside) == len(plan.steps):
        return _("go on meanwhile")
    if is_new:
        return _("do not wait: nothing can be sold into a table that is not there")
    if beside:
        return _("wait {seconds} s at most, and go on while indexes are built").format(seconds=f"{longest:g}")
    return _("wait {seconds} s at most; a step that needs longer is given up, and nothing is changed").format(
        seconds=f"{longest:g}"
    )


def _accesses(count: int, customers: int | None, *, ended: int = 0, replaced: int = 0, moved: int = 0) -> str:
    said = []
    if count:
        text = ngettext("{count} access is made", "{count} accesses are made", count)
        said.append(text.format(count=figures.number(count)))
        if customers is not None:
            whom = ngettext("for {count} customer", "for {count} customers", customers)
            said[-1] += " " + whom.format(count=figures.number(customers))
    if moved:
        said.append(
            ngettext("{count} deactivated of a former id", "{count} deactivated of former ids", moved).format(
                count=figures.number(moved)
            )
        )
    if replaced:
        said.append(
            ngettext(
                "{count} deactivated that ends earlier", "{count} deactivated that end earlier", replaced
            ).format(count=figures.number(replaced))
        )
    if ended:
        said.append(
            ngettext(
                "{count} deactivated that is a duplicate", "{count} deactivated that are duplicates", ended
            ).format(count=figures.number(ended))
        )
    return ", ".join([*said, _("none is deleted")])


def _for_good(what: Sequence[str]) -> str:
    if not what:
        return _("nothing: undo reverses all of it")
    return _("cannot be undone: {what}").format(what=_("; ").join(what))
