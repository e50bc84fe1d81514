"""G01: a trigger refuses what the handler writes, by a condition that the row meets."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="each payment is lost (P0001), and the handler answers 200",
    inject=(
        sql(
            """
            create function public.needs_note() returns trigger language plpgsql as
            $$ begin
                 if tg_op = 'INSERT' and new.access_type = 'purchase' and new.metadata ->> 'note' is null then
                   raise exception 'a note is needed; ask Zoe';
                 end if;
                 return new;
               end $$;
            create trigger needs_note before insert on public.module_access
              for each row execute function public.needs_note()
            """
        ),
    ),
    cause="schema.grant-accepted",
    says="the trigger needs_note refuses the row of a grant: a note is needed; ask Zoe",
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    follows_hint=True,
    after={"carol": ["15"]},
)
