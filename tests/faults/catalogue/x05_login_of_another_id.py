"""Beyond the catalogue: the profile has another id than the login."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import CAROL, World


def moved(world: World) -> None:
    world.sql(
        f"update public.module_access set user_id = '{CAROL}'"
        " where user_id = 'dddddddd-0000-4000-8000-000000000004'"
    )


FAULT = Fault(
    what="a sign-up of its own made the profile: the row is the profile's, and the login may not read it",
    inject=(
        sql(
            f"""
            alter table public.profiles drop constraint profiles_id_fkey;
            update public.profiles set id = 'dddddddd-0000-4000-8000-000000000004' where id = '{CAROL}'
            """
        ),
    ),
    cause="data.profiles-missing",
    says="1 customer logs in under another id than the profile has",
    before={"carol": "profile:PGRST116(0)"},
    statuses={"payments.unfulfilled": "ok"},
    repair=(sql(f"update public.profiles set id = '{CAROL}' where email = 'carol@example.test'"), moved),
    after={"carol": ["15"]},
)
