"""Beyond the catalogue: a trigger refuses the row, after the handler noted the payment."""

from __future__ import annotations

from tests.faults.model import Fault, command, sql

FAULT = Fault(
    what="nothing that is known to be wrong; the note in payments tells that the handler was there",
    inject=(
        sql(
            """
            create function public.no_more() returns trigger language plpgsql as
            $$ begin raise exception 'closed for stocktaking'; end $$;
            create trigger stocktaking before insert on public.module_access
              for each row execute function public.no_more()
            """
        ),
    ),
    cause="payments.unfulfilled",
    says="so it was there and its grant was refused then, or is still, by what is on module_access",
    before={"carol": [], "alice": ["15"]},
    statuses={"site.webhook-handler": "ok"},
    notes={"payments.unfulfilled": "trigger stocktaking"},
    fix="reconcile",
    repair=(sql("drop trigger stocktaking on public.module_access"), command("reconcile", "--yes")),
    fix_is_enough=False,
    after={"carol": ["15"]},
)
