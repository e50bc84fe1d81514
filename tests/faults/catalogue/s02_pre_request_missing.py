"""S02: the function that runs before every request was dropped, or was never there."""

from __future__ import annotations

from tests.faults.model import Fault, resend, site
from tests.faults.world import World, reconfigured


def set_it(world: World) -> None:
    reconfigured(world, "set pgrst.db_pre_request = 'db_pre_request'")


def reset_it(world: World) -> None:
    reconfigured(world, "reset pgrst.db_pre_request")


FAULT = Fault(
    what="404 to every request, with a right key and on tables that are there",
    inject=(set_it, site(handler="noop")),
    cause="supabase.key",
    says="runs the function db_pre_request (pgrst.db_pre_request), and there is none of that name",
    before={"carol": []},
    hint="reset pgrst.db_pre_request; notify pgrst, 'reload config'",
    quiet=("schema.cache", "payments.unfulfilled", "site.webhook-handler"),
    repair=(reset_it, site(handler="normal"), resend),
    after={"carol": ["15"]},
)
