"""A profile that the operator states and the database does not have: it is named, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iahome_fix.sandbox.site_database import MONTH
from tests.faults import versions
from tests.faults.world import CAROL, ago

if TYPE_CHECKING:
    from tests.faults.conftest import OpenLater
    from tests.faults.world import World

LIKE = 'profile = "own"\n[profiles.own]\nlike = "user_applications_month"\n'


@pytest.fixture
def world(open_later: OpenLater) -> World:
    """A shop of the last versions in which Carol paid and was not served."""
    found = open_later(MONTH)
    found.site.handler = "noop"
    versions.buys(found, MONTH, "carol", 15)
    return found


def state(world: World, text: str) -> None:
    (world.folder / "iahome-fix.toml").write_text(LIKE + text, encoding="utf-8")


def looked_at(world: World, *, said: str) -> None:
    """Every command says what is wrong, in its own words, and none is taken for a fault of the tool."""
    doctor = world.command("doctor")
    assert doctor.document["error"] is None, doctor.document["error"]
    assert doctor.document["verdict"] in ("broken", "unknown"), doctor.shown()
    assert said in doctor.shown(), doctor.shown()
    before = world.sql("select count(*) from public.user_applications")
    for words in (("explain", "carol@example.test"), ("reconcile", "--yes"), ("repair", "--yes")):
        done = world.command(*words)
        error = done.document["error"]
        assert done.code in (1, 3), (words, done.document)
        assert error is None or error["code"] != "defect", (words, error)
    assert world.sql("select count(*) from public.user_applications") == before
    assert world.sql("select to_regclass('public.module_access')") == [(None,)]


def test_a_table_that_does_not_exist(world: World) -> None:
    state(world, 'table = {name = "rights"}\n')
    looked_at(world, said="rights")
    hint = world.command("doctor").check("schema.module-access")["hint"]
    assert hint.startswith("say in iahome-fix.toml which table the app has"), hint


def test_a_view_in_the_place_of_the_table(world: World) -> None:
    world.sql("create view public.rights as select distinct * from public.user_applications")
    state(world, 'table = {name = "rights"}\n')
    looked_at(world, said="rights")


def test_columns_that_the_table_does_not_have(world: World) -> None:
    state(world, 'table = {owner = "customer"}\n')
    looked_at(world, said="customer")


def test_columns_of_other_types(world: World) -> None:
    world.sql(
        "create table public.rights (id serial primary key, user_id text, module_id integer,"
        " module_title text, access_level text, is_active text, expires_at text, created_at text,"
        " usage_count int, max_usage int);"
        "insert into public.rights"
        f" values (1, '{CAROL}', 15, 'x', 'paid', 'perhaps', 'tomorrow', 'long ago', 0, 0)"
    )
    state(world, 'table = {name = "rights"}\n')
    looked_at(world, said="rights")


@pytest.mark.parametrize(
    ("column", "type_", "status"),
    [("is_active", "text", "unknown"), ("expires_at", "text", "unknown"), ("expires_at", "bigint", "fail")],
)
def test_a_column_of_another_type_is_named_and_what_depends_on_it_is_not_judged(
    world: World, column: str, type_: str, status: str
) -> None:
    value = "1" if type_ == "bigint" else f"{column}::{type_}"
    world.sql(
        f"alter table public.user_applications alter column {column} drop default,"
        f" alter column {column} type {type_} using {value}"
    )
    found = world.look()
    types = found.check("schema.types")
    assert (types["status"], types["evidence"]["columns"]) == (status, [column]), found.shown()
    assert f"user_applications.{column} is {type_}, and not " in types["detail"]
    reads = found.check("permissions.owner-reads")
    if status == "fail":
        assert reads["status"] == "blocked", found.shown()
        return
    assert reads["status"] == "unknown", found.shown()
    world.sql(types["hint"].partition(": ")[2].partition(";")[0])
    world.sql("alter table public.user_applications alter column is_active set default true")
    assert world.look().check("schema.types")["status"] == "ok"


def test_a_table_in_another_schema_is_that_table(world: World) -> None:
    world.sql("create schema shop; alter table public.user_applications set schema shop")
    world.sql("grant usage on schema shop to service_role, authenticated")
    state(world, 'table = {schema = "shop"}\n')
    plan = world.command("reconcile", "--dry-run").document["plan"]
    assert (plan["to_create"], plan["terms"][0]["lasts"]) == (1, ["30d"]), plan
    done = world.command("reconcile", "--yes")
    assert (done.code, done.document["applied"]["created"]) == (0, 1), done.document
    rows = world.sql(f"select module_id from shop.user_applications where user_id = '{CAROL}'")
    assert rows == [("stablediffusion",)]


def test_two_thousand_modules(world: World) -> None:
    world.sql(
        "insert into public.modules (id, title)"
        " select 'm' || n, 'Module ' || n from generate_series(1, 2000) n"
    )
    world.sql(
        "insert into public.user_applications (user_id, module_id, module_title, access_level, expires_at,"
        " created_at) select u.id, 'm' || n, 'Module ' || n, 'paid', now() - interval '50 days'"
        " + (case when n % 2 = 0 then 30 else 90 end) * interval '1 day', now() - interval '50 days'"
        " from auth.users u cross join generate_series(1, 2000) n where u.email like 'alice%'"
    )
    session = world.paid("bob", "m7", when=ago(minutes=12), email="bob@example.test")
    session |= {"id": "cs_live_bob_more", "metadata": {"moduleId": "m7", "customerEmail": "bob@example.test"}}
    world.stripe.add_session(**session)
    plan = world.command("reconcile", "--dry-run").document["plan"]
    assert [(one["module_id"], one["lasts"]) for one in plan["terms"]] == [
        ("m7", ["90d"]),
        ("stablediffusion", ["30d"]),
    ]


def test_a_shop_in_the_middle_of_a_change(world: World) -> None:
    # The guide's table was filled again yesterday; the newest rows of a webhook are of the later one.
    world.sql(
        "create table public.module_access (id serial primary key, user_id varchar(255) not null,"
        " module_id text, access_type varchar(50) default 'purchase', token_id varchar(255),"
        " expires_at timestamp, is_active boolean default true, created_at timestamp default now(),"
        " updated_at timestamp default now(), metadata jsonb default '{}');"
        "insert into public.module_access (user_id, module_id, expires_at, created_at, metadata)"
        f" values ('{CAROL}', 'metube', now() + interval '48 hours', now() - interval '1 day',"
        ' \'{"session_id": "cs_live_before"}\')'
    )
    found = world.command("doctor").check("schema.profile")
    assert found["status"] == "warn", found
    assert (
        "module_access has rows of its webhook, as has user_applications, whose newest are newer"
        in (found["detail"])
    )
    assert "--profile" in found["hint"]
    # The operator settles it; the other table is left alone.
    said = world.command("reconcile", "--dry-run", "--profile", MONTH)
    assert (said.code, said.document["plan"]["to_create"]) == (0, 1), said.document
