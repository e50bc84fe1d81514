"""A healthy IAHome of one of the later versions: the same customers, grants in `user_applications`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from iahome_fix import sql
from iahome_fix.profile import PROFILES
from iahome_fix.sandbox.site_database import MONTH, YEAR
from tests.faults.world import ALICE, BOB, ROWS, World, ago

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iahome_fix.sandbox.stripe import Checkout

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
    # Paid when the rows were made, which are as old as the template that was copied.
    newest = "select extract(epoch from max(created_at)::timestamp)::float8 from public.user_applications"
    ((made,),) = World.sql(world, newest)
    bobs_at = datetime.fromtimestamp(made, UTC)
    world.stripe.add_session(**paid(world, version, "alice", 15, when=bobs_at - timedelta(hours=1)))
    bobs = (6,) if version == MONTH else (6, 13)
    world.stripe.add_session(**paid(world, version, "bob", *bobs, when=bobs_at))


def buys(world: World, version: str, who: str, *modules: int) -> Checkout:
    """`who` pays as this version's checkout has it, and the event is sent to whoever subscribes."""
    bought = world.stripe.complete_checkout(**paid(world, version, who, *modules, when=ago(minutes=10)))
    bought.event["created"] = bought.session["created"]
    return bought


SLUGS = {3: "metube", 6: "cogstudio", 13: "ruinedfooocus", 15: "stablediffusion"}


def paid(world: World, version: str, who: str, *modules: int, when: datetime) -> dict[str, Any]:
    """The arguments of a checkout as that version makes it."""
    session = World.paid(world, who, *modules, when=when)
    if version == MONTH:
        (module,) = modules
        session["metadata"] = _of_month(SLUGS[module], session["customer_email"])
    return session


def _of_month(slug: str, email: str) -> dict[str, str]:
    return {
        "moduleId": slug,
        "moduleTitle": slug.title(),
        "customerEmail": email,
        "testMode": "false",
        "environment": "production",
    }


_OF_THE_GUIDE = {
    "module_access_owner_reads": '"own applications"',
    "module_access": "user_applications",
    "access_type": "access_level",
    "idx_module_access": "idx_user_applications",
}


class OtherVersion(World):
    """A shop of a later version that takes the steps of the catalogue, which are written for the guide's."""

    version = YEAR

    def paid(self, who: str, *modules: object, when: datetime, **session: Any) -> dict[str, Any]:
        bought = super().paid(who, *modules, when=when, **session)
        if self.version == MONTH and "metadata" not in session and len(modules) == 1:
            module = int(str(modules[0]))
            bought["metadata"] = _of_month(SLUGS[module], bought["metadata"]["customer_email"])
        return bought

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return super().sql(in_words_of(self.version, statement), *values)


class OfTheMonth(OtherVersion):
    """The same with text slugs."""

    version = MONTH


KINDS: dict[str, type[OtherVersion]] = {YEAR: OtherVersion, MONTH: OfTheMonth}


def in_words_of(version: str, text: str) -> str:
    """A statement or a phrase about the guide's table, as it is about that of another version."""
    for old, new in _OF_THE_GUIDE.items():
        text = re.sub(rf"\b{old}", new, text)
    origin = PROFILES[version].handler.origin
    text = text.replace("'purchase'", f"'{origin}'")
    if version == MONTH:
        for number, slug in SLUGS.items():
            text = re.sub(rf"(module_id\s*(?:=|<>)\s*){number}\b", rf"\1'{slug}'", text)
    return text


def pages(version: str, shown: Mapping[str, list[str] | str]) -> dict[str, list[str] | str]:
    """What the page shows to some customers, with the ids that modules have in that version."""
    return {who: _page(version, who, found) for who, found in shown.items()}


def _page(version: str, who: str, found: list[str] | str) -> list[str] | str:
    if isinstance(found, str):
        # It asks for the list alone, and not before whether there is a table.
        return found.replace("table:", "list:")
    if version != MONTH:
        return found
    names = {str(number): slug for number, slug in SLUGS.items()}
    # Bob bought one module there: its checkout sells no more.
    return sorted(names.get(one, one) for one in found if who != "bob" or one != "13")
