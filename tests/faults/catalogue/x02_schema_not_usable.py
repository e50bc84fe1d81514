"""Beyond the catalogue: the API's roles may not use the schema."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="a script revoked too much: permission denied for schema public",
    inject=(sql("revoke usage on schema public from anon, authenticated, service_role, public"),),
    cause="permissions.service-role",
    says="service_role may not use the schema public",
    before={"carol": "profile:42501", "alice": "profile:42501"},
    hint="grant usage on schema public to anon, authenticated, service_role",
    quiet=("permissions.owner-reads", "payments.unfulfilled", "site.webhook-handler"),
    follows_hint=True,
    repair=(resend,),
    after={"carol": ["15"]},
)
