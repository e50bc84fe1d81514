"""G21: the legacy keys of the project were disabled, and the app still has them."""

from __future__ import annotations

from tests.faults.model import Fault
from tests.faults.world import World


def disable(world: World) -> None:
    world.gateway.legacy_keys_disabled = True


def new_keys(world: World) -> None:
    world.variables["SUPABASE_SERVICE_ROLE_KEY"] = world.gateway.secret_key
    world.variables["NEXT_PUBLIC_SUPABASE_ANON_KEY"] = world.gateway.publishable_key


FAULT = Fault(
    what="neither the server nor the pages are let in any more",
    inject=(disable,),
    cause="supabase.key",
    says="the legacy API keys of the project are disabled",
    quiet=("supabase.anon-key",),
    hint="make a secret key (sb_secret_) there, and a publishable one",
    repair=(new_keys,),
)
