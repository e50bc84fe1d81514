"""F04: a key of the newer form says nothing about its project; the gateway does."""

from __future__ import annotations

from iahome_fix.sandbox.keys import opaque_key
from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def foreign_key(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = opaque_key("secret")


def own_key(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = world.gateway.secret_key


FAULT = Fault(
    what="a secret key of another project: nothing in it tells, but the gateway does not know it",
    inject=(foreign_key, site(handler="noop")),
    cause="supabase.key",
    says="the project refuses the service role key: Unregistered API key",
    quiet=("schema.cache", "payments.unfulfilled", "site.webhook-handler"),
    repair=(own_key, site(handler="normal"), resend),
    after={"carol": ["15"]},
)
