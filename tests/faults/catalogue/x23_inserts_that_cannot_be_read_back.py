"""X23: the server's role may insert and not select, and the handler reads back what it inserts."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="each grant is refused (42501), though the right to insert is there",
    inject=(sql("revoke select on public.module_access from service_role"),),
    cause="permissions.service-role",
    says="it may insert, and not read back what it inserts",
    before={"carol": []},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    fix="migrate",
    repair=(resend,),
    after={"carol": ["15"]},
)
