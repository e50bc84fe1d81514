"""What of a report only a person can do, and what of it keeps steps back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.i18n import _
from iahome_fix.model import Kind, Status
from iahome_fix.repairs.repair.plan import BACKFILL, EMAILS, MIGRATE, RECONCILE, ByHand, Step
from iahome_fix.schema.requirements import CHANGE_TYPES

if TYPE_CHECKING:
    from iahome_fix.model import Report

_THIS = "repair"
"""The command whose plan it is."""


def left_by_hand(
    report: Report, steps: list[Step], refused: list[ByHand], *, over_api: bool
) -> tuple[ByHand, ...]:
    """The causes that no step mends and nobody answers for; `over_api`: no SQL can be run."""
    mended = {step.id for step in steps}
    retypes = any(step.id == MIGRATE and step.plan.shape.change_types for step in steps)
    said = {b.check for b in refused}
    found = []
    for result in report.results:
        if result.status is not Status.FAIL or result.check.kind is Kind.HYGIENE or result.check.id in said:
            continue
        if result.acknowledged is not None:
            continue
        command = result.finding.fix.command.split()[1] if result.finding.fix else None
        if result.finding.fix and CHANGE_TYPES in result.finding.fix.command and not retypes:
            command = None
        if command in mended or (result.check.id == "data.email-case" and EMAILS in mended):
            continue
        if result.check.id == "data.account-remade" and RECONCILE in mended and not over_api:
            continue
        if command == RECONCILE and BACKFILL in mended:
            continue
        hint = result.finding.hint
        if over_api and command == MIGRATE and result.finding.fix:
            hint = _("`{command}` prints the SQL for the project's SQL editor").format(
                command=result.finding.fix.command
            )
        if command == _THIS and result.finding.fix:
            hint = _("what stands before this comes first; then once more: {command}").format(
                command=result.finding.fix.command
            )
        found.append(ByHand(result.check.id, result.finding.detail, hint))
    return tuple(found)


def refused_url(report: Report) -> list[ByHand]:
    """That the database URL gave no session, where the report was made over another way."""
    return [
        ByHand(
            r.check.id,
            _("nothing is written into the database while its URL gives no session: {reason}").format(
                reason=r.finding.detail
            ),
            _(
                "correct SUPABASE_DB_URL, or take it out of the env file, so that accesses are given"
                " over the other way; then the same command again"
            ),
        )
        for r in report.results
        if r.check.id == "supabase.database" and r.status is Status.WARN and "reason" in r.finding.evidence
    ]


def needs_a_person(report: Report, checks: frozenset[str]) -> bool:
    """Does one of these fail that no command mends, and that stops the owner of the tables, too?"""
    return any(
        r.check.id in checks
        and r.status is Status.FAIL
        and r.finding.fix is None
        and not r.finding.evidence.get("owner_may")
        for r in report.results
    )


def is_known(report: Report, check: str) -> bool:
    """Does the report already say that this could not be looked at?"""
    link = check.partition(".")[0]
    return any(
        r.check.link.value == link
        and r.status in (Status.UNKNOWN, Status.FAIL, Status.BLOCKED, Status.SKIPPED)
        for r in report.results
    )
