"""F12: module_access was recreated without is_active and metadata."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="both the grant and the list name columns that are not there",
    inject=(sql("alter table public.module_access drop column metadata, drop column is_active"),),
    cause="schema.columns",
    says="missing: module_access.is_active, module_access.metadata",
    before={"alice": "list:42703", "carol": "list:42703"},
    quiet=(
        "schema.one-active-access",
        "schema.indexes",
        "permissions.owner-reads",
        "data.tokens-without-access",
        "payments.unfulfilled",
    ),
    fix="migrate",
    repair=(resend,),
    after={"alice": ["15"], "bob": ["6", "13"], "carol": ["15"]},
)
