"""What the page of the site stand-in shows, in a real database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from iahome_fix.sandbox.world import CUSTOMERS
from tests.sandbox.site_support import LEA, OpenSite, sell, shown, with_table
from tests.sessions import execute

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("revoke select on public.profiles from authenticated", "profile:42501"),
        ("delete from public.profiles", "profile:PGRST116(0)"),
        ("revoke select on public.module_access from authenticated", "table:42501"),
        ("alter table public.module_access drop column metadata", "list:42703"),
        ("revoke select on public.modules from authenticated", "modules:42501"),
        ("delete from auth.users", "login:PGRST116(0)"),
    ],
)
def test_the_page_says_which_step_failed(
    make_database: MakeDatabase, open_site: OpenSite, damage: str, error: str
) -> None:
    dsn = with_table(make_database)
    site = open_site(dsn)
    execute(dsn, damage)
    assert shown(site, LEA) == {"modules": [], "error": error}


def test_the_page_shows_what_is_active_running_and_visible(
    make_database: MakeDatabase, open_site: OpenSite
) -> None:
    dsn = with_table(make_database)
    site = open_site(dsn)
    utc = "timezone('utc', now())"
    execute(
        dsn,
        "insert into public.module_access (user_id, module_id, is_active, expires_at)"
        f" select '{CUSTOMERS[LEA]}', m, a, e from (values"
        f" (3, true, null), (6, true, {utc} + interval '1 minute'), (8, true, {utc} - interval '1 minute'),"
        " (13, false, null), (15, null, null)) as v (m, a, e)",
    )
    assert shown(site, LEA) == {"modules": [3, 6], "error": None}
    execute(dsn, "drop policy own on public.module_access")
    assert shown(site, LEA) == {"modules": [], "error": None}


def test_plain_pages(make_database: MakeDatabase, open_site: OpenSite) -> None:
    site = open_site(make_database())
    for path in ("/", "/encours"):
        assert httpx.get(site.url + path).status_code == 200
    assert httpx.get(site.url + "/nowhere").status_code == 404
    assert httpx.post(site.url + "/encours").status_code == 405


def test_a_slow_site_and_a_lost_database(open_site: OpenSite) -> None:
    site = open_site("postgresql://postgres@127.0.0.1:1/none")
    sell(site, LEA, "15")
    assert site.log == ["database: no connection"]
    assert shown(site, LEA) == {"modules": [], "error": "login:connection"}
    site.hang_seconds = 20
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(site.url, timeout=0.3)
