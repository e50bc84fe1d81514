"""G02: a rule acts in place of every INSERT."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="an insert that wants its row back is refused (0A000), any other one does nothing",
    inject=(
        sql(
            """
            create rule quiet as on insert to public.module_access do instead nothing
            """
        ),
    ),
    cause="schema.grant-accepted",
    says="the rule quiet acts in place of every INSERT",
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    follows_hint=True,
    after={"carol": ["15"]},
)
