"""F13: module_access has no token_id."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="plain purchases are granted, accesses by token are not",
    inject=(sql("alter table public.module_access drop column token_id"),),
    cause="schema.columns",
    says="missing: module_access.token_id",
    before={"carol": ["15"]},
    quiet=("data.tokens-without-access",),
    fix="migrate",
    repair=(sql("select 1"),),
    after={"carol": ["15"]},
)
