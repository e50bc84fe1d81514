"""F03: the same with a key of the newer form."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def publishable_key(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = world.gateway.publishable_key


def secret_key(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = world.gateway.secret_key


FAULT = Fault(
    what="a publishable key stands where the secret key belongs",
    inject=(publishable_key, site(handler_role="anon")),
    cause="env.service-role-key",
    says="SUPABASE_SERVICE_ROLE_KEY holds the publishable key",
    quiet=("supabase.key", "schema.cache", "payments.unfulfilled", "site.webhook-handler"),
    repair=(secret_key, site(handler_role="service_role"), resend),
    after={"carol": ["15"]},
)
