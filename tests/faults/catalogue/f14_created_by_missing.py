"""F14: access_tokens was recreated without created_by."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="no token can be written, and a backfill has no owner to copy",
    inject=(sql("alter table public.access_tokens drop column created_by cascade"),),
    cause="schema.columns",
    says="missing: access_tokens.created_by",
    before={"carol": ["15"], "alice": ["15"]},
    quiet=("data.tokens-without-access", "data.orphans"),
    fix="migrate",
    after={"carol": ["15"]},
)
