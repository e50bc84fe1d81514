"""What a command says, and has on record, when nobody can tell what became of its change."""

from __future__ import annotations

import json
from pathlib import Path

from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.sandbox.keys import project_ref
from iahome_fix.sandbox.loopback import Request, Response
from iahome_fix.sandbox.management import ManagementServer
from tests.repairs.repair_support import command, holding, value
from tests.repairs.shapes import GUIDE, MODULES
from tests.sessions import execute
from tests.systems.frozen import Line

TOKEN = (
    "insert into public.access_tokens (name, module_id, module_name, created_by)"
    " values ('t', 6, 'm', 'owner')"
)


class Mute(ManagementServer):
    """From the first change on, every answer gets lost."""

    def _query(self, request: Request, *, read_only: bool) -> Response:
        if b"iahome_fix.created" in request.body:
            self.lose_answers = 1_000
        return super()._query(request, read_only=read_only)


def test_a_change_of_which_nobody_can_tell_is_unknown_with_its_run(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, TOKEN)
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"
    with Mute(dsn=dsn, ref=project_ref()) as server:
        way = {
            "SUPABASE_DB_URL": "",
            "SUPABASE_ACCESS_TOKEN": server.token,
            "SUPABASE_MANAGEMENT_API_URL": server.url,
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{server.ref}.supabase.co",
        }
        answer = command(tmp_path, dsn, "backfill", "--yes", **way)
    assert answer.code == 3
    assert answer.error["code"] == "outcome-unknown"
    assert "nothing was" not in json.dumps(answer.error)
    run_id = value(dsn, "select metadata ->> 'run_id' from public.module_access")
    assert run_id in answer.error["message"]
    assert answer.document["run_id"] == run_id
    assert f"undo {run_id} --dry-run" in answer.error["hint"]
    noted = json.loads((tmp_path / ".iahome-fix" / "runs" / f"{run_id}.json").read_text(encoding="utf-8"))
    assert noted["state"] == "unknown"

    # With the database back, that command tells, and the next run has nothing left to do.
    project = {"NEXT_PUBLIC_SUPABASE_URL": way["NEXT_PUBLIC_SUPABASE_URL"]}
    look = command(tmp_path, dsn, "undo", run_id, "--dry-run", **project)
    assert look.document["plan"]["rows"]["to_delete"] == 1
    assert command(tmp_path, dsn, "backfill", "--yes").verdict == "nothing-to-do"


def test_a_step_that_sales_cannot_wait_for_is_given_up_and_the_option_named(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    dsn = make_database()
    execute(dsn, MODULES, GUIDE)
    with holding(dsn, "lock table public.module_access in access share mode"):
        answer = command(tmp_path, dsn, "migrate", "--yes", "--stop-sales-for", "1")
    assert (answer.code, answer.verdict, answer.error["code"]) == (1, "refused", "too-long")
    assert "nothing was changed" in answer.error["message"]
    assert "--stop-sales-for" in answer.error["hint"]
    with holding(dsn, "lock table public.module_access in access share mode"):
        whole = command(tmp_path, dsn, "repair", "--yes", "--stop-sales-for", "1")
    assert (whole.error["code"], whole.document["applied"]) == ("too-long", [])
    assert "longer than 1 s" in whole.error["message"]
    assert command(tmp_path, dsn, "migrate", "--yes").verdict == "applied"


def test_doctor_says_that_a_way_may_do_without_tls(make_database: MakeDatabase, tmp_path: Path) -> None:
    with Line(make_database(), b"nothing is cut") as line:
        elsewhere = line.dsn.replace("127.0.0.1", "127.1")
        report = command(tmp_path, f"{elsewhere}&sslmode=prefer", "doctor", "--only", "supabase").document
        found = next(check for check in report["checks"] if check["id"] == "supabase.database")
        assert (found["status"], "sslmode=prefer" in found["detail"]) == ("warn", True)
        report = command(tmp_path, line.dsn, "doctor", "--only", "supabase").document
        found = next(check for check in report["checks"] if check["id"] == "supabase.database")
        assert found["status"] == "ok"
