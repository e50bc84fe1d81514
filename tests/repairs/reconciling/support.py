"""What the tests of reconcile share: a plan, its application, and the rows after it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from iahome_fix.domain.lengths import Length
from iahome_fix.domain.terms import Terms
from iahome_fix.facts.context import Context
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.repairs.reconcile import reconcile as repair
from iahome_fix.repairs.reconcile.plan import SKIPPED, ReconcilePlan
from iahome_fix.settings import load_settings
from tests.checks.app_support import EVERYBODY, App, ago

ALICE, BOB, CAROL = EVERYBODY
TERM = timedelta(hours=72)
PACK = {"type": "token_purchase", "tokens": "100", "tokenPackage": "large", "userId": "x"}


def opened(app: App) -> Context:
    return Context(load_settings(folder=app.folder, environ=app.environ()), timeout=10)


def terms(**chosen: Any) -> Terms:
    if "chosen" in chosen:
        chosen["chosen"] = Length(chosen["chosen"])
    return Terms(**{"since": ago(days=90), "usual": TERM, **chosen})


def plan(app: App, **chosen: Any) -> ReconcilePlan:
    with closing(opened(app)) as ctx:
        found = repair.plan(ctx.database, ctx.stripe, terms(**chosen), MODULE_ACCESS)
    counted = found.as_json()
    assert counted["sessions"] == counted["to_create"] + counted["covered"] + sum(counted["skipped"].values())
    assert tuple(counted["skipped"]) == SKIPPED
    return found


def apply(app: App, agreed: ReconcilePlan, run_id: str | None = None) -> int:
    with closing(opened(app)) as ctx:
        return repair.apply(ctx.database, agreed, run_id or new_run_id())


def groups(found: ReconcilePlan) -> dict[str, int]:
    """The groups that are not empty, and what was left out."""
    return {name: count for name, count in found.counts.items() if count}


def rows(app: App, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    return app.sql(f"select {columns} from public.module_access where {where} order by id")


def naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
