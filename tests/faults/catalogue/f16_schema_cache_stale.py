"""F16: the table is there, but the Data API was never told."""

from __future__ import annotations

import time

import httpx

from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def lose_the_notification(world: World) -> None:
    world.sql("alter table public.module_access rename to module_access_aside")
    wait_until(world, known=False)
    world.sql_as_superuser("alter event trigger pgrst_ddl_watch disable")
    world.tells_the_api = False
    world.sql("alter table public.module_access_aside rename to module_access")
    world.sql_as_superuser("alter event trigger pgrst_ddl_watch enable")


def wait_until(world: World, *, known: bool) -> None:
    headers = {"apikey": world.gateway.service_key, "Authorization": f"Bearer {world.gateway.service_key}"}
    with httpx.Client(base_url=world.gateway.url, headers=headers, trust_env=False) as client:
        deadline = time.monotonic() + 10
        while client.get("/rest/v1/module_access?limit=1").is_success is not known:
            assert time.monotonic() < deadline
            time.sleep(0.02)


FAULT = Fault(
    what="the app is told that there is no such table, although the operator made it",
    inject=(lose_the_notification, site(hidden_tables={"module_access"})),
    cause="schema.cache",
    says="the Data API does not know module_access, although the database has it: its schema cache is stale",
    before={"carol": "table:PGRST205"},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    statuses={"schema.module-access": "ok", "permissions.owner-reads": "ok"},
    fix="migrate --reload",
    repair=(site(hidden_tables=set()), resend),
    after={"carol": ["15"], "alice": ["15"]},
)
