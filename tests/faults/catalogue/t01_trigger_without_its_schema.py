"""T01: a trigger that posts each grant with pg_net, which was never installed."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="each grant is refused (3F000) inside somebody's function, and the handler answers 200",
    inject=(
        sql(
            """
            create function public.notify_grant() returns trigger language plpgsql as
            $$ begin
                 perform net.http_post(url := 'https://hooks.example.test/x', body := to_jsonb(new));
                 return new;
               end $$;
            create trigger notify_grant after insert on public.module_access
              for each row execute function public.notify_grant()
            """
        ),
    ),
    cause="schema.grant-accepted",
    says='the trigger notify_grant (notify_grant()) fails on every new access: schema "net" does not exist',
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    hint="create extension pg_net",
    repair=(sql("drop trigger notify_grant on public.module_access"), resend),
    after={"carol": ["15"]},
)
