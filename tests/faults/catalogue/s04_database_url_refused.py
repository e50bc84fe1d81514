"""S04: the table was dropped, and the database URL of this file is refused; the keys are right."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def broken(world: World) -> None:
    world.sql("drop table public.module_access")
    world.sql("notify pgrst, 'reload schema'")
    world.variables["SUPABASE_DB_URL"] = "postgresql://postgres:wrong@127.0.0.1:1/postgres"


FAULT = Fault(
    what="one way in is closed, another one is open, and shows what is missing",
    inject=(broken,),
    cause="schema.module-access",
    says="module_access",
    before={"carol": "table:42P01"},
    fix="migrate",
    fix_is_enough=False,
    left=("schema.module-access",),
    statuses={"supabase.database": "warn"},
    notes={"supabase.database": "what follows was looked at over the Data API"},
)
