"""F35: a module that is in use no longer exists."""

from __future__ import annotations

from tests.faults.model import Fault, resend, sql

FAULT = Fault(
    what="an access without a module, and new buyers of it get nothing",
    inject=(
        sql(
            """
            alter table public.module_access drop constraint module_access_module_id_fkey;
            delete from public.modules where id = 15;
            alter table public.module_access add constraint module_access_module_id_fkey
              foreign key (module_id) references public.modules (id) on delete cascade not valid
            """
        ),
    ),
    cause="data.orphans",
    says="1 active access names a module that no longer exists (15)",
    before={"carol": []},
    hint="restore the module under its old id",
    quiet=("payments.no-module",),
    repair=(
        sql("insert into public.modules (id, title, price) values (15, 'Stable diffusion', 9.90)"),
        resend,
    ),
    after={"carol": ["15"], "alice": ["15"]},
)
