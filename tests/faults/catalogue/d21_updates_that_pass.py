"""D21: triggers that write a column which is there, or that refuse what nobody does."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import CAROL

FAULT = Fault(
    what="triggers on updates, and constraints that refuse nobody who waits",
    inject=(
        sql(
            f"""
            create function public.touch() returns trigger language plpgsql as
            $$ begin new.updated_at := now(); return new; end $$;
            create trigger touch before update on public.module_access
              for each row execute function public.touch();
            create function public.keep_owner() returns trigger language plpgsql as
            $$ begin
                 if new.user_id <> old.user_id then raise exception 'owners stay'; end if;
                 if tg_op = 'DELETE' then raise exception 'never'; end if;
                 return new;
               end $$;
            create trigger keep_owner before update on public.module_access
              for each row execute function public.keep_owner();
            alter table public.module_access add constraint not_that_one
              check (user_id <> '{CAROL}' or module_id <> 3)
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"]},
    statuses={"schema.updates-accepted": "ok", "schema.customers-refused": "ok"},
)
