"""What `migrate` gives, takes and closes reaches further roles: who has the rights of authenticated, who got
a right from another, who only writes.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from tests.repairs.repair_support import ALICE, BOB, Answer, command, outcome
from tests.repairs.shapes import GUIDE, MODULES
from tests.repairs.test_in_sight import notes
from tests.sessions import execute

ROWS = f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6), ('{BOB}', 6)"
SECURITY = "120_row_level_security"
READ = "select from public.module_access"
WRITE = f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 13)"


@pytest.fixture
def shop(role: str, databases: DatabaseFactory, make_database: MakeDatabase) -> str:
    """A table that nobody has a right to, with two rows; `role` may use the schema."""
    dsn = make_database("revoked")
    execute(dsn, MODULES, GUIDE, ROWS, "revoke all on public.module_access from anon, authenticated")
    execute(databases.superuser(dsn), f"grant usage on schema public to {role}")
    return dsn


def migrated(folder: Path, dsn: str, verdict: str = "applied") -> Answer:
    answer = command(folder, dsn, "migrate", "--yes")
    assert answer.verdict == verdict, answer.document
    return answer


def left(answer: Answer) -> str:
    return " | ".join(map(str, answer.document["left"]))


def as_role(databases: DatabaseFactory, dsn: str, role: str, statement: str) -> int | str:
    """The number of rows that another role gets, or the SQLSTATE; rolled back."""
    with closing(psycopg.connect(databases.superuser(dsn))) as connection:
        connection.execute(f"set local role {role}".encode())
        try:
            return connection.execute(statement.encode()).rowcount
        except psycopg.Error as error:
            return str(error.sqlstate)


def test_who_has_the_rights_of_customers_is_shown_no_more(
    role: str, shop: str, databases: DatabaseFactory, tmp_path: Path
) -> None:
    inherit = " with inherit true" if psycopg.connect(shop).info.server_version >= 160000 else ""
    execute(databases.superuser(shop), f"grant authenticated to {role}{inherit}")
    execute(
        shop,
        "alter table public.module_access enable row level security",
        f"create policy boss on public.module_access for select to {role} using (true)",
    )
    assert as_role(databases, shop, role, READ) == "42501"
    answer = migrated(tmp_path, shop)
    assert as_role(databases, shop, role, READ) == "42501"
    assert "decided by boss" in left(answer)
    assert "grant select on public.module_access to authenticated" in left(answer)
    execute(
        databases.superuser(shop),
        f"drop policy boss on public.module_access; revoke authenticated from {role}",
    )
    migrated(tmp_path, shop)
    assert outcome(shop, "authenticated", READ, ALICE) == 1


def test_who_reads_or_writes_less_is_named_whatever_its_name(role: str, shop: str, tmp_path: Path) -> None:
    execute(
        shop,
        "grant select on public.module_access to supabase_auth_admin",
        f"grant insert on public.module_access to {role}",
        "grant select on public.module_access to authenticated",
        "create policy none_today on public.module_access as restrictive for select using (false)",
    )
    said = notes(command(tmp_path, shop, "migrate", "--dry-run").document, SECURITY)
    assert "supabase_auth_admin reads every row today, then none" in said
    assert f"{role} may insert any row today, then none" in said
    assert f"{role} reads" not in said
    assert (
        "authenticated reads every row today, then own rows alone, and of these only what each restrictive"
        " one lets through: none_today: using (false)" in said
    )


def test_an_owner_under_forced_security_is_named(
    role: str, shop: str, databases: DatabaseFactory, tmp_path: Path
) -> None:
    inherit = " with inherit true" if psycopg.connect(shop).info.server_version >= 160000 else ""
    execute(
        databases.superuser(shop),
        f"grant {role} to postgres{inherit}",
        f"grant create on schema public to {role}",
        f"alter table public.module_access owner to {role}",
        "alter table public.module_access force row level security",
    )
    said = notes(command(tmp_path, shop, "migrate", "--dry-run").document, SECURITY)
    assert f"{role} reads every row today, then none" in said
    assert f"{role} may insert, delete, update any row today, then none" in said
    execute(
        databases.superuser(shop),
        "alter table public.module_access owner to postgres",
        f"revoke create on schema public from {role}",
    )


@pytest.mark.parametrize(
    ("given", "said", "statement"),
    [
        (
            (
                "grant select on public.module_access to authenticated with grant option;"
                " set role authenticated; grant select on public.module_access to {role}"
            ),
            "select on public.module_access, passed on to {role}",
            "revoke grant option for select on public.module_access from authenticated cascade",
        ),
        (
            (
                "grant update (is_active) on public.module_access to authenticated with grant option;"
                " set role authenticated; grant update (is_active) on public.module_access to {role}"
            ),
            "update (is_active) on public.module_access, passed on to {role}",
            "revoke update (is_active) on public.module_access from authenticated cascade",
        ),
        (
            (
                "grant select on public.module_access to {role} with grant option;"
                " set role {role}; grant select on public.module_access to public"
            ),
            "public: select on public.module_access, given by {role}",
            "revoke grant option for select on public.module_access from {role} cascade",
        ),
        (
            (
                "grant usage on sequence public.module_access_id_seq to anon with grant option;"
                " set role anon; grant usage on sequence public.module_access_id_seq to {role}"
            ),
            "usage on sequence public.module_access_id_seq, passed on to {role}",
            "revoke usage on sequence public.module_access_id_seq from anon cascade",
        ),
    ],
    ids=["table", "column", "public", "sequence"],
)
def test_a_right_that_another_gave_stops_nothing_and_is_named(
    role: str,
    shop: str,
    databases: DatabaseFactory,
    tmp_path: Path,
    given: str,
    said: str,
    statement: str,
) -> None:
    execute(shop, "grant insert on public.module_access to anon")
    execute(databases.superuser(shop), *given.format(role=role).split(";"))
    answer = migrated(tmp_path, shop)
    assert said.format(role=role) in left(answer)
    wanted = statement.format(role=role)
    assert wanted in left(answer)
    assert outcome(shop, "anon", WRITE) == "42501"
    execute(shop, wanted)
    again = command(tmp_path, shop, "migrate", "--yes")
    assert again.verdict in ("nothing-to-do", "applied")
    assert said.format(role=role) not in left(again)


def test_no_default_is_set_that_a_condition_of_others_refuses(shop: str, tmp_path: Path) -> None:
    execute(
        shop,
        "alter table public.module_access alter column access_type drop default,"
        " alter column is_active drop default, alter column created_at drop default",
        "update public.module_access set access_type = 'bought'",
        "alter table public.module_access add constraint known check (access_type in ('bought', 'token')),"
        " add constraint told check (is_active in (true, false))",
    )
    answer = migrated(tmp_path, shop)
    assert "access_type: no default, and a condition of others (known)" in left(answer)
    assert outcome(shop, "service_role", WRITE) == 1
    (row,) = execute(
        shop,
        "select string_agg(column_name, ',' order by column_name) from information_schema.columns"
        " where table_name = 'module_access' and column_default is not null"
        " and column_name in ('access_type', 'is_active', 'created_at')",
    )
    assert row[0] == "created_at,is_active"
    told = {one["id"]: one for one in command(tmp_path, shop, "doctor").document["checks"]}
    assert told["schema.columns"]["status"] == "warn"
    assert "set default 'purchase'" in told["schema.columns"]["hint"]
