"""What `migrate` refuses: with the exact reason, exit code 1, and without a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from iahome_fix.systems.embedded.dsn import dsn_with
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import ALICE, BOB, Answer, command, value
from tests.repairs.shapes import BARE, GUIDE, MODULES, NUMBERED_TOKENS, OLDER
from tests.sessions import execute

FOREIGN = (
    "create foreign data wrapper nowhere",
    "create server nowhere foreign data wrapper nowhere",
    "create foreign table public.module_access (id integer) server nowhere",
)


def _refused(folder: Path, dsn: str, was: object, *words: str, options: tuple[str, ...] = ()) -> Answer:
    """Refused by the dry run and by the real one, with nothing changed."""
    dry = command(folder, dsn, "migrate", "--dry-run", *options)
    answer = command(folder, dsn, "migrate", "--yes", *options)
    for each in (dry, answer):
        assert (each.code, each.verdict, each.document["applied"]) == (1, "refused", [])
        for word in words:
            assert word in each.error["message"]
    assert catalog(dsn) == was
    return answer


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("view", ("create view public.module_access as select 1 as id",)),
        ("materialized view", ("create materialized view public.module_access as select 1 as id",)),
        ("foreign table", FOREIGN),
        (
            "partitioned table",
            ("create table public.module_access (id integer, user_id text) partition by list (user_id)",),
        ),
        ("sequence", ("create sequence public.module_access",)),
        ("type", ("create type public.module_access as (id integer)",)),
    ],
)
def test_another_thing_of_that_name_is_left_alone(
    kind: str,
    made: tuple[str, ...],
    databases: DatabaseFactory,
    make_database: MakeDatabase,
    tmp_path: Path,
) -> None:
    dsn = make_database()
    execute(databases.superuser(dsn), *made)
    _refused(tmp_path, dsn, catalog(dsn), f"module_access is a {kind}, not a table")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (("drop table public.modules cascade",), ("public.modules does not exist",)),
        (
            (
                "alter table public.modules drop constraint modules_pkey cascade",
                "create unique index some_titles on public.modules (id) where title <> ''",
            ),
            ("public.modules.id has neither a primary key nor a unique index",),
        ),
        (
            (GUIDE.replace("is_active boolean default true", "is_active text default 'true'"),),
            ("is_active text",),
        ),
        ((GUIDE.replace("metadata jsonb default '{}'::jsonb", "metadata text"),), ("metadata text",)),
        ((GUIDE.replace("expires_at timestamp", "expires_at text"),), ("expires_at text",)),
        (
            (GUIDE.replace("access_type varchar(50) default 'purchase'", "access_type integer"),),
            ("access_type",),
        ),
    ],
    ids=["no modules", "no key", "is_active", "metadata", "expires_at", "access_type"],
)
def test_what_cannot_be_repaired_safely_is_named(
    made: tuple[str, ...], words: tuple[str, ...], make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, *made)
    _refused(tmp_path, dsn, catalog(dsn), *words)


SOLD = "insert into public.modules (id, title) values (6, 'a'), (13, 'b')"
NOT_ACTIVE = GUIDE.replace("  is_active boolean default true,\n", "")


@pytest.mark.parametrize(
    ("column", "of_6", "of_13", "refused"),
    [
        ("status text", "'active'", "'revoked'", True),
        ("revoked_at timestamptz", "null", "now()", True),
        ("statut integer", "1", "2", True),
        ("status text", "'active'", "'active'", False),
        ("source text", "'web'", "'phone'", False),
    ],
)
def test_what_another_column_may_have_withdrawn_is_not_called_active(
    column: str, of_6: str, of_13: str, refused: bool, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, NOT_ACTIVE, SOLD, f"alter table public.module_access add column {column}")
    execute(
        dsn,
        f"insert into public.module_access (user_id, module_id, {column.split()[0]}) values"
        f" ('{ALICE}', 6, {of_6}), ('{BOB}', 13, {of_13})",
    )
    if refused:
        _refused(tmp_path, dsn, catalog(dsn), f"has no is_active, and {column.split()[0]} may say which")
        return
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    assert value(dsn, "select count(*) from public.module_access where is_active") == 2


@pytest.mark.parametrize(
    ("column", "made"),
    [
        ("module_access.user_id", "create view public.mine as select user_id from public.module_access"),
        (
            "module_access.module_id",
            """create trigger mine before update of module_id on public.module_access
                 for each row execute function suppress_redundant_updates_trigger()""",
        ),
        (
            "module_access.module_id",
            "create policy mine on public.module_access for select using (module_id is not null)",
        ),
        (
            "module_access.user_id",
            """create policy mine on public.modules for select using
                 (exists (select from public.module_access a where a.user_id = auth.uid()))""",
        ),
        ("access_tokens.id", "create view public.mine as select id from public.access_tokens"),
        (
            "access_tokens.id",
            "create table public.uses (token integer constraint mine references public.access_tokens (id))",
        ),
    ],
)
def test_a_type_that_is_in_use_is_refused_by_the_name_of_its_user(
    column: str, made: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, *NUMBERED_TOKENS, OLDER, made)
    _refused(tmp_path, dsn, catalog(dsn), column, "mine", options=("--change-types",))
    # Without that option no type changes, and nothing is in the way.
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"


@pytest.mark.parametrize(
    ("ids", "named"), [("(4), (7), (4)", "of their own: 4;"), ("(1), (null), (null)", "of their own: none;")]
)
def test_rows_that_share_an_id_or_have_none_are_for_a_person(
    ids: str, named: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, BARE, f"insert into public.module_access (id) values {ids}")
    was = catalog(dsn)

    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert (answer.code, answer.verdict) == (1, "refused")
    assert named in answer.error["message"]
    assert catalog(dsn) == was


def test_a_table_of_somebody_else_is_refused_and_its_owner_named(
    role: str, databases: DatabaseFactory, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, GUIDE)
    execute(databases.superuser(dsn), f"alter table public.module_access owner to {role}")

    _refused(tmp_path, dsn, catalog(dsn), f"belongs to {role}")


def test_a_table_of_a_role_that_we_belong_to_is_migrated_and_stays_its(
    role: str, databases: DatabaseFactory, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("before")
    execute(dsn, MODULES, BARE, f"insert into public.module_access (id, user_id) values (3, '{ALICE}')")
    execute(
        databases.superuser(dsn),
        f"grant {role} to postgres",
        f"grant create on schema public to {role}",
        f"grant references on public.modules to {role}",
        f"alter table public.module_access owner to {role}",
    )

    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "nothing-to-do"
    owners = "select distinct pg_get_userbyid(relowner) from pg_class where relname like 'module\\_access%'"
    assert execute(dsn, owners) == [(role,)]
    assert value(dsn, f"insert into public.module_access (user_id) values ('{BOB}') returning id") == 4


def test_a_user_without_the_right_to_create_is_told_so(
    role: str, databases: DatabaseFactory, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    was = catalog(dsn)

    answer = command(tmp_path, dsn_with(dsn, user=role), "migrate", "--yes")
    assert (answer.code, answer.verdict, answer.error["code"]) == (1, "refused", "rights")
    assert "permission denied for schema public" in answer.error["message"]
    assert catalog(dsn) == was


def test_a_user_who_may_not_even_look_could_not_tell(
    role: str, databases: DatabaseFactory, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, GUIDE)

    answer = command(tmp_path, dsn_with(dsn, user=role), "migrate", "--dry-run")
    assert (answer.code, answer.verdict, answer.error["code"]) == (3, "unknown", "sql")
    assert "42501" in answer.error["message"]


def test_a_step_that_fails_takes_the_ones_before_it_back(
    databases: DatabaseFactory, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(
        dsn, MODULES, GUIDE, f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6)"
    )
    execute(dsn, f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6)")
    execute(
        databases.superuser(dsn),
        "create function public.no_policies() returns event_trigger language plpgsql as"
        " $$ begin raise exception 'policies are made by the security team'; end $$",
        "create event trigger no_policies on ddl_command_start when tag in ('CREATE POLICY')"
        " execute function public.no_policies()",
    )
    rows = "select to_jsonb(m)::text from public.module_access m order by id"
    was = catalog(dsn), execute(dsn, rows)

    answer = command(tmp_path, dsn, "migrate", "--yes")
    assert (answer.code, answer.error["code"]) == (1, "refused-in-function")
    assert "policies are made by the security team" in answer.error["message"]
    assert "nothing was changed" in answer.error["message"]
    assert (catalog(dsn), execute(dsn, rows)) == was
