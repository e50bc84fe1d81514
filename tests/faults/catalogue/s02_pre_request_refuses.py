"""S02: the function that runs before every request raises."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site
from tests.faults.world import World, reconfigured


def set_it(world: World) -> None:
    world.sql(
        "create function public.check_request() returns void language plpgsql as"
        " $$ begin raise sqlstate 'PT403' using message = 'come back later'; end $$"
    )
    reconfigured(world, "set pgrst.db_pre_request = 'public.check_request'")


def reset_it(world: World) -> None:
    reconfigured(world, "reset pgrst.db_pre_request")


FAULT = Fault(
    what="a rate limit that counts the server as well",
    inject=(set_it, site(handler="noop")),
    cause="supabase.key",
    says="runs public.check_request() (pgrst.db_pre_request), which refuses: come back later",
    before={"carol": []},
    hint="reset pgrst.db_pre_request",
    quiet=("schema.cache", "payments.unfulfilled", "site.webhook-handler"),
    repair=(reset_it, site(handler="normal"), resend),
    after={"carol": ["15"]},
)
