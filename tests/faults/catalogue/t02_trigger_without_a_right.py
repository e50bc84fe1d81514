"""T02: a trigger writes to a table on which the webhook's role has no right; the owner has it."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="each grant is refused (42501), while what the owner of the tables writes is taken",
    inject=(
        sql(
            """
            create table public.audit_log (access integer, at timestamptz default now());
            revoke all on public.audit_log from service_role;
            create function public.audited() returns trigger language plpgsql as
            $$ begin insert into public.audit_log (access) values (new.id); return new; end $$;
            create trigger audit after insert on public.module_access
              for each row execute function public.audited()
            """
        ),
    ),
    cause="schema.grant-accepted",
    says="the trigger audit (audited()) fails on every new access: permission denied for table audit_log",
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    hint="grant insert on public.audit_log to service_role",
    follows_hint=True,
    after={"carol": ["15"]},
)
