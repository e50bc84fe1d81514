"""F36, the same kind: a profile's address was pasted with a tab and a no-break space around it."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="nobody sees the difference, and letter by letter the customer is not found",
    inject=(
        sql(
            "update public.profiles set email = chr(9) || email || chr(160)"
            " where email = 'carol@example.test'"
        ),
    ),
    cause="data.email-case",
    says="1 profile has an e-mail with capitals or blanks",
    before={"carol": "profile:PGRST116(0)"},
    quiet=("payments.unfulfilled",),
    fix="repair",
    after={"carol": ["15"]},
)
