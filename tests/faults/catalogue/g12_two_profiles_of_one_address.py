"""G12: two profiles have the same address, letter by letter."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="the handler wants exactly one, and takes two for none; the page may read only its own",
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
            insert into public.profiles (id, email)
              values ('dddddddd-0000-4000-8000-000000000004', 'carol@example.test')
            """
        ),
    ),
    cause="data.profile-email",
    says="1 e-mail is that of several profiles",
    before={"carol": [], "alice": ["15"]},
    quiet=("payments.unknown-customer",),
    repair=(sql("delete from public.profiles where id = 'dddddddd-0000-4000-8000-000000000004'"), resend),
    after={"carol": ["15"]},
)
