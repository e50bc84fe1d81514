"""G01: a trigger leaves each new row out, without an error."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the insert succeeds and gives no row back",
    inject=(
        sql(
            """
            create function public.frozen() returns trigger language plpgsql as
            $$ begin -- raise notice 'x';
               return null; end $$;
            create trigger frozen before insert on public.module_access
              for each row execute function public.frozen()
            """
        ),
    ),
    cause="schema.grant-accepted",
    says="the trigger frozen leaves the row of a grant out (return null), without an error",
    before={"carol": [], "alice": ["15"]},
    quiet=(
        "payments.unfulfilled",
        "site.webhook-handler",
    ),
    follows_hint=True,
    after={"carol": ["15"]},
)
