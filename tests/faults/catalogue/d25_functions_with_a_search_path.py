"""D25, a decoy: functions with a search_path of their own, in which each finds its table."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the table is in the second schema of the path, or named with its schema",
    inject=(
        sql(
            """
            create schema hidden;
            grant usage on schema hidden to service_role;
            create table hidden.audit_log (access integer);
            grant insert on hidden.audit_log to service_role;
            create function public.audited() returns trigger language plpgsql
              set search_path = public, hidden as
            $$ begin insert into audit_log (access) values (new.id); return new; end $$;
            create function public.noted() returns trigger language plpgsql set search_path = '' as
            $$ begin insert into hidden.audit_log (access) values (new.id); return new; end $$;
            create trigger audit after insert on public.module_access
              for each row execute function public.audited();
            create trigger note after insert on public.module_access
              for each row execute function public.noted()
            """
        ),
    ),
    cause=None,
    statuses={"schema.grant-accepted": "warn"},
    before={"carol": ["15"], "alice": ["15"]},
)
