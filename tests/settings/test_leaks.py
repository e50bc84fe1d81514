"""Secrets in public variables and in files that git tracks."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest

from iahome_fix.sandbox.keys import legacy_key, opaque_key
from iahome_fix.settings import load_settings, public_leaks

REF = "qwertyuiopasdfghjklz"
GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not on this machine")


def tail() -> str:
    return secrets.token_hex(12)


SECRETS = {
    "service": legacy_key("service_role", REF, "x"),
    "supabase": opaque_key("secret"),
    "stripe": "sk_" + "live_" + tail(),
    "restricted": "rk_" + "test_" + tail(),
    "signing": "wh" + "sec_" + tail(),
    "management": "sbp_" + tail(),
    "database": f"postgres://me:{tail()}@h/d",
}
HARMLESS = {
    "anon": legacy_key("anon", REF, "x"),
    "publishable": opaque_key("publishable"),
    "stripe": "pk_" + "live_" + tail(),
    "url": "https://shop.test",
    "database": "postgres://h/d",
    "word": "hello",
    "empty": "",
}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("name", ["NEXT_PUBLIC_X", "NEXT_PUBLIC_SUPABASE_ANON_KEY", "NEXT_PUBLIC_BASE_URL"])
def test_a_secret_in_a_public_variable(tmp_path: Path, kind: str, name: str) -> None:
    (leak,) = public_leaks(load_settings(folder=tmp_path, environ={name: f" {SECRETS[kind]}\n"}))
    assert (leak.code, leak.what, leak.severity) == ("public-variable", name, "fail")
    assert name in leak.sentence
    assert SECRETS[kind] not in leak.sentence


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_may_be_public(tmp_path: Path, kind: str) -> None:
    assert public_leaks(load_settings(folder=tmp_path, environ={"NEXT_PUBLIC_X": HARMLESS[kind]})) == []


def test_a_secret_in_its_own_variable(tmp_path: Path) -> None:
    environ = {"STRIPE_API_KEY": SECRETS["stripe"], "SUPABASE_ANON_KEY": SECRETS["service"]}
    assert public_leaks(load_settings(folder=tmp_path, environ=environ)) == []


def test_a_public_alias_behind_its_canonical_name_is_found_too(tmp_path: Path) -> None:
    alias = "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY"
    (tmp_path / ".env").write_text(f"{alias}={SECRETS['service']}\n", encoding="utf-8")
    settings = load_settings(folder=tmp_path, environ={"NEXT_PUBLIC_SUPABASE_ANON_KEY": HARMLESS["anon"]})
    assert settings.anon_key == HARMLESS["anon"]
    assert [leak.what for leak in public_leaks(settings)] == [alias]


def repository(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    for words in (["init", "-q"], ["add", "-f", "--", *files]):
        subprocess.run(
            [GIT or "git", *words], cwd=folder, env=environ, check=True, capture_output=True, timeout=30
        )
    return folder


@needs_git
def test_env_files_that_git_tracks(tmp_path: Path) -> None:
    folder = repository(
        tmp_path / "app",
        {
            ".env": f"STRIPE_SECRET_KEY={SECRETS['stripe']}\n",
            ".env.production": "NEXT_PUBLIC_APP_URL=https://shop.test\nSTRIPE_SECRET_KEY=\n"
            "STRIPE_WEBHOOK_SECRET=wh" + "sec_your_secret\n",
        },
    )
    (folder / ".env.local").write_text(f"STRIPE_SECRET_KEY={SECRETS['stripe']}\n", encoding="utf-8")
    settings = load_settings(folder=folder, environ={})
    leaks = public_leaks(settings)
    assert {(leak.what, leak.severity) for leak in leaks} == {
        (str(folder / ".env"), "fail"),
        (str(folder / ".env.production"), "warn"),
    }
    assert {leak.code for leak in leaks} == {"tracked-file"}


@needs_git
@pytest.mark.parametrize(
    "text",
    ["JWT=" + SECRETS["service"], "DATABASE_URL=postgres://h/d", "X=" + SECRETS["database"]],
    ids=["secret-by-look", "secret-by-name", "address-with-password"],
)
def test_what_makes_a_tracked_file_a_failure(tmp_path: Path, text: str) -> None:
    folder = repository(tmp_path, {".env": text + "\n"})
    assert [leak.severity for leak in public_leaks(load_settings(folder=folder, environ={}))] == ["fail"]


@needs_git
def test_a_given_file_in_another_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = repository(tmp_path / "app", {"my env": "STRIPE_SECRET_KEY=x\n"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    # As in a git hook: git's own variables must not point the question at another repository.
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    settings = load_settings([Path("..") / "app" / "my env"], environ={})
    assert [leak.what for leak in public_leaks(settings)] == [str(Path("..") / "app" / "my env")]
    assert folder.is_dir()


@needs_git
def test_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository(tmp_path, {".env": "STRIPE_SECRET_KEY=x\n"}))
    assert [leak.what for leak in public_leaks(load_settings(environ={}))] == [".env"]


def test_without_git_nothing_is_tracked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if GIT:
        repository(tmp_path, {".env": "STRIPE_SECRET_KEY=x\n"})
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / ".env").write_text("STRIPE_SECRET_KEY=x\n", encoding="utf-8")
    assert public_leaks(load_settings(folder=tmp_path, environ={})) == []
