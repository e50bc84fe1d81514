"""Beyond the catalogue: a trigger that cannot be followed refuses grants, after the handler was there."""

from __future__ import annotations

from tests.faults.model import Fault, command, sql

FAULT = Fault(
    what="what its function does cannot be followed from outside; the note in payments tells of the handler",
    inject=(
        sql(
            """
            create function public.audited() returns trigger language plpgsql as
            $$ begin
                 if (select count(*) from public.profiles) > 0 then
                   insert into public.audit_log (access) values (new.id);
                 end if;
                 return new;
               end $$;
            create trigger audit after insert on public.module_access
              for each row execute function public.audited()
            """
        ),
    ),
    cause="payments.unfulfilled",
    says="refused then or deleted since, or is refused still, by what is on module_access",
    before={"carol": [], "alice": ["15"]},
    statuses={"site.webhook-handler": "ok", "schema.grant-accepted": "warn"},
    notes={"payments.unfulfilled": "trigger audit"},
    hint="look first at what trigger audit does",
    fix="reconcile",
    repair=(sql("drop trigger audit on public.module_access"), command("reconcile", "--yes")),
    fix_is_enough=False,
    after={"carol": ["15"]},
)
