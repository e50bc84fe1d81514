"""The catalogue looked at with the Data API alone: what it tells is what SQL tells, and the rest is skipped."""

from __future__ import annotations

import os
import pytest

from tests.faults.conftest import OpenWorld
from tests.faults.test_faults import CATALOGUE


@pytest.mark.parametrize("name", CATALOGUE)
def test_explore(open_world: OpenWorld, name: str) -> None:
    fault = CATALOGUE[name]
    world = open_world(fault.regime)
    for step in fault.inject:
        step(world)
    by_sql = world.look()
    world.variables["SUPABASE_DB_URL"] = None
    over_api = world.look()
    with open("/tmp/explore.txt", "a") as out:
        print("==", name, by_sql.causes, over_api.causes, file=out)
        for entry in [c for c in over_api.document["checks"] if not c["id"].startswith("env.")] if True else over_api.document["checks"]:
            other = by_sql.check(entry["id"])
            if entry["status"] in ("skipped",) and "SUPABASE_DB_URL" in (entry["detail"] + (entry["hint"] or "")):
                if other["status"] in ("fail",): print("   lost", entry["id"], other["detail"][:150], file=out)
                continue
            if (entry["status"], entry["detail"], entry["evidence"]) != (other["status"], other["detail"], other["evidence"]):
                print("  ", entry["id"], "|", other["status"], "->", entry["status"], "|", other["detail"][:200], "->", entry["detail"][:250], entry["evidence"], file=out)
