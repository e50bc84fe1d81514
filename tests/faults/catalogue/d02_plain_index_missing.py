"""D02, a decoy: a plain index is missing."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="slower one day, wrong never",
    inject=(sql("drop index public.idx_module_access_user_id"),),
    cause=None,
    before={"carol": ["15"]},
    statuses={"schema.indexes": "warn"},
    notes={"schema.indexes": "idx_module_access_user_id"},
)
