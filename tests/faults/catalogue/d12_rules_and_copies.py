"""D12, a decoy: rules for other commands, and copies of the table beside it."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="an insert is not touched, and the table itself is there",
    inject=(
        sql(
            """
            create rule kept as on delete to public.module_access do instead nothing;
            create schema backup;
            create table backup.module_access as select * from public.module_access;
            create table public.module_access_old as select * from public.module_access;
            create view public.active_accesses as select * from public.module_access where is_active
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"]},
)
