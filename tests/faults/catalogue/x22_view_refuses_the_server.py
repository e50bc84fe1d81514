"""X22: `modules` is a view that asks with its reader's rights, and the server may not read what is behind."""

from __future__ import annotations

from tests.faults.model import Fault, command, sql

FAULT = Fault(
    what="the handler reads no module (42501), though it has the right to the view",
    inject=(
        sql(
            """
            alter table public.modules rename to modules_base;
            create view public.modules with (security_invoker = on) as select * from public.modules_base;
            grant select on public.modules to anon, authenticated, service_role;
            revoke all on public.modules_base from service_role
            """
        ),
    ),
    cause="permissions.service-role",
    says="cannot read modules: permission denied for table modules_base (42501); it is public.modules_base",
    before={"carol": [], "alice": ["15"]},
    hint="grant select on public.modules_base to service_role",
    quiet=("payments.unfulfilled",),
    repair=(
        sql("grant select on public.modules_base to service_role"),
        command("reconcile", "--yes"),
    ),
    after={"carol": ["15"]},
)
