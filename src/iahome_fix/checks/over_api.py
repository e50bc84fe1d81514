"""The order of the checks where no SQL can be run: what the Data API and its key have to show first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.model import Link, Status
from iahome_fix.systems.open import no_sql

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Check, Result


def needs_of(ctx: Context, check: Check) -> tuple[str, ...]:
    """What a check needs: without SQL also that the key is accepted, and that it may read the rows."""
    if not ctx.only_data_api:
        return check.needs
    key = ("supabase.key",) if "supabase.database" in check.needs else ()
    reads_rows = check.link in (Link.DATA, Link.PAYMENTS) or check.id == "schema.one-active-access"
    return (*check.needs, *key, *(("permissions.service-role",) if reads_rows else ()))


def is_no_obstacle(ctx: Context, need: Result) -> bool:
    """A need that was skipped for want of SQL: without SQL each check tries for itself what can be told."""
    variables: Any = need.finding.evidence.get("variables") or ()
    return ctx.only_data_api and need.status is Status.SKIPPED and set(no_sql().variables) <= set(variables)
