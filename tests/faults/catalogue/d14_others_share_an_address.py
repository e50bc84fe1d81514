"""D14, a decoy: two profiles of one address, of people who never bought anything."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="nobody waits for anything because of them",
    inject=(
        sql(
            """
            do $$
            declare
              found name;
            begin
              for found in select conname from pg_constraint
                            where conrelid = 'public.profiles'::regclass and contype in ('u', 'f') loop
                execute format('alter table public.profiles drop constraint %I', found);
              end loop;
            end $$;
            insert into public.profiles (id, email) values
              ('dddddddd-0000-4000-8000-000000000004', 'zoe@example.test'),
              ('dddddddd-0000-4000-8000-000000000005', 'zoe@example.test')
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"]},
    statuses={"data.profile-email": "warn"},
)
