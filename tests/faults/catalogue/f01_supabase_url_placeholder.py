"""F01: the Supabase address is still the one of the template."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site, variables
from tests.faults.world import World


def right_url(world: World) -> None:
    world.variables["NEXT_PUBLIC_SUPABASE_URL"] = f"https://{world.gateway.ref}.supabase.co"


FAULT = Fault(
    what="the URL was never replaced, so neither browser nor server reaches the database",
    inject=(variables(NEXT_PUBLIC_SUPABASE_URL="https://example.supabase.co"), site(database_gone=True)),
    cause="env.supabase-url",
    says="NEXT_PUBLIC_SUPABASE_URL holds a placeholder",
    before={"carol": "login:connection"},
    quiet=("supabase.reachable", "supabase.key", "schema.cache", "payments.unfulfilled"),
    statuses={"env.service-role-key": "ok", "env.anon-key": "ok"},
    repair=(right_url, site(database_gone=False), resend),
    after={"carol": ["15"]},
)
