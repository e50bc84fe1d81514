"""M4: an access that a person ended: it stays so, and is counted."""

from __future__ import annotations

from tests.faults.model import Fault, command, sql
from tests.faults.world import ALICE

FAULT = Fault(
    what="the next repair gave back what a person had taken away",
    inject=(
        sql(
            "update public.module_access set is_active = false, expires_at = now(), updated_at = now()"
            f" where user_id = '{ALICE}'"
        ),
        command("backfill", "--yes"),
        command("reconcile", "--yes"),
    ),
    cause=None,
    before={"alice": [], "carol": ["15"]},
    statuses={"payments.unfulfilled": "ok"},
    notes={"payments.unfulfilled": "1 access was withdrawn by a person, which is no fault"},
)
