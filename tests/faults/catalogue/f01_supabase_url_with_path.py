"""F01: the Supabase address ends in the path of the Data API."""

from __future__ import annotations

from tests.faults.model import Fault, site
from tests.faults.world import World


def add_path(world: World) -> None:
    world.variables["NEXT_PUBLIC_SUPABASE_URL"] = f"https://{world.gateway.ref}.supabase.co/rest/v1"


FAULT = Fault(
    what="the client adds the path once more, and the Data API knows no such path",
    inject=(add_path, site(handler="noop")),
    cause="env.supabase-url",
    says="NEXT_PUBLIC_SUPABASE_URL must end after the host",
    quiet=("supabase.reachable", "supabase.key", "schema.cache", "payments.unfulfilled"),
)
