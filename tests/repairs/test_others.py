"""Nothing is written at the cost of an access that somebody had, in whatever table accesses are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from iahome_fix.errors import Refused
from iahome_fix.profile import PROFILES
from iahome_fix.repairs import emails
from iahome_fix.repairs.journal.run import Run, new_run_id
from iahome_fix.repairs.migrate import migrate
from iahome_fix.repairs.undo import undo
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.sandbox.site_database import GUIDE, MONTH, YEAR
from iahome_fix.settings import load_settings
from iahome_fix.systems.postgres import PostgresDatabase
from tests.faults import versions
from tests.faults.world import ALICE, BOB, CAROL, ROWS
from tests.repairs.repair_support import (
    TURN,
    Answer,
    command,
    finish,
    holding,
    start,
    until,
    value,
    waiting,
)
from tests.sessions import execute

OWN = "own"
TOML = """
profile = "mine"
[profiles.mine]
like = "user_applications_year"
table = {schema = "shop", name = "Rights", owner = "customer", ends = "until", active = "in_force"}
handler = {fills = ["customer", "module_id", "module_title", "access_level", "in_force", "until"]}
"""
RIGHTS = """
create schema shop;
create table shop."Rights" (like public.user_applications including all);
alter table shop."Rights" rename column user_id to customer;
alter table shop."Rights" rename column expires_at to until;
alter table shop."Rights" rename column is_active to in_force;
insert into shop."Rights" (customer, module_id, module_title, access_level, in_force, until, created_at)
select user_id, module_id, module_title, access_level, is_active, expires_at, created_at
  from public.user_applications;
