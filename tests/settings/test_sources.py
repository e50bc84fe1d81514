"""Which place wins, under which name, and what the settings say about it."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from iahome_fix.settings import Settings, Source, load_settings
from iahome_fix.settings.names import ALIASES, NEXT_FILES, SUPABASE_ONLY

REF = "qwertyuiopasdfghjklz"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / {"local": ".env.local", "env": ".env", "prod": ".env.production"}[name]).write_text(
            text, encoding="utf-8"
        )


def load(folder: Path, environ: dict[str, str] | None = None, **files: str) -> Settings:
    write(folder, **files)
    return load_settings(folder=folder, environ=environ or {})


def test_the_four_files_in_their_order(tmp_path: Path) -> None:
    for number, name in enumerate(NEXT_FILES):
        (tmp_path / name).write_text(f"# x\nSTRIPE_SECRET_KEY={number}\n", encoding="utf-8")
    for number, name in enumerate(NEXT_FILES):
        settings = load_settings(folder=tmp_path, environ={})
        value = settings.get("STRIPE_SECRET_KEY")
        assert value is not None
        assert value.text == str(number)
        assert value.source == Source(str(tmp_path / name), 2, "STRIPE_SECRET_KEY")
        assert [s.where for s in value.shadows] == [str(tmp_path / n) for n in NEXT_FILES[number + 1 :]]
        (tmp_path / name).unlink()


@pytest.mark.parametrize("name", [".env.development", ".env.test", ".env.example", "env.production"])
def test_other_files_are_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("STRIPE_SECRET_KEY=x\n", encoding="utf-8")
    settings = load_settings(folder=tmp_path, environ={})
    assert settings.get("STRIPE_SECRET_KEY") is None
    assert settings.files_read == ()


def test_the_working_folder_is_where_the_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STRIPE_SECRET_KEY", "from-process")
    write(tmp_path, env="STRIPE_SECRET_KEY=x\nSTRIPE_WEBHOOK_SECRET=y\n")
    settings = load_settings()
    assert settings.folder == Path.cwd()
    assert settings.files_read == (".env",)
    assert settings.stripe_secret_key == "from-process"
    value = settings.get("STRIPE_WEBHOOK_SECRET")
    assert value is not None
    assert value.source.place == ".env:2"


def test_the_process_wins_over_given_files_too(tmp_path: Path) -> None:
    write(tmp_path, env="STRIPE_SECRET_KEY=file\n")
    settings = load_settings([tmp_path / ".env"], environ={"STRIPE_SECRET_KEY": "process"})
    value = settings.get("STRIPE_SECRET_KEY")
    assert value is not None
    assert value.text == "process"
    assert value.source == Source("process environment", None, "STRIPE_SECRET_KEY")
    assert value.shadows == (Source(str(tmp_path / ".env"), 1, "STRIPE_SECRET_KEY"),)


def test_given_files_replace_the_list(tmp_path: Path) -> None:
    write(tmp_path, env="STRIPE_SECRET_KEY=next\nSTRIPE_WEBHOOK_SECRET=next\n")
    first, second = tmp_path / "first file", tmp_path / "second"
    first.write_text("STRIPE_SECRET_KEY=1\n", encoding="utf-8")
    second.write_text("STRIPE_SECRET_KEY=2\nSUPABASE_ACCESS_TOKEN=2\n", encoding="utf-8")
    settings = load_settings([first, second, first], folder=tmp_path, environ={})
    assert (settings.stripe_secret_key, settings.access_token) == ("1", "2")
    assert settings.stripe_webhook_secret is None
    assert settings.files_read == (str(first), str(second))


def test_an_empty_value_hides_what_is_below(tmp_path: Path) -> None:
    settings = load(tmp_path, local="STRIPE_SECRET_KEY=\n", env="STRIPE_SECRET_KEY=x\n")
    assert settings.get("STRIPE_SECRET_KEY") is None
    assert settings.text("STRIPE_SECRET_KEY") is None
    hidden = settings.values["STRIPE_SECRET_KEY"]
    assert hidden.source.line == 1
    assert [s.where for s in hidden.shadows] == [str(tmp_path / ".env")]


@pytest.mark.parametrize(
    ("canonical", "alias"), [(name, alias) for name, aliases in ALIASES.items() for alias in aliases]
)
def test_each_alias_counts(tmp_path: Path, canonical: str, alias: str) -> None:
    text = "postgresql://localhost/x" if alias in SUPABASE_ONLY else "x"
    settings = load(tmp_path, env=f"{alias}={text}\n")
    value = settings.get(canonical)
    assert value is not None
    assert (value.text, value.source.name) == (text, alias)


def test_within_one_place_the_canonical_name_wins_then_the_first_alias(tmp_path: Path) -> None:
    text = "POSTGRES_URL_NON_POOLING=3\nDATABASE_URL=2\nSUPABASE_DB_URL=1\n"
    settings = load(tmp_path, env=text)
    value = settings.get("SUPABASE_DB_URL")
    assert value is not None
    assert (value.text, value.source.line) == ("1", 3)
    assert [(s.name, s.line) for s in value.shadows] == [("DATABASE_URL", 2), ("POSTGRES_URL_NON_POOLING", 1)]
    assert load(tmp_path, env=text.rpartition("SUPABASE")[0]).text("SUPABASE_DB_URL") == "2"
    assert load(tmp_path, {"SUPABASE_DB_URL": "a", "DATABASE_URL": "b"}).text("SUPABASE_DB_URL") == "a"


def test_an_alias_of_a_higher_place_does_not_win_over_the_canonical_name(tmp_path: Path) -> None:
    settings = load(tmp_path, local="STRIPE_API_KEY=alias\n", env="STRIPE_SECRET_KEY=canonical\n")
    value = settings.get("STRIPE_SECRET_KEY")
    assert value is not None
    assert (value.text, value.source.name) == ("canonical", "STRIPE_SECRET_KEY")
    assert [s.name for s in value.shadows] == ["STRIPE_API_KEY"]
    # What the app gets under each name is still known.
    assert settings.by_name["STRIPE_API_KEY"].text == "alias"


def test_a_stray_database_url_of_the_shell_does_not_choose_the_database(tmp_path: Path) -> None:
    stray = {"DATABASE_URL": "postgresql://other@127.0.0.1/other"}
    settings = load(tmp_path, stray, env="SUPABASE_DB_URL=postgresql://app@127.0.0.1/app\n")
    assert settings.database_url == "postgresql://app@127.0.0.1/app"


def test_an_empty_canonical_name_steps_back_behind_an_alias(tmp_path: Path) -> None:
    settings = load(tmp_path, {"STRIPE_SECRET_KEY": " "}, env="STRIPE_API_KEY=x\n")
    assert settings.stripe_secret_key == "x"
    assert [s.where for s in settings.values["STRIPE_SECRET_KEY"].shadows] == ["process environment"]


def test_every_public_variable_is_there(tmp_path: Path) -> None:
    settings = load(
        tmp_path, {"NEXT_PUBLIC_A": "1"}, env="NEXT_PUBLIC_B=2\nNEXT_PUBLIC_BASE_URL=3\nOTHER=4\n"
    )
    texts = {name: value.text for name, value in settings.values.items()}
    assert texts == {
        "NEXT_PUBLIC_APP_URL": "3",
        "NEXT_PUBLIC_A": "1",
        "NEXT_PUBLIC_B": "2",
        "NEXT_PUBLIC_BASE_URL": "3",
    }


def test_a_dollar_is_expanded_as_the_app_does(tmp_path: Path) -> None:
    settings = load(tmp_path, env="PW=x\nSUPABASE_DB_URL=postgres://u:a$PW@h/d\nSTRIPE_SECRET_KEY=plain\n")
    value = settings.values["SUPABASE_DB_URL"]
    assert (value.text, value.raw, value.expanded) == ("postgres://u:ax@h/d", "postgres://u:a$PW@h/d", True)
    assert not settings.values["STRIPE_SECRET_KEY"].expanded


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("x", "x"),
        (" x \t", "x"),
        ("x\r\n", "x"),
        ("'x'", "x"),
        ('"x', "x"),
        ("x'", "x"),
        ("' x '", "x"),
        ("\ufeffx\u200b", "x"),
        ("x\\n", "x"),
        ("x\\r\\n", "x"),
        ("'x\\n'", "x"),
        ("host=h password='a b'", "host=h password='a b'"),
        ("a'b", "a'b"),
    ],
)
def test_the_tool_strips_and_the_value_does_not(tmp_path: Path, text: str, cleaned: str) -> None:
    settings = load(tmp_path, {"STRIPE_WEBHOOK_SECRET": text})
    assert settings.stripe_webhook_secret == cleaned
    assert settings.values["STRIPE_WEBHOOK_SECRET"].text == text


@pytest.mark.parametrize("blank", ["", " ", "\n", "''", "\u200b", '" "'])
def test_blank_is_not_set(tmp_path: Path, blank: str) -> None:
    settings = load(tmp_path, {"STRIPE_SECRET_KEY": blank})
    assert settings.get("STRIPE_SECRET_KEY") is None
    assert settings.stripe_secret_key is None


def test_addresses(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.site_url == "https://iahome.fr"
    assert settings.supabase_url is settings.supabase_api_url is settings.stripe_api_base is None
    assert settings.supabase_ref is settings.supabase_host is None
    settings = load(
        tmp_path,
        {
            "SUPABASE_URL": f"https://{REF}.supabase.co/",
            "NEXT_PUBLIC_SITE_URL": "https://shop.test//",
            "STRIPE_API_BASE": "http://127.0.0.1:9/",
            "IAHOME_FIX_NO_DATA_API": "self-hosted",
        },
    )
    assert settings.supabase_url == settings.supabase_api_url == f"https://{REF}.supabase.co"
    assert (settings.supabase_ref, settings.supabase_host) == (REF, f"{REF}.supabase.co")
    assert (settings.site_url, settings.stripe_api_base) == ("https://shop.test", "http://127.0.0.1:9")
    assert settings.data_api_declared_absent == "self-hosted"


def test_a_stand_in_for_the_data_api(tmp_path: Path) -> None:
    environ = {"SUPABASE_URL": f"https://{REF}.supabase.co", "SUPABASE_API_URL": "http://127.0.0.1:9/"}
    settings = load(tmp_path, environ)
    assert settings.supabase_api_url == "http://127.0.0.1:9"
    assert settings.supabase_ref == REF


@pytest.mark.parametrize(
    "url", ["https://api.shop.test", "http://127.0.0.1:1", "http://[::1", "x", f"{REF}.supabase.co"]
)
def test_no_ref_in_other_addresses(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, {"SUPABASE_URL": url}).supabase_ref is None


def test_an_address_that_is_shown_holds_no_credentials(tmp_path: Path) -> None:
    settings = load(tmp_path, {"NEXT_PUBLIC_APP_URL": "https://me:hidden@shop.test/x"})
    assert settings.site_url == "https://shop.test/x"
    key = "sk_" + "live_" + "a1" * 12
    assert load(tmp_path, {"NEXT_PUBLIC_APP_URL": key}).site_url == "https://iahome.fr"


@pytest.mark.parametrize(
    ("start", "mode"),
    [
        ("sk_live_", "live"),
        ("rk_live_", "live"),
        ("sk_test_", "test"),
        ("rk_test_", "test"),
        ("rkcs_test_", "test"),
        ("sk_org_", None),
        ("whsec_", None),
        ("other", None),
    ],
)
def test_the_mode_of_the_stripe_key(tmp_path: Path, start: str, mode: str | None) -> None:
    assert load(tmp_path, {"STRIPE_SECRET_KEY": start + "a1" * 9}).stripe_mode == mode


def test_the_next_command_has_the_same_files(tmp_path: Path) -> None:
    assert load(tmp_path).command("doctor", "--json") == "iahome-fix doctor --json"
    first, second = tmp_path / "my file", tmp_path / "it's"
    for path in (first, second):
        path.write_text("A=1\n", encoding="utf-8")
    settings = load_settings([first, second], environ={})
    command = settings.command("explain", "<EMAIL>")
    words = ["iahome-fix", "explain", "<EMAIL>", "--env-file", str(first), "--env-file", str(second)]
    if os.name == "nt":
        assert f'--env-file "{first}"' in command
    else:
        assert shlex.split(command) == words
        assert f"--env-file '{first}'" in command
