"""F01: the Supabase address names another project than both keys do."""

from __future__ import annotations

from iahome_fix.sandbox.keys import project_ref
from tests.faults.model import Fault, site
from tests.faults.world import World


def other_project(world: World) -> None:
    world.variables["NEXT_PUBLIC_SUPABASE_URL"] = f"https://{project_ref()}.supabase.co"


FAULT = Fault(
    what="the address was copied from another project; the two keys belong together",
    inject=(other_project, site(handler="noop")),
    cause="env.supabase-url",
    says="names another project than SUPABASE_SERVICE_ROLE_KEY, NEXT_PUBLIC_SUPABASE_ANON_KEY do",
    quiet=("supabase.reachable", "supabase.key", "schema.cache", "payments.unfulfilled"),
    statuses={"env.service-role-key": "ok", "env.anon-key": "ok"},
)
