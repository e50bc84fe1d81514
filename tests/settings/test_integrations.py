"""Names that integrations write: an object of keys, and addresses that may be of another database."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from iahome_fix.settings import Settings, load_settings
from iahome_fix.settings.supabase_shapes import database_url, service_role_key

POOLER = "postgresql://postgres.abcdefghijklmnopqrst:x@aws-1-eu-west-3.pooler.supabase.com:6543/postgres"
ELSEWHERE = "postgresql://owner:x@ep-cool-1.eu-central-1.aws.neon.tech/shop"


def load(folder: Path, **variables: str) -> Settings:
    (folder / ".env").write_text("".join(f"{name}='{text}'\n" for name, text in variables.items()))
    return load_settings(folder=folder, environ={})


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"default": "one", "mobile": "two"}, "one"),
        ({"server": "one"}, "one"),
        ({"server": "one", "mobile": "two"}, None),
        ({}, None),
        ({"default": 1}, None),
    ],
)
def test_the_key_that_is_meant_is_taken_from_an_object(
    tmp_path: Path, keys: dict[str, object], expected: str | None
) -> None:
    settings = load(
        tmp_path, SUPABASE_SECRET_KEYS=json.dumps(keys), SUPABASE_PUBLISHABLE_KEYS=json.dumps(keys)
    )
    assert (settings.service_role_key, settings.anon_key) == (expected, expected)


def test_a_bare_key_is_that_key_and_half_an_object_is_none(tmp_path: Path) -> None:
    assert load(tmp_path, SUPABASE_SECRET_KEYS="one").service_role_key == "one"
    assert load(tmp_path, SUPABASE_SECRET_KEYS='{"default": "on').service_role_key is None


@pytest.mark.parametrize("name", ["DIRECT_URL", "POSTGRES_URL", "POSTGRES_PRISMA_URL"])
def test_an_address_counts_where_it_is_one_of_supabases(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, **{name: f"{POOLER}?pgbouncer=true"}).database_url == POOLER
    assert load(tmp_path, **{name: ELSEWHERE}).database_url is None
    assert load(tmp_path, **{name: "file:./dev.db"}).database_url is None
    assert load(tmp_path, **{name: ELSEWHERE, "SUPABASE_DB_URL": POOLER}).database_url == POOLER


@pytest.mark.parametrize(
    ("line", "lost"),
    [
        ("SUPABASE_DB_URL=postgresql://postgres:Hunter$ABCDpart@localhost/postgres", True),
        ("SUPABASE_DB_URL='postgresql://postgres:Hunter$ABCDpart@localhost/postgres'", True),
        (r"SUPABASE_DB_URL=postgresql://postgres:Hunter\$ABCDpart@localhost/postgres", False),
        ("SUPABASE_DB_URL=postgresql://postgres:$PASSWORD@localhost/postgres\nPASSWORD=x", False),
        ("SUPABASE_DB_URL=postgresql://postgres:${PASSWORD:-x}@localhost/postgres", False),
        ("SUPABASE_DB_URL=postgresql://postgres:x@localhost/postgres\nOTHER=a$b", False),
    ],
)
def test_a_dollar_that_became_nothing_is_named_and_not_what_follows_it(
    tmp_path: Path, line: str, lost: bool
) -> None:
    (tmp_path / ".env").write_text(f"{line}\n")
    settings = load_settings(folder=tmp_path, environ={})
    assert settings.values["SUPABASE_DB_URL"].lost is lost
    said = [problem.message for problem in settings.problems]
    assert len(said) == lost
    assert not said or (f"{tmp_path / '.env'}:1: a $ in SUPABASE_DB_URL" in said[0])
    assert "ABCD" not in "".join(said)


def test_a_dollar_that_became_nothing_is_named_before_a_placeholder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SUPABASE_DB_URL=postgresql://postgres:xxxx$TAIL@localhost/postgres\n")
    settings = load_settings(folder=tmp_path, environ={})
    (stain,) = database_url(settings.values["SUPABASE_DB_URL"], None)
    assert stain.code == "lost-dollar"
    assert settings.database_url_problem == stain.sentence
    (tmp_path / ".env").write_text("SUPABASE_DB_URL=postgresql://postgres:xxxx@localhost/postgres\n")
    settings = load_settings(folder=tmp_path, environ={})
    (stain,) = database_url(settings.values["SUPABASE_DB_URL"], None)
    assert stain.code == "placeholder"


@pytest.mark.parametrize(("days", "codes"), [(-1, ["expired"]), (30, ["expires-soon"]), (90, [])])
def test_a_key_is_warned_of_before_its_end(tmp_path: Path, days: int, codes: list[str]) -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    end = {"role": "service_role", "exp": int((now + timedelta(days=days)).timestamp())}
    parts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "HS256"}, end)
    )
    (tmp_path / ".env").write_text(f"SUPABASE_SERVICE_ROLE_KEY={'.'.join(parts)}.{'s' * 43}\n")
    settings = load_settings(folder=tmp_path, environ={})
    found = service_role_key(settings.values["SUPABASE_SERVICE_ROLE_KEY"], None, now)
    assert [stain.code for stain in found] == codes
