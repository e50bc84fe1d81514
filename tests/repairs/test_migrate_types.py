"""`migrate` where ids have the wrong type: converted where every value fits, otherwise refused untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from iahome_fix.sandbox.databases import MakeDatabase
from tests.repairs.catalog import catalog
from tests.repairs.repair_support import ALICE, command, value
from tests.repairs.shapes import GUIDE, NUMBERED_TOKENS
from tests.sessions import execute

SLUG_MODULES = (
    "drop table public.modules cascade",
    "create table public.modules (id text primary key, title text not null)",
)

TYPES = (
    "select format_type(atttypid, atttypmod) from pg_attribute"
    " where attrelid = 'public.module_access'::regclass and attname = '{name}'"
)


def loose(kind: str) -> str:
    """The guide's table with module ids of another type, and nothing that ties them to modules."""
    return GUIDE.replace("integer references public.modules (id) on delete cascade", kind)


INTEGER_TO_TEXT = (*SLUG_MODULES, loose("integer"))
TEXT_TO_INTEGER = (loose("text"),)


@pytest.mark.parametrize(
    ("before", "modules", "stored", "kind"),
    [
        (INTEGER_TO_TEXT, "('6'), ('15')", "(6), (15), (null)", "text"),
        (TEXT_TO_INTEGER, "(6), (15)", "('6'), ('15'), (null)", "integer"),
        ((loose("uuid"),), "(6)", "", "integer"),
    ],
    ids=["integer to text", "text to integer", "uuid to integer, no rows"],
)
def test_module_ids_that_fit_are_converted(
    before: tuple[str, ...],
    modules: str,
    stored: str,
    kind: str,
    make_database: MakeDatabase,
    tmp_path: Path,
) -> None:
    dsn = make_database()
    execute(dsn, *before, *_filled(modules, stored))
    rows = "select id, user_id, module_id::text, is_active from public.module_access order by id"
    found = execute(dsn, rows)

    assert command(tmp_path, dsn, "migrate", "--yes", "--change-types").verdict == "applied"
    assert (value(dsn, TYPES.format(name="module_id")), execute(dsn, rows)) == (kind, found)
    assert value(
        dsn,
        "select convalidated from pg_constraint where conrelid = 'public.module_access'::regclass"
        " and contype = 'f' and confrelid = 'public.modules'::regclass",
    )
    assert command(tmp_path, dsn, "migrate", "--yes", "--change-types").verdict == "nothing-to-do"


@pytest.mark.parametrize(
    ("before", "modules", "stored", "named"),
    [
        (INTEGER_TO_TEXT, "('metube'), ('15')", "(15), (6), (13)", "13, 6"),
        (TEXT_TO_INTEGER, "(6), (15)", "('6'), ('metube')", "metube"),
        (TEXT_TO_INTEGER, "(6)", "('06')", "06"),
        ((loose("uuid"),), "(6)", f"('{ALICE}'::uuid)", ALICE),
    ],
    ids=["slugs now", "a slug", "a leading zero", "uuid"],
)
def test_module_ids_that_do_not_fit_are_named_and_nothing_changes(
    before: tuple[str, ...],
    modules: str,
    stored: str,
    named: str,
    make_database: MakeDatabase,
    tmp_path: Path,
) -> None:
    dsn = make_database()
    execute(dsn, *before, *_filled(modules, stored))
    was = (catalog(dsn), execute(dsn, "select to_jsonb(m)::text from public.module_access m order by id"))

    answer = command(tmp_path, dsn, "migrate", "--yes", "--change-types")
    assert (answer.code, answer.verdict, answer.document["applied"]) == (1, "refused", [])
    assert f"module ids that modules does not have: {named};" in answer.error["message"]
    assert "nothing was changed" in answer.error["message"]
    assert was == (
        catalog(dsn),
        execute(dsn, "select to_jsonb(m)::text from public.module_access m order by id"),
    )


@pytest.mark.parametrize(
    ("column", "kind", "stored"),
    [
        ("user_id", "uuid", ALICE),
        ("user_id", "varchar(36)", ALICE),
        ("user_id", "bigint", "42"),
        ("token_id", "integer", "17"),
        ("token_id", "uuid", ALICE),
        ("token_id", "varchar(20)", "token_1_a"),
    ],
)
def test_owners_and_token_ids_become_wide_text(
    column: str, kind: str, stored: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(
        dsn,
        GUIDE.replace(f"{column} varchar(255)", f"{column} {kind}"),
        "insert into public.module_access (user_id, token_id) values"
        f" {(stored, None) if column == 'user_id' else (ALICE, stored)}".replace("None", "null"),
        "create policy other on public.module_access for select to service_role using (is_active)",
    )
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    was = catalog(dsn)
    # What others made and that names the column is dropped by nobody but a person.
    execute(
        dsn,
        f"create table public.elsewhere (id {kind} primary key)",
        f"insert into public.elsewhere values ('{stored}')",
        "alter table public.module_access add constraint to_elsewhere"
        f" foreign key ({column}) references public.elsewhere",
        f"create policy mine on public.module_access for select using ({column}::text = auth.uid()::text)",
    )
    refused = command(tmp_path, dsn, "migrate", "--yes", "--change-types")
    assert (refused.code, refused.verdict) == (1, "refused")
    away = (
        "alter table public.module_access drop constraint to_elsewhere",
        "drop policy mine on public.module_access",
    )
    assert all(statement in refused.error["message"] for statement in away)
    execute(dsn, *away)
    assert catalog(dsn) == was

    answer = command(tmp_path, dsn, "migrate", "--yes", "--change-types")
    assert answer.verdict == "applied"
    assert [s["undoable"] for s in answer.document["plan"] if s["id"] == "060_owner_type"] == [False]
    assert value(dsn, TYPES.format(name=column)) == "character varying(255)"
    assert value(dsn, f"select {column} from public.module_access") == stored
    policies = "select polname from pg_policy where polrelid = 'public.module_access'::regclass order by 1"
    assert execute(dsn, policies) == [("module_access_owner_reads",), ("other",)]


def test_token_numbers_become_text_and_keep_their_value(make_database: MakeDatabase, tmp_path: Path) -> None:
    dsn = make_database()
    execute(
        dsn,
        *NUMBERED_TOKENS,
        "insert into public.modules (id, title) values (6, 'Cogstudio')",
        "insert into public.access_tokens (name, module_id, module_name) values ('a', 6, 'm'), ('b', 6, 'm')",
        GUIDE.replace("token_id varchar(255)", "token_id integer"),
        f"insert into public.module_access (user_id, module_id, token_id) values ('{ALICE}', 6, 2)",
    )

    assert command(tmp_path, dsn, "migrate", "--yes", "--change-types").verdict == "applied"
    assert execute(dsn, "select id, name from public.access_tokens order by id") == [("1", "a"), ("2", "b")]
    assert value(dsn, "select token_id from public.module_access") == "2"
    execute(
        dsn,
        "insert into public.access_tokens (id, name, module_name) values ('token_1_x', 'c', 'm')",
        "insert into public.access_tokens (name, module_name) values ('d', 'm')",
    )


def _filled(modules: str, stored: str) -> tuple[str, ...]:
    return (
        f"insert into public.modules (id, title) select m.id, 'M' from (values {modules}) as m (id)",
        "insert into public.module_access (user_id, module_id, is_active)"
        f" select '{ALICE}', v.id, false from (values {stored}) as v (id)"
        if stored
        else "select 1",
    )
