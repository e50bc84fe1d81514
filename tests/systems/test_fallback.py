"""Which way to the database comes next, and whether it is known to lead to the same one."""

from __future__ import annotations

from pathlib import Path

import pytest

from iahome_fix.errors import MissingCredential, UsageError
from iahome_fix.sandbox.keys import legacy_key, project_ref
from iahome_fix.sandbox.management import access_token
from iahome_fix.settings import Settings, load_settings, names
from iahome_fix.settings.database_address import place
from iahome_fix.systems.database_errors import DatabaseUnreachable
from iahome_fix.systems.fallback import as_closed, is_same_project, next_way

REF, OTHER = project_ref(), project_ref()
KEY = legacy_key("service_role", REF, "x" * 32)
TOKEN = access_token()


def settings(folder: Path, **values: str) -> Settings:
    path = folder / "ways.env"
    lines = {"NEXT_PUBLIC_SUPABASE_URL": f"https://{REF}.supabase.co"} | values
    path.write_text("".join(f"{name}='{text}'\n" for name, text in lines.items()), encoding="utf-8")
    return load_settings([path], environ={})


def test_the_next_way_is_the_token_and_then_the_key(tmp_path: Path) -> None:
    url = f"postgresql://postgres:x@db.{REF}.supabase.co/postgres"
    both = {"SUPABASE_ACCESS_TOKEN": TOKEN, "SUPABASE_SERVICE_ROLE_KEY": KEY}

    def following(**values: str) -> str | None:
        way = next_way(settings(tmp_path, **values))
        return way.variable if way else None

    assert following(SUPABASE_DB_URL=url, **both) == names.MANAGEMENT_KEY
    assert following(**both) == names.SERVICE_KEY
    assert following(SUPABASE_DB_URL=url, SUPABASE_SERVICE_ROLE_KEY=KEY) == names.SERVICE_KEY
    assert following(SUPABASE_DB_URL=url) is None
    assert following(SUPABASE_SERVICE_ROLE_KEY=KEY) is None
    assert (
        following(SUPABASE_DB_URL=url, SUPABASE_SERVICE_ROLE_KEY=KEY, IAHOME_FIX_NO_DATA_API="none") is None
    )


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("postgresql://postgres:x@db.<ref>.supabase.co:5432/postgres", True),
        ("postgresql://postgres.<ref>:x@aws-0-eu-west-3.pooler.supabase.com:5432/postgres", True),
        # Cannot be read, and still says of which project it is.
        ("postgresql://postgres:a@b/c@db.<ref>.supabase.co:5432/postgres", True),
        ("postgresql://postgres.<ref>:a/b@aws-0-eu-west-3.pooler.supabase.com:6543/postgres", True),
        ("postgresql://postgres:a@b/c@db.<other>.supabase.co:5432/postgres", False),
        ("postgresql://postgres:@db.<ref>.supabase.co/x@10.0.0.5/postgres", False),
        ("postgresql://postgres:x@127.0.0.1:54322/postgres", False),
        ("postgresql://postgres:x@db.example.test/postgres", False),
        ("postgresql://postgres:x%y@", False),
    ],
)
def test_a_url_that_names_no_project_may_be_of_another_database(tmp_path: Path, url: str, same: bool) -> None:
    url = url.replace("<ref>", REF).replace("<other>", OTHER)
    assert is_same_project(settings(tmp_path, SUPABASE_DB_URL=url, SUPABASE_ACCESS_TOKEN=TOKEN)) is same


def test_a_stand_in_on_this_machine_is_beside_its_own_database(tmp_path: Path) -> None:
    here = {"SUPABASE_DB_URL": "postgresql://postgres:x@localhost:54322/postgres"}
    api = {"SUPABASE_API_URL": "http://127.0.0.1:54321", "SUPABASE_SERVICE_ROLE_KEY": KEY}
    assert is_same_project(settings(tmp_path, **here, **api))
    away = api | {"SUPABASE_API_URL": "https://data.example.test"}
    assert not is_same_project(settings(tmp_path, **here, **away))


def test_a_place_shows_nothing_of_a_password() -> None:
    assert place("postgresql://postgres:db.secret.supabase.co").ref is None
    assert place("postgresql://postgres:pa@localhost/ss@somewhere/x").host is None


def test_what_says_nothing_about_the_way_leads_to_no_other() -> None:
    closed = {"refused", "dns", "password", "timeout", "token", "network", "other"}
    assert all(as_closed(DatabaseUnreachable(reason, "x")) for reason in closed)
    of_the_moment = ("lost", "slow", "not-tried", "busy", "rate-limit")
    assert not any(as_closed(DatabaseUnreachable(reason, "x")) for reason in of_the_moment)
    assert as_closed(UsageError("database-url", "x"))
    assert as_closed(MissingCredential(("NEXT_PUBLIC_SUPABASE_URL",), "x"))
    assert as_closed(UsageError("other-project", "x")) is None
