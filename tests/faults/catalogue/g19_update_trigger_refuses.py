"""G19: a trigger refuses every update, so nothing can be renewed."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="somebody made the rows unchangeable",
    inject=(
        sql(
            """
            create function public.keep_as_is() returns trigger language plpgsql as
            $$ begin
                 if old.is_active and not new.is_active then raise exception 'accesses are for ever'; end if;
                 return new;
               end $$;
            create trigger keep before update on public.module_access
              for each row execute function public.keep_as_is()
            """
        ),
    ),
    cause="schema.updates-accepted",
    says="the trigger keep (keep_as_is()) refuses every update of an access: accesses are for ever",
    before={"carol": ["15"]},
    hint='disable trigger "keep"',
    follows_hint=True,
    after={"carol": ["15"]},
)
