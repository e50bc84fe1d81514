"""F56: the Supabase project is paused; its gateway says so."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def pause(world: World) -> None:
    world.gateway.paused = True
    world.variables["SUPABASE_DB_URL"] = "postgresql://postgres:gone@127.0.0.1:1/postgres"


def wake(world: World) -> None:
    world.gateway.paused = False
    world.variables["SUPABASE_DB_URL"] = world.dsn


FAULT = Fault(
    what="Stripe goes on selling, and the handler swallows that nobody answers",
    inject=(pause, site(database_gone=True)),
    cause="supabase.reachable",
    says="the Supabase project is paused",
    before={"carol": "login:connection"},
    hint="restore it in the Supabase dashboard",
    quiet=("supabase.key",),
    statuses={"supabase.database": "unknown", "schema.module-access": "unknown"},
    repair=(wake, site(database_gone=False), resend),
    after={"carol": ["15"]},
)
