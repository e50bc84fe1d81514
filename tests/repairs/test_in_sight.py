"""What `migrate` takes, from whom, is in its plan; what the page is seen to use stays."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
from psycopg import connect
from psycopg.errors import InsufficientPrivilege

from iahome_fix.repairs.migrate.right_uses import Requests, Use, Uses
from iahome_fix.sandbox.databases import DatabaseFactory, MakeDatabase
from tests.repairs.repair_support import ALICE, BOB, command, outcome
from tests.repairs.shapes import GUIDE, MODULES
from tests.sessions import execute

PAGE = """
import { supabase } from '@/utils/supabaseClient'
export default function Encours() {
  const open = async (row) => {
    await supabase.from('module_access').update({ is_active: false, token_id: row.token }).eq('id', row.id)
  }
  return null
}
"""
ROWS = f"insert into public.module_access (user_id, module_id) values ('{ALICE}', 6), ('{BOB}', 6)"


def notes(document: dict[str, object], step: str) -> str:
    """What the plan says beside one step."""
    plan = document["plan"]
    assert isinstance(plan, list)
    return " | ".join(note for one in plan if one["id"] == step for note in one["notes"])


def test_each_right_is_named_and_who_reads_less(
    role: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("revoked")
    execute(
        dsn,
        MODULES,
        GUIDE,
        ROWS,
        "revoke all on public.module_access from anon, authenticated",
        "grant select, update (is_active) on public.module_access to authenticated",
        "grant select on public.module_access to public",
        "grant insert on public.module_access to anon",
        "create policy dormant on public.module_access for select to anon using (is_active)",
        f"grant usage on schema public to {role}",
    )
    document = command(tmp_path, dsn, "migrate", "--dry-run").document
    security = notes(document, "120_row_level_security")
    assert "authenticated reads every row today, then own rows alone" in security
    assert (
        "anon reads every row today, then what the policies that are there show: dormant: using" in security
    )
    assert f"{role} reads every row today, then none" in security
    assert (
        "authenticated loses update (is_active) on public.module_access:"
        " whether this right is used is not known" in (notes(document, "150_authenticated"))
    )
    public = notes(document, "160_anon")
    assert "anon loses insert on public.module_access" in public
    others = re.search("public, and with it ([^|]*), loses select", public)
    assert others is not None, public
    assert role in others[1].split(", "), "roles are the server's: tests beside this one may have made some"
    assert "401, 42501" in public
    execute(dsn, f"revoke usage on schema public from {role}")


@pytest.mark.parametrize("kind", ["bypasses", "inherits", "acts", "neither"])
def test_whom_row_level_security_does_not_bind_is_not_told_to_lose_rows(
    kind: str, role: str, make_database: MakeDatabase, databases: DatabaseFactory, tmp_path: Path
) -> None:
    dsn = make_database("revoked")
    inherits = f" with inherit {kind == 'inherits'}" if connect(dsn).info.server_version >= 160000 else ""
    execute(
        databases.superuser(dsn),
        MODULES,
        GUIDE,
        "alter table public.module_access owner to postgres",
        ROWS,
        f"alter role {role} {'inherit' if kind == 'inherits' else 'noinherit'}",
        f"alter role {role} {'bypassrls' if kind == 'bypasses' else 'nobypassrls'}",
        "grant all on public.module_access to service_role",
        *([f"grant service_role to {role}{inherits}"] if kind in ("inherits", "acts") else []),
        *([f"grant select on public.module_access to {role}"] if kind != "inherits" else []),
        f"grant usage on schema public to {role}",
    )

    def reads() -> dict[str, int | str]:
        """By itself, and as the server, where it may be that."""
        found: dict[str, int | str] = {}
        for name, words in (("itself", ""), ("as service_role", "set local role service_role")):
            with closing(connect(databases.superuser(dsn))) as connection:
                connection.execute(f"set session authorization {role}".encode())
                try:
                    connection.execute((words or "select").encode())
                    found[name] = connection.execute(b"select from public.module_access").rowcount
                except InsufficientPrivilege:
                    found[name] = "refused"
        return found

    before = reads()
    document = command(tmp_path, dsn, "migrate", "--yes").document
    said = [note for note in notes(document, "120_row_level_security").split(" | ") if role in note]
    after = reads()
    assert before["itself"] == 2
    if kind == "bypasses":
        assert (after["itself"], [note for note in said if "reads" in note]) == (2, [])
    else:
        assert after["itself"] == 0
        (note,) = [note for note in said if "reads" in note]
        assert note.startswith(f"{role} reads every row today, then none")
        assert note.endswith("; as service_role (set role) it is bound by none") is (kind != "neither")
    if kind in ("inherits", "acts"):
        assert (before["as service_role"], after["as service_role"]) == (2, 2)
    execute(
        databases.superuser(dsn),
        "drop table public.module_access",
        f"revoke usage on schema public from {role}",
        *([f"revoke service_role from {role}"] if kind in ("inherits", "acts") else []),
    )


def test_what_the_page_updates_stays_on_those_columns_only(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database("revoked")
    execute(
        dsn,
        MODULES,
        GUIDE,
        ROWS,
        "grant all on public.module_access to authenticated",
        "create policy own on public.module_access to authenticated using (user_id = auth.uid()::text)",
    )
    page = tmp_path / "app" / "src" / "app" / "encours" / "page.tsx"
    page.parent.mkdir(parents=True)
    page.write_text(PAGE, encoding="utf-8")
    (tmp_path / "app" / "package.json").write_text('{"dependencies": {"next": "14.0.0"}}', encoding="utf-8")
    answer = command(tmp_path, dsn, "migrate", "--yes", "--app", str(tmp_path / "app"))
    assert answer.verdict == "applied", answer.document
    said = notes(answer.document, "150_authenticated")
    assert "authenticated keeps update on is_active, token_id alone" in said
    assert "src/app/encours/page.tsx:5" in said
    assert "authenticated loses delete" in said
    use = "update public.module_access set is_active = false, token_id = 'x' where user_id is not null"
    assert outcome(dsn, "authenticated", use, ALICE) == 1
    forged = "update public.module_access set expires_at = null where user_id is not null"
    assert outcome(dsn, "authenticated", forged, ALICE) == "42501"
    told = {one["id"]: one for one in command(tmp_path, dsn, "doctor").document["checks"]}
    exposed = told["permissions.row-level-security"]
    assert exposed["status"] == "warn"
    assert "token_id, is_active" in exposed["detail"]
    again = command(tmp_path, dsn, "migrate", "--yes", "--app", str(tmp_path / "app"))
    assert again.verdict == "nothing-to-do"


def test_statistics_say_which_columns_and_how_often() -> None:
    counted = (
        Use("authenticated", "update", 41, "2026-11-01", ("is_active", "token_id")),
        Use("anon", "update", 3, None, ("expires_at",)),
        Use("authenticated", "delete", 1, None),
    )
    known = Uses(counted, {"updated_at": "page.tsx:7"})
    assert known.kept() == ("is_active", "token_id", "updated_at")
    assert known.of("authenticated", "update") == "used 41 times since 2026-11-01 (pg_stat_statements)"
    assert known.of("anon", "update") == "used 3 times since the last reset (pg_stat_statements)"
    assert known.of("anon", "insert") == "no use counted (pg_stat_statements)"
    assert Uses().of("anon", "insert") == "whether this right is used is not known"
    assert Uses().kept() == ()


def test_counts_that_were_dropped_and_requests_that_are_not_told_are_no_proof() -> None:
    dropped = Uses((), dropped=40)
    assert dropped.of("anon", "insert") == (
        "whether this right is used is not known for sure:"
        " 40 times statements were dropped (pg_stat_statements)"
    )
    logs = Requests((Use("authenticated", "update", 3, "2026-11-29 10:00"),), 7)
    known = Uses((), asked=logs)
    assert known.of("authenticated", "update") == (
        "no use counted (pg_stat_statements),"
        " 3 requests since 2026-11-29 10:00 UTC (API logs, which name no columns)"
    )
    assert Uses(asked=logs).of("authenticated", "delete") == "no request in 7 days (API logs)"
    assert Uses(asked=logs).of("anon", "select") == "whether this right is used is not known"
    assert Uses(asked=Requests((), 2, cut=True)).of("anon", "insert") == (
        "no request in 2 days (API logs), and the logs do not show all"
    )
    assert known.kept() == ()
