"""T03: a function got an empty search_path, as the linter advises, and names its table without the schema."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="each grant is refused (42P01) though the table is there",
    inject=(
        sql(
            """
            create table public.audit_log (access integer);
            grant insert on public.audit_log to service_role;
            create function public.audited() returns trigger language plpgsql security definer as
            $$ begin insert into audit_log (access) values (new.id); return new; end $$;
            create trigger audit after insert on public.module_access
              for each row execute function public.audited();
            alter function public.audited() set search_path = ''
            """
        ),
    ),
    cause="schema.grant-accepted",
    says='relation "audit_log" does not exist in the search_path of the function (empty) (42P01)',
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    hint='disable trigger "audit"',
    repair=(sql("alter function public.audited() set search_path = public"), resend),
    after={"carol": ["15"]},
)
