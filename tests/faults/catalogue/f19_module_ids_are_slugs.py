"""F19: modules.id became text, module_access.module_id stayed a number."""

from __future__ import annotations

from tests.faults.model import Fault, command, sql

FAULT = Fault(
    what="a slug is parsed to nothing, an id that begins with a digit to another module",
    inject=(
        sql(
            """
            alter table public.module_access drop constraint module_access_module_id_fkey;
            alter table public.access_tokens drop constraint access_tokens_module_id_fkey;
            alter table public.user_applications drop constraint user_applications_module_id_fkey;
            alter table public.modules alter column id drop default;
            alter table public.modules alter column id type text;
            update public.modules set id = 'stablediffusion' where id = '15';
            alter table public.module_access alter column module_id set not null
            """
        ),
    ),
    cause="schema.types",
    says="module_access.module_id is integer, but modules.id is text",
    then=lambda world: world.buys("carol", "stablediffusion"),
    before={"carol": []},
    quiet=("data.orphans", "data.tokens-without-access", "payments.no-module", "payments.unfulfilled"),
    hint="no module has these ids any more: 15",
    repair=(
        sql(
            """
            alter table public.module_access alter column module_id type text using module_id::text;
            update public.module_access set module_id = 'stablediffusion' where module_id = '15'
            """
        ),
        command("migrate", "--yes"),
    ),
    # The handler of the guide's time makes a number of every id, so it cannot grant a slug.
    left=("payments.unfulfilled",),
    after={"alice": ["stablediffusion"]},
)
