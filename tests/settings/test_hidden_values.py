"""No value ever appears in a text form of the configuration, whatever it is and however broken the file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as options
from hypothesis import strategies as st

from iahome_fix.errors import UsageError
from iahome_fix.settings import Settings, load_settings, public_leaks, require_something
from iahome_fix.settings.names import ALIASES, KNOWN
from iahome_fix.settings.shapes import judge

MARK = "Zq9xJk7w"
"""Stands in every value and in no sentence."""

STARTS = ["", "sk_live_", "sk_test_", "pk_live_", "whsec_", "sb_secret_", "sb_publishable_", "sbp_", "eyJ"]
STARTS += [
    "https://",
    "http://localhost/",
    "postgres://u:",
    "postgres://u:p@",
    "host=h password=",
    "https://me:",
    "'",
    '"',
]
ENDS = ["", " ", "\r\n", "'", '"', "@h:5432/d", ".supabase.co", "/rest/v1", "...", "#x", "$A", "\\n", "@"]

names = st.sampled_from(sorted(KNOWN | {"NEXT_PUBLIC_OTHER"}))
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
values = st.builds(
    lambda start, middle, end: start + middle + MARK + end,
    st.sampled_from(STARTS),
    st.text(characters, max_size=5),
    st.sampled_from(ENDS),
)
lines = st.one_of(
    st.builds(lambda name, value: f"{name}={value}", names, values),
    st.builds(lambda name, value: f'{name}="{value}', names, values),
    st.builds(lambda name, value: f"{name} {value}", names, values),
    values,
)


def everything_said(settings: Settings) -> str:
    said: list[object] = [
        settings,
        settings.problems,
        judge(settings),
        public_leaks(settings),
    ]
    said += [settings.values, settings.by_name, settings.database_url_problem, settings.command("doctor")]
    said += [str(value) for value in settings.values.values()]
    try:
        require_something(settings)
    except UsageError as error:
        said += [error.message, error.hint]
    return repr(said) + str(settings)


@options(deadline=None)  # psycopg is loaded by the first example
@given(st.dictionaries(names, values, max_size=4), st.lists(lines, max_size=5))
def test_no_value_is_said(environ: dict[str, str], text: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".env").write_bytes("\n".join(text).encode("utf-8"))
        said = everything_said(load_settings(folder=Path(folder), environ=environ))
    assert MARK not in said
    assert MARK.lower() not in said.lower()


@pytest.mark.parametrize("name", [*ALIASES])
def test_the_mark_would_be_seen(tmp_path: Path, name: str) -> None:
    """The test above looks in the right place: the values hold the mark, and the names are said."""
    settings = load_settings(folder=tmp_path, environ={name: MARK})
    assert settings.values[name].text == MARK
    assert name in everything_said(settings)
    assert MARK not in everything_said(settings)


@given(st.text("ab@:/?#[]% .", max_size=12))
def test_no_password_in_an_address_that_is_shown(middle: str) -> None:
    text = f"https://me:{MARK}{middle}{MARK}@shop.test/x"
    environ = dict.fromkeys(
        ("NEXT_PUBLIC_APP_URL", "SUPABASE_URL", "SUPABASE_API_URL", "STRIPE_API_BASE"), text
    )
    settings = load_settings(folder=Path("no-such-folder"), environ=environ)
    shown = [settings.site_url, settings.supabase_url, settings.supabase_api_url, settings.supabase_host]
    assert MARK.lower() not in repr([*shown, settings.stripe_api_base, settings.supabase_ref]).lower()
