"""F16: a column was added, and the Data API was never told: a write that names it is refused."""

from __future__ import annotations

import time

import httpx

from tests.faults.model import Fault, resend, site
from tests.faults.world import World


def added_unheard(world: World) -> None:
    world.sql("alter table public.module_access rename column metadata to aside")
    wait_until(world, "aside")
    world.sql_as_superuser("alter event trigger pgrst_ddl_watch disable")
    world.tells_the_api = False
    world.sql("alter table public.module_access rename column aside to metadata")
    world.sql_as_superuser("alter event trigger pgrst_ddl_watch enable")


def wait_until(world: World, column: str) -> None:
    headers = {"apikey": world.gateway.service_key, "Authorization": f"Bearer {world.gateway.service_key}"}
    with httpx.Client(base_url=world.gateway.url, headers=headers, trust_env=False) as client:
        deadline = time.monotonic() + 10
        while column not in client.get("/rest/v1/").json()["definitions"]["module_access"]["properties"]:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def loaded_anew(world: World) -> None:
    wait_until(world, "metadata")
    world.site.handler = "normal"


FAULT = Fault(
    what="the operator repaired the table, and purchases go on failing (PGRST204)",
    inject=(added_unheard, site(handler="noop")),
    cause="schema.cache",
    says="the Data API does not know module_access.metadata yet: its schema cache is stale",
    before={"carol": []},
    quiet=("payments.unfulfilled", "site.webhook-handler"),
    statuses={"schema.columns": "ok"},
    fix="migrate --reload",
    repair=(loaded_anew, resend),
    after={"carol": ["15"]},
)
