"""G03: the type of an access became an enumeration without the word that the handler writes."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="22P02 for each purchase",
    inject=(
        sql(
            """
            create type public.kind as enum ('token', 'subscription');
            update public.module_access set access_type = 'token';
            alter table public.module_access alter column access_type drop default,
              alter column access_type type public.kind using access_type::public.kind
            """
        ),
    ),
    cause="schema.grant-accepted",
    says='invalid input value for enum kind: "purchase" (22P02)',
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    statuses={"schema.columns": "warn"},
    repair=(sql("alter type public.kind add value 'purchase'"), resend),
    after={"carol": ["15"]},
)
