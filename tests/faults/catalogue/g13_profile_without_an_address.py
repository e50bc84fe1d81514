"""G13: the profile of a customer has an empty address."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="neither the handler nor the page finds it",
    inject=(
        sql(
            """
            update public.profiles set email = '' where email = 'carol@example.test'
            """
        ),
    ),
    cause="data.profile-email",
    says="1 profile has another e-mail than its login",
    before={"carol": "profile:PGRST116(0)"},
    quiet=("payments.unknown-customer",),
    repair=(sql("update public.profiles set email = 'carol@example.test' where email = ''"), resend),
    after={"carol": ["15"]},
)
