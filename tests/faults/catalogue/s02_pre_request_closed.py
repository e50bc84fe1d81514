"""S02: the server may not execute the function that runs before every request."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site
from tests.faults.world import World, reconfigured


def set_it(world: World) -> None:
    world.sql(
        "create function public.check_request() returns void language sql as 'select null::void';"
        "revoke execute on function public.check_request() from public, service_role, anon, authenticated;"
        "grant execute on function public.check_request() to anon, authenticated"
    )
    reconfigured(world, "set pgrst.db_pre_request = 'check_request'")


def grant_it(world: World) -> None:
    world.sql("grant execute on function public.check_request() to service_role")


FAULT = Fault(
    what="made for visitors, and granted to them alone",
    inject=(set_it, site(handler="noop")),
    cause="supabase.key",
    says="service_role may not execute public.check_request(), which the Data API runs before every request",
    before={"carol": []},
    hint="grant execute on function public.check_request() to service_role",
    quiet=("schema.cache", "payments.unfulfilled", "site.webhook-handler"),
    repair=(grant_it, site(handler="normal"), resend),
    after={"carol": ["15"]},
)