"""


@dataclass(frozen=True)
class Shop:
    """A shop of some version.

    `table`, `owner`, `ends`, `active`: the names that its table has; `module`: one that it sells.
    """

    dsn: str
    folder: Path
    table: str
    owner: str = "user_id"
    ends: str = "expires_at"
    active: str = "is_active"
    module: str = "3"
    version: str = YEAR

    def run(self, *words: str) -> Answer:
        return command(self.folder, self.dsn, *words)

    def rows(self) -> list[tuple[object, ...]]:
        return execute(self.dsn, f"select to_jsonb(a) from {self.table} a order by id::text")

    def token(self, owner: str, module: str) -> None:
        execute(
            self.dsn,
            "insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at)"
            f" values (gen_random_uuid(), 't', '{module}', 'm', '{owner}', now() + interval '20 days')",
        )

    def over(self, owner: str, module: str) -> None:
        """An access that is active and over: it makes way for a new one."""
        title = "" if self.table.endswith("module_access") else ", module_title"
        execute(
            self.dsn,
            f"insert into {self.table}"
            f" ({self.owner}, module_id, {self.active}, {self.ends}, created_at{title})"
            f" values ('{owner}', '{module}', true, now() - interval '1 day', now() - interval '9 days'"
            f"{', $$m$$' if title else ''})",
        )

    def meddles(self, body: str, when: str = "after insert") -> None:
        """Somebody's trigger, with the guide's names in its words."""
        body = body.format(table=self.table, owner=self.owner, ends=self.ends, active=f'"{self.active}"')
        execute(
            self.dsn,
            "create function public.meddle() returns trigger language plpgsql security definer as"
            f" $f$ begin {body} return new; end $f$",
            f"create trigger meddle {when} on {self.table} for each row execute function public.meddle()",
        )


def _guides(dsn: str) -> None:
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        migrate.apply(database, migrate.plan(database))
    execute(dsn, ROWS)


@pytest.fixture(params=[GUIDE, YEAR, MONTH, OWN])
def shop(request: pytest.FixtureRequest, databases: DatabaseFactory, tmp_path: Path) -> Iterator[Shop]:
    name = str(request.param)
    if name == GUIDE:
        dsn = databases.copy("guides rows", _guides)
        found = Shop(dsn, tmp_path, "public.module_access", version=GUIDE)
    elif name == MONTH:
        dsn = databases.copy(MONTH, versions.filling(MONTH))
        found = Shop(dsn, tmp_path, "public.user_applications", module="metube", version=MONTH)
    else:
        dsn = databases.copy(YEAR, versions.filling(YEAR))
        found = Shop(dsn, tmp_path, "public.user_applications")
    if name == OWN:
        execute(dsn, RIGHTS)
        (tmp_path / "iahome-fix.toml").write_text(TOML, encoding="utf-8")
        found = Shop(dsn, tmp_path, 'shop."Rights"', "customer", "until", "in_force")
    yield found
    databases.drop(dsn)


HARMS = {
    "takes the customer's other access": "delete from {table} where {owner} = new.{owner} and id <> new.id;",
    "ends another customer's": f"update {{table}} set {{active}} = false where {{owner}}::text = '{ALICE}';",
    "lets another customer's be over": (
        f"update {{table}} set {{ends}} = now() - interval '1 minute' where {{owner}}::text = '{ALICE}';"
    ),
    "shortens another customer's": (
        f"update {{table}} set {{ends}} = {{ends}} - interval '1 day' where {{owner}}::text = '{ALICE}';"
    ),
    "moves another customer's": (
        f"update {{table}} set {{owner}} = new.{{owner}} where {{owner}}::text = '{ALICE}';"
    ),
    "moves it to another module": (
        f"update {{table}} set module_id = new.module_id where {{owner}}::text = '{ALICE}';"
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_nothing_is_kept_that_costs_somebody_an_access(shop: Shop, harm: str) -> None:
    shop.token(BOB, shop.module)
    shop.token(CAROL, shop.module)
    shop.meddles(HARMS[harm])
    before = shop.rows()
    done = shop.run("backfill", "--yes")
    assert done.code == 1, done.document
    # Where one more row of a customer is refused by an index, the database says so itself.
    assert "were taken away" in done.error["message"] or "23505" in done.error["message"]
    assert shop.table.split(".")[1].strip('"') in done.error["hint"]
    assert shop.rows() == before


OTHERWISE = {
    "of another customer": f"new.{{owner}} := '{ALICE}';",
    "of another module": (
        "new.module_id := (select max(m.id) from public.modules m where m.id <> new.module_id);"
    ),
    "for a minute": "new.{ends} := now() + interval '1 minute';",
    "inactive": "new.{active} := false;",
}


@pytest.mark.parametrize("case", OTHERWISE)
def test_a_row_that_a_trigger_makes_another_one_of_is_not_kept(shop: Shop, case: str) -> None:
    shop.token(CAROL, shop.module)
    shop.meddles(OTHERWISE[case], when="before insert")
    before = shop.rows()
    done = shop.run("backfill", "--yes")
    assert (done.code, done.error["code"]) == (1, "not-kept"), done.document
    assert "1 accesses were written and are not there" in done.error["message"]
    assert shop.rows() == before


def test_what_makes_way_costs_nobody_else_an_access(shop: Shop) -> None:
    shop.over(CAROL, shop.module)
    shop.token(CAROL, shop.module)
    shop.meddles(HARMS["ends another customer's"], when=f'after update of "{shop.active}"')
    before = shop.rows()
    done = shop.run("backfill", "--yes")
    assert (done.code, done.error["code"]) in (
        (1, "not-kept"),
        (1, "refused-in-function"),
        (1, "sql-refused"),
    )
    assert shop.rows() == before


HARMLESS = {
    "clears away what is over": "delete from {table} where {ends} < now();",
    "gives more": (
        "update {table} set {ends} = {ends} + interval '1 day' where {owner}::text <> new.{owner}::text;"
    ),
    "stamps": "new.created_at := new.created_at; return new;",
}


@pytest.mark.parametrize("deed", HARMLESS)
def test_a_trigger_that_takes_from_nobody_is_left_alone(shop: Shop, deed: str) -> None:
    shop.over(CAROL, shop.module)
    shop.token(CAROL, shop.module)
    shop.token(BOB, shop.module)
    shop.meddles(HARMLESS[deed], when="before insert" if deed == "stamps" else "after insert")
    done = shop.run("backfill", "--yes")
    assert (done.code, done.document["applied"]["created"]) == (0, 2), done.document
    assert value(shop.dsn, f"select count(*) from {shop.table} where {shop.ends} > now()") >= 3


@pytest.mark.parametrize("harm", ["ends another customer's", "shortens another customer's"])
def test_nothing_is_undone_that_costs_somebody_an_access(shop: Shop, harm: str) -> None:
    shop.token(BOB, shop.module)
    shop.over(CAROL, shop.module)
    shop.token(CAROL, shop.module)
    done = shop.run("backfill", "--yes")
    assert (done.code, done.document["applied"]["created"]) == (0, 2), done.document
    shop.meddles(HARMS[harm].replace("new.", "old."), when="after delete")
    before = shop.rows()
    undone = shop.run("undo", done.document["run_id"], "--yes")
    assert (undone.code, undone.error["code"]) == (1, "not-undone"), undone.document
    assert "1 other accesses would be taken away with it" in undone.error["message"]
    assert "meddle" in undone.error["hint"]
    assert shop.rows() == before
    execute(shop.dsn, f"drop trigger meddle on {shop.table}")
    undone = shop.run("undo", done.document["run_id"], "--yes")
    assert (undone.code, undone.document["applied"]["deleted"]) == (0, 2)
    assert undone.document["applied"]["restored"] == 1


def test_no_address_is_changed_that_costs_somebody_an_access(shop: Shop) -> None:
    profile = load_settings(folder=shop.folder, environ={"SUPABASE_DB_URL": shop.dsn}).profile
    found = PROFILES[shop.version] if profile.name != "mine" else profile
    execute(shop.dsn, "update public.profiles set email = upper(email)")
    shop.meddles(HARMS["ends another customer's"])
    execute(
        shop.dsn,
        f"drop trigger meddle on {shop.table}",
        "create trigger meddle after update on public.profiles for each row execute function public.meddle()",
    )
    before = shop.rows(), value(shop.dsn, "select array_agg(email order by id) from public.profiles")
    with closing(PostgresDatabase(shop.dsn, label="test", timeout=10)) as db:
        with pytest.raises(Refused) as refusal:
            emails.apply(db, 3, found)
        assert (refusal.value.code, "profiles" in (refusal.value.hint or "")) == ("not-kept", True)
        now = shop.rows(), value(shop.dsn, "select array_agg(email order by id) from public.profiles")
        assert now == before
        execute(shop.dsn, "alter table public.profiles disable trigger meddle")
        record = emails.apply(db, 3, found)
        execute(shop.dsn, "alter table public.profiles enable trigger meddle")
        run = Run(new_run_id(), "repair", "", "", {}, {}, "applied", changes={"emails": record})
        with pytest.raises(Refused, match="1 other accesses would be taken away"):
            undo.apply_database(db, undo.plan(run.run_id, run, db, None, profile=found))
        assert shop.rows() == before[0]


def test_two_undos_of_one_run_at_once_are_one_and_neither_calls_its_rows_changed(shop: Shop) -> None:
    shop.token(BOB, shop.module)
    shop.over(CAROL, shop.module)
    shop.token(CAROL, shop.module)
    before = shop.rows()
    done = shop.run("backfill", "--yes")
    run_id = done.document["run_id"]
    with holding(shop.dsn, TURN):
        both = [start(shop.folder, shop.dsn, "undo", run_id, "--yes") for _each in range(2)]
        until(lambda: waiting(shop.dsn) == 2, 60)
    ends = [finish(process) for process in both]
    assert [end.code for end in ends] == [0, 0], [end.document["error"] for end in ends]
    assert sorted(end.document["applied"]["deleted"] for end in ends) == [0, 2]
    assert sorted(end.verdict for end in ends) == ["applied", "nothing-to-do"]
    assert shop.rows() == before


def test_who_ends_an_access_while_a_unit_is_written_stops_nothing(shop: Shop) -> None:
    shop.token(CAROL, shop.module)
    shop.meddles("perform pg_advisory_xact_lock_shared(77);")
    with holding(shop.dsn, "select pg_advisory_xact_lock(77)"):
        process = start(shop.folder, shop.dsn, "backfill", "--yes")
        until(lambda: waiting(shop.dsn) == 1, 60)
        withdraw = f"update {shop.table} set \"{shop.active}\" = false where {shop.owner}::text = '{ALICE}'"
        execute(shop.dsn, "set lock_timeout = '2s'", withdraw)
    done = finish(process)
    assert (done.code, done.document["applied"]["created"]) == (0, 1), done.document
    active = f"select count(*) from {shop.table} where \"{shop.active}\" and {shop.owner}::text = '{ALICE}'"
    assert value(shop.dsn, active) == 0
