"""G11: the public key is of the right project, and not valid any more."""

from __future__ import annotations

from iahome_fix.sandbox.keys import legacy_key
from tests.faults.model import Fault
from tests.faults.world import World


def old_key(world: World) -> None:
    world.variables["NEXT_PUBLIC_SUPABASE_ANON_KEY"] = legacy_key("anon", world.gateway.ref, "x" * 40)


def new_key(world: World) -> None:
    world.variables["NEXT_PUBLIC_SUPABASE_ANON_KEY"] = world.gateway.anon_key


FAULT = Fault(
    what="purchases are written, but nobody can log in or read",
    inject=(old_key,),
    cause="supabase.anon-key",
    says="the project refuses the public key, so no page can log in or read",
    hint="build the app anew",
    repair=(new_key,),
)
