"""The address of the database: read as libpq reads it, shown without credentials, problems said plainly."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import settings as options
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.settings import Settings, database_address, load_settings

REF = "qwertyuiopasdfghjklz"


def settings_with(url: str) -> Settings:
    return load_settings(folder=Path("no-such-folder"), environ={"SUPABASE_DB_URL": url})


@pytest.mark.parametrize(
    ("url", "label", "ref"),
    [
        (
            f"postgresql://postgres:secret@db.{REF}.supabase.co:5432/postgres",
            f"db.{REF}.supabase.co:5432/postgres",
            REF,
        ),
        (
            f"postgres://postgres.{REF}:secret@aws-0-eu-west-3.pooler.supabase.com:6543/postgres?pgbouncer=true",
            "aws-0-eu-west-3.pooler.supabase.com:6543/postgres",
            REF,
        ),
        ("postgresql://me:secret@db.shop.test/shop", "db.shop.test:5432/shop", None),
        ("postgresql://me:p%40ss%2Fw%25@h:1/d", "h:1/d", None),
        ("postgresql://me:a:b?c#d!$&*()@h:1/d", "h:1/d", None),
        ("postgresql://me@[::1]:7/d", "[::1]:7/d", None),
        ("postgresql://me:secret@h", "h:5432", None),
        ("postgresql:///d?host=/var/run/pg", "/var/run/pg:5432/d", None),
        ("postgresql://h:1/d?application_name=a@b", "h:1/d", None),
        ("host=h port=7 dbname=d user=me password='a @/% b'", "h:7/d", None),
        ("dbname=d", "localhost:5432/d", None),
        ("postgresql://me:secret@h1:1,h2:2/d", "h1,h2:1,2/d", None),
    ],
)
def test_a_good_address(url: str, label: str, ref: str | None) -> None:
    settings = settings_with(url)
    assert settings.database_url_problem is None
    assert settings.database_label == label
    address = database_address.parse(url)
    assert address is not None
    assert address.ref == ref
    assert settings.database_url is not None
    conninfo_to_dict(settings.database_url)  # what the tool uses is what psycopg takes


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgres://me:p@ss@h:5432/d", "unencoded-password"),
        ("postgres://me:p/ss@h:5432/d", "unencoded-password"),
        ("postgres://me:p/s?s@h:5432/d", "unencoded-password"),
        ("postgres://me:p%ss@h:5432/d", "unencoded-password"),
        ("postgres://me:100%@h:5432/d", "unencoded-password"),
        ("postgres://me:p ss@h:5432/d", "unencoded-password"),
        ("postgres://me:[YOUR-PASSWORD]@h:5432/d", "placeholder"),
        ("postgres://me:[PASSWORD]@h:5432/d", "placeholder"),
        ("postgres://me:<password>@h:5432/d", "placeholder"),
        ("postgres://me:your-password@h:5432/d", "placeholder"),
        ("postgres://me:votre_mot_de_passe@h:5432/d", "placeholder"),
        ("host=h password=[YOUR-PASSWORD]", "placeholder"),
        ("postgres://me:secret@db.<ref>.supabase.co:5432/d", "placeholder"),
        ("postgres://me:secret@db.xxxx.supabase.co:5432/d", "placeholder"),
        (f"https://{REF}.supabase.co", "wrong-kind"),
        ("mysql://me:secret@h/d", "wrong-kind"),
        ("POSTGRES://me:secret@h/d", "wrong-kind"),
        ("postgres://me:secret@h:port/d", "not-a-url"),
        ("postgres://me:secret@h:99999/d", "not-a-url"),
        ("whatever", "not-a-url"),
        ("host=h nonsense=1", "not-a-url"),
    ],
)
def test_a_bad_address(url: str, code: str) -> None:
    problem = database_address.problem(url)
    assert problem is not None
    assert problem.code == code
    settings = settings_with(url)
    assert settings.database_url_problem == problem.sentence
    assert settings.database_label is None


@pytest.mark.parametrize("password", ["xxxx.part", "xxxxABC", "xxxx:more", "xxxx-1", "a.xxxx"])
def test_a_password_that_begins_like_a_placeholder_is_none(password: str) -> None:
    assert database_address.problem(f"postgresql://postgres:{password}@db.example.test/postgres") is None
    whole = database_address.problem("postgresql://postgres:xxxx@db.example.test/postgres")
    assert whole is not None
    assert whole.code == "placeholder"


def test_absent() -> None:
    settings = settings_with("")
    assert settings.database_url is settings.database_label is settings.database_url_problem is None


def test_only_parameters_that_libpq_knows_remain() -> None:
    url = "postgres://u:p@h:6543/d?pgbouncer=true&sslmode=require&connection_limit=1&supa=base-pooler.x"
    assert settings_with(url).database_url == "postgres://u:p@h:6543/d?sslmode=require"
    assert settings_with("postgres://u:p@h/d?pgbouncer=true").database_url == "postgres://u:p@h/d"
    assert settings_with("postgres://u:p?a=b@h/d").database_url == "postgres://u:p?a=b@h/d"


def test_any_random_password_that_is_encoded_is_fine() -> None:
    for _round in range(50):
        password = secrets.token_urlsafe(12) + secrets.choice("@/%? #&[]<>'")
        url = f"postgres://me:{quote(password, safe='')}@h:1/d"
        assert database_address.problem(url) is None
        assert conninfo_to_dict(database_address.for_psycopg(url))["password"] == password


@options(deadline=None)  # psycopg is loaded by the first example
@given(st.text(alphabet="abAB01@/%:?#[]<> '\"\\.-_~é\n", max_size=20), st.booleans())
def test_no_part_of_a_password_is_shown(middle: str, as_url: bool) -> None:
    marks = "zqxjk", "kjxqz"
    password = marks[0] + middle + marks[1]
    url = f"postgres://me:{password}@h:5432/d" if as_url else f"host=h user=me password='{password}' dbname=d"
    settings = settings_with(url)
    shown = f"{settings.database_label} {settings.database_url_problem} {settings!r}"
    assert not any(mark in shown for mark in marks)


@options(deadline=None)  # psycopg is loaded by the first example
@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    assert (database_address.problem(text) is None) == (database_address.parse(text) is not None)
