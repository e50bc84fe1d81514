"""G01: a trigger switches each new access off; the handler takes it for written."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the row is there, and the page shows nothing; no row was withdrawn by anybody",
    inject=(
        sql(
            """
            create function public.by_hand_first() returns trigger language plpgsql as
            $$ begin new.is_active := false; return new; end $$;
            create trigger by_hand_first before insert on public.module_access
              for each row execute function public.by_hand_first()
            """
        ),
    ),
    cause="schema.grant-accepted",
    says="the trigger by_hand_first hides each new access (is_active := false)",
    before={"carol": [], "alice": ["15"]},
    quiet=("data.deactivated",),
    repair=(
        sql("drop trigger by_hand_first on public.module_access"),
        sql("update public.module_access set is_active = true"),
    ),
    after={"carol": ["15"]},
)
