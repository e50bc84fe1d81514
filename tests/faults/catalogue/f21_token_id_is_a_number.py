"""F21: access_tokens.id is a number, the app writes texts."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="no token of the form that the app makes can be stored",
    inject=(
        sql(
            """
            delete from public.access_tokens;
            alter table public.access_tokens alter column id drop default;
            alter table public.access_tokens alter column id type integer using 1
            """
        ),
    ),
    cause="schema.types",
    says="access_tokens.id is integer, but the app writes texts",
    before={"carol": ["15"]},
    quiet=("data.tokens-without-access",),
    fix="migrate --change-types",
    after={"carol": ["15"]},
)
