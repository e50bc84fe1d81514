"""D01, a decoy: row level security is off where the public has grants."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the same on a table of the time before 2026-10-30: everybody may do everything",
    inject=(
        sql(
            """
            grant all on public.module_access to anon, authenticated;
            alter table public.module_access disable row level security
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"]},
    statuses={"permissions.row-level-security": "fail", "permissions.anon": "blocked"},
    notes={"permissions.row-level-security": "anyone with the public key can read and change every row"},
    verdict="exposed",
    regime="before",
)
