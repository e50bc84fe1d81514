"""S01: the Data API answers PGRST002 to everything, while the database itself is well."""

from __future__ import annotations

from iahome_fix.sandbox.loopback import json_response
from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def stuck(world: World) -> None:
    world.gateway.answers = json_response(
        503,
        {"code": "PGRST002", "message": "Could not query the database for the schema cache. Retrying."},
        {"Retry-After": "8"},
    )


def restarted(world: World) -> None:
    world.gateway.answers = None


FAULT = Fault(
    what="no key and no table is wrong: the Data API has to be restarted",
    inject=(stuck, site(handler="noop")),
    cause="supabase.reachable",
    says="cannot read the schema, and answers nothing else before it has (PGRST002); the database itself",
    before={"carol": []},
    hint="Restart project",
    quiet=("supabase.key", "supabase.anon-key", "schema.cache", "payments.unfulfilled"),
    repair=(restarted, site(handler="normal"), resend),
    after={"carol": ["15"]},
)
