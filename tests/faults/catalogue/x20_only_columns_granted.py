"""The server may insert some columns only, which are not those that the handler writes."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="each write of the server is refused for a column that nobody granted",
    inject=(
        sql(
            """
            revoke insert, update on public.module_access from service_role;
            grant insert (user_id, module_id), update (is_active) on public.module_access to service_role
            """
        ),
    ),
    cause="permissions.service-role",
    says="the server (service_role) has no right to module_access: insert, update",
    before={"carol": []},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    fix="migrate",
    repair=(resend,),
    after={"carol": ["15"]},
)
