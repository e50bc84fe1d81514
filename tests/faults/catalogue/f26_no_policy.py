"""F26: row level security is on, and no policy lets a customer read."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the rows are there, and every list is empty without an error",
    inject=(sql("drop policy module_access_owner_reads on public.module_access"),),
    cause="permissions.owner-reads",
    says="row level security is on, and no policy lets a signed-in customer read: every list is empty",
    before={"carol": [], "alice": []},
    statuses={"payments.unfulfilled": "ok"},
    fix="migrate",
    after={"carol": ["15"], "alice": ["15"]},
)
