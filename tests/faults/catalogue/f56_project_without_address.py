"""F56: the paused project's host has no address any more."""

from __future__ import annotations

from tests.faults.model import Fault, site
from tests.faults.world import World


def vanish(world: World) -> None:
    world.variables["SUPABASE_API_URL"] = "https://no-such-project.invalid"
    world.variables["SUPABASE_DB_URL"] = "postgresql://postgres:gone@db.no-such-project.invalid/postgres"


FAULT = Fault(
    what="the name does not resolve: everything behind it is skipped, not broken",
    inject=(vanish, site(database_gone=True)),
    cause="supabase.reachable",
    says="does not answer: its host has no address (DNS)",
    hint="a paused or deleted project has no address",
    quiet=("supabase.key",),
    statuses={"supabase.database": "unknown", "schema.module-access": "unknown"},
)
