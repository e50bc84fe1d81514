"""F36: the form that the login has is taken by a second profile; a person has to say which is right."""

from __future__ import annotations

from tests.faults.model import Fault, nobody_buys, sql

TWIN = "11111111-0000-4000-8000-00000000000a"

FAULT = Fault(
    what="two profiles differ in letter case only",
    inject=(
        sql(f"insert into auth.users (id, email) values ('{TWIN}', 'twin@example.test')"),
        sql(f"update public.profiles set email = 'Carol@Example.test' where id = '{TWIN}'"),
    ),
    cause="data.email-case",
    says="1 profile has an e-mail with capitals or blanks",
    then=nobody_buys,
    hint="1 has a second profile of the same address: a person has to say which of the two the login uses",
    repair=(sql(f"update public.profiles set email = 'twin@example.test' where id = '{TWIN}'"),),
)
