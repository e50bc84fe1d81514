"""F85: an account was made again under another id, and its accesses stayed with the former one."""

from __future__ import annotations

from tests.faults.model import Fault, nobody_buys, sql

AGAIN = "dddddddd-0000-4000-8000-00000000000b"

FAULT = Fault(
    what="after signing in with another provider all modules are gone",
    inject=(
        sql(
            f"""
            delete from auth.users where email = 'bob@example.test';
            insert into auth.users (id, aud, role, email, email_confirmed_at)
              values ('{AGAIN}', 'authenticated', 'authenticated', 'bob@example.test', now());
            insert into public.profiles (id, email) values ('{AGAIN}', 'bob@example.test')
              on conflict (id) do nothing
            """
        ),
    ),
    cause="data.account-remade",
    says="2 accesses stayed with former ids of 1 customer",
    then=nobody_buys,
    before={"bob": []},
    quiet=("payments.unfulfilled",),
    statuses={"site.webhook-handler": "ok", "data.orphans": "warn"},
    fix="repair",
    after={"bob": ["6", "13"]},
)
