"""D01, a decoy: row level security is off. It hides nothing; it exposes."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="a security finding of its own, and no reason for an empty page",
    inject=(sql("alter table public.module_access disable row level security"),),
    cause=None,
    before={"carol": ["15"]},
    statuses={"permissions.row-level-security": "fail", "payments.unfulfilled": "ok"},
    notes={"permissions.row-level-security": "any signed-in customer can read every row"},
    verdict="exposed",
)
