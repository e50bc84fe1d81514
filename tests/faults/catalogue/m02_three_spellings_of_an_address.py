"""M2: two profiles whose addresses differ by case only, and the buyer typed a third spelling."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="the payment leads to two profiles, and no command chooses between them",
    inject=(
        sql(
            """
            alter table public.profiles drop constraint profiles_id_fkey;
            insert into public.profiles (id, email)
              values ('11111111-0000-4000-8000-00000000000a', 'Carol@Example.test')
            """
        ),
    ),
    cause="data.email-case",
    says="1 profile has an e-mail with capitals or blanks",
    then=lambda world: world.buys("carol", 15, email="CAROL@example.test"),
    before={"carol": []},
    quiet=("payments.unknown-customer",),
    hint="a person has to say which of the two the login uses",
    repair=(sql("delete from public.profiles where email = 'Carol@Example.test'"),),
    left=("payments.unfulfilled",),
)
