"""The catalogue of faults, asked for the customer who suffers from it: the cause is the doctor's."""

from __future__ import annotations

import json

import pytest

from tests.faults.conftest import OpenWorld, copy_database, filled, open_world
from tests.faults.test_faults import CATALOGUE

__all__ = ["copy_database", "filled", "open_world"]


@pytest.mark.parametrize("name", CATALOGUE)
def test_x(open_world: OpenWorld, name: str) -> None:  # noqa: F811
    fault = CATALOGUE[name]
    world = open_world(fault.regime)
    for step in fault.inject:
        step(world)
    fault.then(world)
    out = []
    for who in ("carol", "alice", "bob"):
        ran = world.command("explain", f"{who}@example.test")
        d = ran.document
        out.append(
            (
                who,
                world.page(who),
                ran.code,
                d["verdict"],
                d["error"],
                d["page"],
                [
                    (m["module_id"], m["state"], m["because"], m["sentence"], m["command"], m["then"])
                    for m in d["modules"]
                ],
                d["not_looked_at"],
                [n["kind"] for n in d["customer"]["near_misses"]],
            )
        )
    with open("/tmp/explain-try/catalogue.txt", "a") as f:
        f.write(f"== {name}: {fault.cause} before={dict(fault.before)}\n")
        for o in out:
            f.write("   " + json.dumps(o) + "\n")
