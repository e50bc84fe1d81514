"""F03: the variable of the service role key holds the anon key."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def anon_key(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = world.gateway.anon_key


def service_key(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = world.gateway.service_key


FAULT = Fault(
    what="the two keys look alike; with the wrong one the server sees no profile",
    inject=(anon_key, site(handler_role="anon")),
    cause="env.service-role-key",
    says="SUPABASE_SERVICE_ROLE_KEY holds the anon key",
    before={"carol": []},
    quiet=("supabase.key", "schema.cache", "payments.unfulfilled", "site.webhook-handler"),
    repair=(service_key, site(handler_role="service_role"), resend),
    after={"carol": ["15"]},
)
