"""While only a person can mend the table, `repair` plans nothing that would write into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.model import carol_buys

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld

TRIGGER = """
create function public.no() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create trigger no before insert on public.module_access for each row execute function public.no()
"""


@pytest.mark.parametrize(
    ("injection", "cause"),
    [
        (TRIGGER, "schema.grant-accepted"),
        ("create unique index one_each on public.module_access (user_id)", "schema.grant-accepted"),
        ('alter table public.module_access rename to "Module_Access"', "schema.module-access"),
    ],
    ids=["a trigger", "a unique index", "renamed"],
)
def test_what_a_person_has_to_mend_comes_first(open_world: OpenWorld, injection: str, cause: str) -> None:
    world = open_world()
    if "one_each" in injection:
        world.sql("delete from public.module_access where module_id = 13")
    world.sql(injection)
    carol_buys(world)
    done = world.command("repair", "--dry-run")
    plan = done.document["plan"]
    assert plan["steps"] == [], plan
    assert cause in [each["check"] for each in plan["by_hand"]], plan
