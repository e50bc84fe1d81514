"""F27: the API's roles have no rights to module_access, as on every new table."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="permission denied for the server and for the customers",
    inject=(
        sql(
            """
            revoke select, insert, update, delete on public.module_access
              from anon, authenticated, service_role;
            revoke all on sequence public.module_access_id_seq from anon, authenticated, service_role
            """
        ),
    ),
    cause="permissions.service-role",
    says="the server (service_role) has no right to module_access: select, insert, update, delete, usage on",
    before={"carol": "table:42501", "alice": "table:42501"},
    quiet=("permissions.owner-reads", "payments.unfulfilled", "site.webhook-handler"),
    fix="migrate",
    repair=(resend,),
    after={"carol": ["15"], "alice": ["15"]},
)
