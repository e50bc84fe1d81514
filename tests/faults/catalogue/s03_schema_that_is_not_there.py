"""S03: a schema that was dropped is still among those that the Data API serves."""

from __future__ import annotations

from iahome_fix.sandbox.loopback import json_response
from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def lost(world: World) -> None:
    database = world.sql("select current_database()")[0][0]
    world.sql_as_superuser(
        f"alter role authenticator in database {database} set pgrst.db_schemas = 'public, api_v2'"
    )
    message = "Could not query the database for the schema cache. Retrying."
    world.gateway.answers = json_response(503, {"code": "PGRST002", "message": message})


def reset(world: World) -> None:
    database = world.sql("select current_database()")[0][0]
    world.sql_as_superuser(f"alter role authenticator in database {database} reset pgrst.db_schemas")
    world.gateway.answers = None


FAULT = Fault(
    what="a restart alone changes nothing: it reads the same list again",
    inject=(lost, site(handler="noop")),
    cause="supabase.reachable",
    says="the Data API is set to serve api_v2, which it cannot",
    before={"carol": []},
    hint="alter role authenticator reset pgrst.db_schemas",
    quiet=("supabase.key", "payments.unfulfilled"),
    repair=(reset, site(handler="normal"), resend),
    after={"carol": ["15"]},
)
