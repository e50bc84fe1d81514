"""F02: the server has no service role key and falls back to the public one."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site, variables
from tests.faults.world import World


def set_key(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = world.gateway.service_key


FAULT = Fault(
    what="row level security hides every profile from the public key: user not found, answered 200",
    inject=(variables(SUPABASE_SERVICE_ROLE_KEY=None), site(handler_role="anon")),
    cause="env.service-role-key",
    says="SUPABASE_SERVICE_ROLE_KEY is not set. The server can then neither find a customer",
    before={"carol": []},
    quiet=("supabase.key", "schema.cache", "payments.unfulfilled", "site.webhook-handler"),
    repair=(set_key, site(handler_role="service_role"), resend),
    after={"carol": ["15"]},
)
