"""F04: the service role key belongs to another project than the address."""

from __future__ import annotations

from iahome_fix.sandbox.keys import legacy_key, project_ref
from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def foreign_key(world: World) -> None:
    key = legacy_key("service_role", project_ref(), "the other project's own")
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = key


def own_key(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = world.gateway.service_key


FAULT = Fault(
    what="the gateway refuses the key, and the handler swallows that",
    inject=(foreign_key, site(handler="noop")),
    cause="env.service-role-key",
    says="SUPABASE_SERVICE_ROLE_KEY belongs to another project than the Supabase URL",
    quiet=("supabase.key", "schema.cache", "payments.unfulfilled", "site.webhook-handler"),
    repair=(own_key, site(handler="normal"), resend),
    after={"carol": ["15"]},
)
