"""Beyond the catalogue: a trigger fails in what it does, after the handler was there."""

from __future__ import annotations

from tests.faults.model import Fault, command, sql

FAULT = Fault(
    what="its function writes to a table that is not there: that is read, since there is one way through it",
    inject=(
        sql(
            """
            create function public.audited() returns trigger language plpgsql as
            $$ begin insert into public.audit_log (access) values (new.id); return new; end $$;
            create trigger audit after insert on public.module_access
              for each row execute function public.audited()
            """
        ),
    ),
    cause="schema.grant-accepted",
    says='the trigger audit (audited()) fails on every new access: relation "public.audit_log" does not',
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    hint="doctor --rehearse --env-file",
    repair=(sql("drop trigger audit on public.module_access"), command("reconcile", "--yes")),
    after={"carol": ["15"]},
)
