"""A healthy IAHome of one of the later versions: the same customers, grants in `user_applications`."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from iahome_fix import sql
from iahome_fix.sandbox.site_database import MONTH
from tests.faults.world import ALICE, BOB, ROWS, ago

if TYPE_CHECKING:
    from collections.abc import Callable

    from iahome_fix.sandbox.stripe import Checkout
    from tests.faults.world import World

_SHARED = ROWS.partition("insert into public.module_access")[0]
"""The modules and the logins."""
_YEAR = f"""
insert into public.user_applications
  (user_id, module_id, module_title, access_level, is_active, expires_at, created_at)
select g.owner, g.module, g.title, 'basic', true, now() - g.ago + interval '1 year', now() - g.ago
  from (values ('{ALICE}', 15, 'Stable diffusion', interval '2 hours'),
               ('{BOB}', 6, 'Cogstudio', interval '1 hour'),
               ('{BOB}', 13, 'ruinedfooocus', interval '1 hour')) as g (owner, module, title, ago);
"""
_MONTH = f"""
insert into public.user_applications
  (user_id, module_id, module_title, access_level, usage_count, max_usage, expires_at, created_at)
select g.owner::uuid, g.module, g.title, 'paid', 0, 50, now() - g.ago + g.term, now() - g.ago
  from (values
    ('{ALICE}', 'stablediffusion', 'Stable diffusion', interval '2 hours', interval '30 days'),
    ('{BOB}', 'cogstudio', 'Cogstudio', interval '1 hour', interval '90 days')
  ) as g (owner, module, title, ago, term);
"""


def filling(version: str) -> Callable[[str], None]:
    """What fills a database of content `iahome` for that version (the name of its profile)."""
    return partial(_fill, version=version)


def _fill(dsn: str, *, version: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("set local timezone to 'UTC'")
        connection.execute(_SHARED.encode())
        if version == MONTH:
            connection.execute(sql.load("sandbox/applications_month").encode())
        connection.execute((_MONTH if version == MONTH else _YEAR).encode())


def become(world: World, version: str) -> None:
    """The site, the endpoint and what was paid are those of that version, too."""
    world.site.becomes(version)
    world.endpoint.url = world.site.url + world.site.webhook_path
    world.stripe.add_session(**paid(world, version, "alice", 15, when=ago(hours=2)))
    bobs = (6,) if version == MONTH else (6, 13)
    world.stripe.add_session(**paid(world, version, "bob", *bobs, when=ago(hours=1)))


def buys(world: World, version: str, who: str, *modules: int) -> Checkout:
    """`who` pays as this version's checkout has it, and the event is sent to whoever subscribes."""
    bought = world.stripe.complete_checkout(**paid(world, version, who, *modules, when=ago(minutes=10)))
    bought.event["created"] = bought.session["created"]
    return bought


_SLUGS = {6: "cogstudio", 15: "stablediffusion"}


def paid(world: World, version: str, who: str, *modules: int, when: datetime) -> dict[str, Any]:
    """The arguments of a checkout as that version makes it."""
    session = world.paid(who, *modules, when=when)
    if version == MONTH:
        (module,) = modules
        session["metadata"] = {
            "moduleId": _SLUGS[module],
            "moduleTitle": _SLUGS[module].title(),
            "customerEmail": session["customer_email"],
            "testMode": "false",
            "environment": "production",
        }
    return session
