"""F36: a profile keeps capitals that neither login nor payment has."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="letter by letter the customer is not found, by the handler or by the page",
    inject=(
        sql("update public.profiles set email = 'Carol@Example.test' where email = 'carol@example.test'"),
    ),
    cause="data.email-case",
    says="1 profile has an e-mail with capitals or blanks",
    before={"carol": "profile:PGRST116(0)"},
    hint="repair writes them in lower case and without blanks, then serves the payments",
    quiet=("payments.unfulfilled",),
    fix="repair",
    after={"carol": ["15"]},
)
