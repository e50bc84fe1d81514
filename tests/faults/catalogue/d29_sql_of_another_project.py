"""D29, a decoy: the database URL is of another project, and its address does not say so: nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.systems.embedded.dsn import dsn_with
from tests.faults.model import Fault

if TYPE_CHECKING:
    from tests.faults.world import World


def another_database(world: World) -> None:
    """The server's own, in which nobody ever made a table."""
    world.variables["SUPABASE_DB_URL"] = dsn_with(world.dsn, database="postgres")


FAULT = Fault(
    what="SQL reads the empty database of another project, while the Data API serves the shop's",
    inject=(another_database,),
    cause=None,
    verdict="unknown",
    statuses={"supabase.database": "unknown"},
    notes={"supabase.database": "SQL reads another database than the Data API serves"},
    after={"carol": ["15"]},
)
