"""F64: the owner of an access has to be in auth.users, and the customers of a new sign-up are not."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import World

DAVE = "dddddddd-0000-4000-8000-000000000004"


def both_buy(world: World) -> None:
    world.buys("carol", 15)
    world.buys("dave", 15)


FAULT = Fault(
    what="the customers of the new sign-up get nothing (23503), all others do",
    inject=(
        sql(
            f"""
            do $$ declare p record; begin
              for p in select polname from pg_policy where polrelid = 'public.module_access'::regclass loop
                execute format('drop policy %I on public.module_access', p.polname);
              end loop;
            end $$;
            alter table public.module_access alter column user_id type uuid using user_id::uuid;
            create policy own_access on public.module_access for select to authenticated
              using (user_id = auth.uid());
            alter table public.module_access add constraint module_access_user_id_fkey
              foreign key (user_id) references auth.users (id) on delete cascade;
            alter table public.profiles drop constraint profiles_id_fkey;
            insert into public.profiles (id, email) values ('{DAVE}', 'dave@example.test')
            """
        ),
    ),
    cause="schema.customers-refused",
    says="the foreign key module_access_user_id_fkey, whose table auth.users does not have them (23503)",
    then=both_buy,
    before={"carol": ["15"]},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok"},
    hint="drop constraint",
    repair=(
        sql("alter table public.module_access drop constraint module_access_user_id_fkey"),
        lambda world: world.command("reconcile", "--yes"),
    ),
    after={"carol": ["15"]},
)
