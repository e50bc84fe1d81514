"""`init` and the first minute: an empty folder, a wrong folder, what is missing, and where it is found."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from iahome_fix.errors import UsageError
from iahome_fix.settings import dotenv_next, load_settings, writing
from iahome_fix.settings.above import file_above
from iahome_fix.settings.template import write_template
from tests.cli.terminal_support import terminal
from tests.commands import call

NOWHERE = {
    "NEXT_PUBLIC_APP_URL": "http://127.0.0.1:1",
    "SUPABASE_API_URL": "http://127.0.0.1:1",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
}
URL = "https://abcdefghijklmnopqrst.supabase.co"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder below one that may hold an env file."""
    found = tmp_path / "shop" / "scripts"
    found.mkdir(parents=True)
    return found


def test_an_empty_folder_leads_to_init_and_to_the_sandbox(folder: Path) -> None:
    done = call(folder, "doctor")

    assert done.code == 2
    assert done.err.splitlines()[-1] == "  iahome-fix init"
    assert "iahome-fix sandbox" in " ".join(done.err.split())


def test_an_env_file_of_a_folder_above_is_found_and_named(folder: Path) -> None:
    (folder.parent / ".env.local").write_text(f"NEXT_PUBLIC_SUPABASE_URL={URL}\n", encoding="utf-8")
    done = call(folder, "doctor")

    assert done.code == 2
    assert done.err.splitlines()[-1] == "  iahome-fix doctor --env-file ../.env.local"
    assert call(folder, "doctor", "--env-file", "../.env.local", "--only", "env").code == 1


@pytest.mark.parametrize("text", ["OTHER=1\n", "NEXT_PUBLIC_SUPABASE_URL=\n", "\0"])
def test_a_file_above_that_sets_nothing_of_the_app_is_not_named(text: str, folder: Path) -> None:
    (folder.parent / ".env").write_text(text, encoding="utf-8")
    assert file_above(folder) is None


def test_what_is_missing_where_no_env_file_was_found_was_not_looked_at(folder: Path) -> None:
    key = {"STRIPE_SECRET_KEY": "sk_" + "test_" + "aB3" * 8}
    here = call(folder, "doctor", "--only", "env", "--json", more=key)

    assert (here.code, here.verdict) == (3, "unknown")
    assert here.check("env.supabase-url")["status"] == "skipped"
    assert "no env file of the app was found" in here.check("env.supabase-url")["detail"]
    screen = call(folder, "doctor", "--only", "env", more=key)
    assert screen.lines[-1] == "  iahome-fix init"

    # A file of the app that lacks it stays the cause that it is; another's file changes nothing.
    (folder / ".env").write_text("COMPOSE_PROJECT_NAME=x\n", encoding="utf-8")
    assert call(folder, "doctor", "--only", "env", "--json", more=key).verdict == "unknown"
    (folder / ".env.local").write_text(f"NEXT_PUBLIC_SUPABASE_URL={URL}\n", encoding="utf-8")
    lacking = call(folder, "doctor", "--only", "env", "--json", more=key)
    assert lacking.check("env.service-role-key")["status"] == "fail"
    assert "iahome-fix init" in lacking.check("env.service-role-key")["hint"]


def test_without_a_terminal_it_says_what_is_missing_and_where_it_is_found(folder: Path) -> None:
    done = call(folder, "init")
    document = call(folder, "init", "--json").document

    assert (done.code, document["verdict"], document["error"]["code"]) == (2, "error", "needs-terminal")
    assert "https://dashboard.stripe.com/apikeys" in done.out
    assert document["missing"][0]["variable"] == "NEXT_PUBLIC_SUPABASE_URL"
    assert document["missing"][0]["page"].startswith("https://supabase.com/dashboard/project/")
    assert list(folder.iterdir()) == []


def test_the_template_has_every_variable_once_and_keeps_what_stands_there(folder: Path) -> None:
    (folder / ".env.example").write_text("# ours\nSTRIPE_SECRET_KEY=\nOTHER=1", encoding="utf-8")
    assert call(folder, "init", "--example").code == 0
    text = (folder / ".env.example").read_text(encoding="utf-8")

    assert text.startswith("# ours\nSTRIPE_SECRET_KEY=\nOTHER=1\n")
    assert text.count("STRIPE_SECRET_KEY=") == 1
    assert all(one.value == "" for one in dotenv_next.read(text) if one.name != "OTHER")
    again = call(folder, "init", "--example", "--json").document
    assert (again["verdict"], again["written"]) == ("nothing-to-do", [])


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_what_is_typed_is_written_kept_secret_and_looked_at(folder: Path) -> None:
    file = folder / ".env.local"
    file.write_text("# mine\nOTHER=1", encoding="utf-8")
    file.chmod(0o644)
    secret = "sk_" + "test_" + "y" * 24 + "$p1"
    with terminal(folder, "init", "--timeout", "1", more=NOWHERE) as screen:
        screen.see("NEXT_PUBLIC_SUPABASE_URL (Enter")
        screen.press("not an address\n")
        screen.see("type it again")
        screen.press(f"{URL}\n")
        for name in ("SERVICE_ROLE_KEY", "ANON_KEY", "SUPABASE_DB_URL", "ACCESS_TOKEN"):
            screen.see(f"{name} (Enter")
            screen.press("\n")
        screen.see("STRIPE_SECRET_KEY (Enter")
        assert "project/abcdefghijklmnopqrst/settings" in screen.plain, "the page of this project"
        screen.press(f"{secret}\n")
        screen.see("STRIPE_WEBHOOK_SECRET (Enter")
        screen.press("\n")
        code = screen.end()
        shown = screen.plain
    assert code == 1, "doctor's: what the file lacks is a cause"
    assert secret not in shown
    assert "2 variables written into .env.local (mode 0600)" in shown
    assert shown.rstrip().splitlines()[-1].strip() == "iahome-fix init"
    assert file.read_text(encoding="utf-8").startswith("# mine\nOTHER=1\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_settings(folder=folder, environ={}).stripe_secret_key == secret


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
def test_where_the_input_ends_nothing_is_written(folder: Path) -> None:
    with terminal(folder, "init", more=NOWHERE) as screen:
        screen.see("NEXT_PUBLIC_SUPABASE_URL (Enter")
        screen.press(f"{URL}\n")
        screen.see("SUPABASE_SERVICE_ROLE_KEY (Enter")
        screen.press("\x04")
        assert screen.end() == 2
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "a b",
        "a#b",
        "it's",
        'say "x"',
        "pa$$word",
        "$HOME",
        "a\\nb",
        "`x`",
        "é",
        "'both\"`",
        "=",
        " x",
    ],
)
def test_what_is_written_is_what_the_app_reads(value: str, tmp_path: Path) -> None:
    file = tmp_path / ".env.local"
    name = "STRIPE_SECRET_KEY"
    try:
        writing.add(file, {name: value}, "test")
    except UsageError:
        assert value == "'both\"`", "no quote is left for it"
        return
    assert load_settings(folder=tmp_path, environ={}).values[name].text == value


@pytest.mark.parametrize("kind", ["folder", "nowhere"])
def test_what_is_no_file_is_left_alone(kind: str, tmp_path: Path) -> None:
    file = tmp_path / ".env.local"
    if kind == "folder":
        file.mkdir()
    else:
        file.symlink_to(tmp_path / "missing")
    with pytest.raises(UsageError, match="cannot be written"):
        writing.add(file, {"A": "1"}, "test")
    with pytest.raises(UsageError, match="cannot be written"):
        write_template(file, {"A": ["b"]})
