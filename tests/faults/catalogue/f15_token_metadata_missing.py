"""F15: access_tokens has no metadata."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the token route names a column that no script of the app ever made",
    inject=(sql("alter table public.access_tokens drop column metadata"),),
    cause="schema.columns",
    says="missing: access_tokens.metadata",
    before={"carol": ["15"]},
    quiet=("data.tokens-without-access",),
    fix="migrate",
    after={"carol": ["15"]},
)
