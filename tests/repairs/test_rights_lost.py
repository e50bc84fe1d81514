"""A user who may not, or no longer: nothing is half done, and what is said is true and leads on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.errors import Refused
from iahome_fix.profile import USER_APPLICATIONS_YEAR
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.units import StoppedAfter
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.sandbox.site_database import YEAR
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.postgres import PostgresDatabase
from tests.faults import versions
from tests.repairs.repair_support import value
from tests.sessions import execute

PEOPLE = (
    (
        "insert into auth.users (id, email) select gen_random_uuid(), 'u' || n || '@example.test'"
        " from generate_series(1, 20) n"
    ),
    (
        "insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at)"
        " select gen_random_uuid(), 't', 3, 'm', u.id, now() + interval '20 days' from auth.users u"
        " where u.email like 'u%'"
    ),
)
COUNT = "select count(*) from public.user_applications where module_id = 3"


@dataclass(frozen=True)
class House:
    """A shop of a later version, a user who may write rows of it and no more, and the superuser."""

    dsn: str
    role: str
    superuser: str

    def does(self, *statements: str) -> None:
        execute(self.superuser, *(each.format(role=self.role) for each in statements))


@pytest.fixture
def house(databases: DatabaseFactory) -> Iterator[House]:
    dsn = databases.copy(YEAR, versions.filling(YEAR))
    found = House(dsn_with(dsn, user=f"shop_{secrets.token_hex(4)}"), "", databases.superuser(dsn))
    found = House(found.dsn, str(conninfo_to_dict(found.dsn)["user"]), found.superuser)
    found.does(
        "create role {role} login bypassrls",
        "grant usage on schema public to {role}",
        "grant select, insert, update, delete on all tables in schema public to {role}",
        "grant usage on all sequences in schema public to {role}",
        *PEOPLE,
    )
    yield found
    databases.drop(dsn)
    execute(databases.superuser("dbname=postgres"), f"drop role {found.role}")


LOST = {
    "the right to insert": ("revoke insert on public.user_applications from {role}", "rights"),
    "the sight of all rows": ("alter role {role} nobypassrls", "rights"),
    "a column": ("alter table public.user_applications rename expires_at to until", "changed"),
    "the table": ("alter table public.user_applications rename to applications", "changed"),
    "the schema": ("revoke usage on schema public from {role}, public", "rights"),
}


@pytest.mark.parametrize("what", LOST)
def test_what_is_lost_between_units_ends_the_run_with_what_was_kept(house: House, what: str) -> None:
    statement, code = LOST[what]
    with closing(PostgresDatabase(house.dsn, label="test", timeout=10)) as db:
        plan = backfill.plan(db, USER_APPLICATIONS_YEAR)
        assert plan.to_create == 20
        kept = []

        def lose(deciding: bool) -> None:
            if not deciding:
                kept.append(True)
                if len(kept) == 2:
                    house.does(statement)

        with pytest.raises(StoppedAfter) as stop:
            backfill.apply(db, plan, "", note=lose, at_once=5)
        assert (stop.value.code, stop.value.exit_code) == (code, 4)
        assert "doctor" not in (stop.value.hint or "")
        house.does("alter table if exists public.applications rename to user_applications")
        assert value(house.superuser, COUNT) == stop.value.count
        # Asked again there is nothing that could be half done.
        if "rename" not in statement:
            with pytest.raises(Refused) as refusal:
                backfill.apply(db, plan, "")
            assert (refusal.value.code, "nothing was changed" in refusal.value.message) == (code, True)
            assert value(house.superuser, COUNT) == stop.value.count


@pytest.mark.parametrize("whose", ["role {role}", "database {database}"])
def test_what_somebody_made_read_only_is_not_written(house: House, whose: str) -> None:
    database = conninfo_to_dict(house.dsn)["dbname"]
    execute(
        house.superuser,
        f"alter {whose.format(role=house.role, database=database)} set default_transaction_read_only = on",
    )
    with closing(PostgresDatabase(house.dsn, label="test", timeout=10)) as db:
        plan = backfill.plan(db, USER_APPLICATIONS_YEAR)
        with pytest.raises(Refused, match="takes no writes") as refusal:
            backfill.apply(db, plan, "")
    assert (refusal.value.code, "full disk" in (refusal.value.hint or "")) == ("read-only", True)
