"""A leaked secret is named by its kind, with the page that replaces it and the order of the steps."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.env.values import public_leak
from iahome_fix.checks.runner import judge
from iahome_fix.facts.context import Context
from iahome_fix.model import Finding, Status
from iahome_fix.sandbox.keys import legacy_key, opaque_key
from iahome_fix.settings import load_settings
from iahome_fix.settings.replacing import Leaked, Secret, in_order, leaked, replacements
from tests.settings.test_leaks import REF, needs_git, repository, tail

if TYPE_CHECKING:
    from collections.abc import Callable

DASHBOARD = f"https://supabase.com/dashboard/project/{REF}"
EACH: dict[Secret, tuple[str, Callable[[], str], str, list[str]]] = {
    Secret.ACCESS_TOKEN: (
        *("X", lambda: "sbp_" + tail(), "https://supabase.com/dashboard/account/tokens"),
        ["make a new one", "SUPABASE_ACCESS_TOKEN", "delete"],
    ),
    Secret.DATABASE: (
        *("X", lambda: f"postgres://me:{tail()}@h/d", f"{DASHBOARD}/database/settings"),
        ["no overlap", "reset", "SUPABASE_DB_URL"],
    ),
    Secret.JWT_SECRET: (
        *("NEXT_PUBLIC_SUPABASE_JWT_SECRET", tail, f"{DASHBOARD}/settings/jwt"),
        ["publishable key", "rotate", "revoke"],
    ),
    Secret.SERVICE_ROLE: (
        *("X", lambda: legacy_key("service_role", REF, "x"), f"{DASHBOARD}/settings/api-keys"),
        ["sb_secret_", "deploy", "disable the legacy keys"],
    ),
    Secret.SECRET_KEY: (
        *("X", lambda: opaque_key("secret"), f"{DASHBOARD}/settings/api-keys"),
        ["another secret key", "deploy", "delete"],
    ),
    Secret.STRIPE_KEY: (
        *("X", lambda: "rk_" + "live_" + tail(), "https://dashboard.stripe.com/apikeys"),
        ["roll", "deploy", "end the old one"],
    ),
    Secret.SIGNING: (
        *("X", lambda: "wh" + "sec_" + tail(), "https://dashboard.stripe.com/webhooks"),
        ["24 hours", "deploy", "signed event"],
    ),
}


@pytest.mark.parametrize("secret", Secret)
def test_each_kind_has_its_page_and_its_order(secret: Secret) -> None:
    name, make, place, said = EACH[secret]
    value = make()
    found = leaked(name, f" '{value}'\n")
    assert found is not None
    assert found.secret is secret
    (one,) = replacements([found, found], REF)
    assert (one.secret, one.place, len(one.steps)) == (secret, place, 3)
    for step, words in zip(one.steps, said, strict=True):
        assert words in step
    shown = in_order((one,), "the end")
    assert shown.splitlines()[1].endswith(f": {place}")
    assert [line[:2] for line in shown.splitlines()[2:-1]] == ["a)", "b)", "c)"]
    assert shown.splitlines()[-1] == "the end"
    assert value not in shown + str(one.as_json())
    assert "{" not in shown


@pytest.mark.parametrize(
    ("name", "text", "secret"),
    [
        ("POSTGRES_PASSWORD", "hunter2", Secret.DATABASE),
        ("PGPASSWORD", "hunter2", Secret.DATABASE),
        ("SUPABASE_SECRET_KEY", "unknown-look", Secret.SECRET_KEY),
        ("STRIPE_API_KEY", "unknown-look", Secret.STRIPE_KEY),
        ("STRIPE_WEBHOOK_SECRET", "unknown-look", Secret.SIGNING),
        ("DATABASE_URL", "postgres://h/d", Secret.DATABASE),
        ("SUPABASE_SERVICE_ROLE_KEY", "sk_" + "test_" + "Q7x" * 8, Secret.STRIPE_KEY),
        ("SUPABASE_JWT_SECRET", "your_jwt_secret_here", None),
        ("STRIPE_SECRET_KEY", "sk_" + "live_" + "...", None),
        ("POSTGRES_PASSWORD", "", None),
        ("NEXT_PUBLIC_PASSWORD_MIN", "8", None),
        ("NEXT_PUBLIC_X", "pk_" + "live_" + "Q7x" * 8, None),
    ],
)
def test_a_name_says_what_no_look_tells(name: str, text: str, secret: Secret | None) -> None:
    found = leaked(name, text)
    assert (found.secret if found else None) is secret


def test_several_are_replaced_the_most_dangerous_first_and_each_once() -> None:
    found = [
        Leaked(secret, mode)
        for secret in reversed(Secret)
        for mode in (("test", "live") if secret is Secret.STRIPE_KEY else (None,))
    ]
    listed = replacements([*found, *found], None)
    assert [one.secret for one in listed if one.secret is not Secret.STRIPE_KEY] == [
        secret for secret in Secret if secret is not Secret.STRIPE_KEY
    ]
    keys = [one.place for one in listed if one.secret is Secret.STRIPE_KEY]
    assert keys == ["https://dashboard.stripe.com/apikeys", "https://dashboard.stripe.com/test/apikeys"]
    assert listed[1].place == "https://supabase.com/dashboard/project/_/database/settings"
    lines = in_order(listed, "").splitlines()
    assert [line[:2] for line in lines if line[:1].isdigit()] == [f"{n}." for n in range(1, 9)]


def said(folder: Path, **environ: str) -> Finding:
    return judge(public_leak, Context(load_settings(folder=folder, environ=environ), timeout=1))


def test_the_report_itself_says_where_and_in_which_order(tmp_path: Path) -> None:
    key = legacy_key("service_role", REF, "x")
    found = said(tmp_path, NEXT_PUBLIC_SERVICE=key, NEXT_PUBLIC_SUPABASE_JWT_SECRET=secrets.token_hex(20))
    assert found.status is Status.FAIL
    assert found.hint is not None
    assert found.hint.index("1. the JWT secret") < found.hint.index("2. the service role key")
    assert "without NEXT_PUBLIC_" in found.hint
    assert "git rm" not in found.hint
    assert [one["secret"] for one in found.evidence["replace"]] == [
        *("supabase-jwt-secret", "supabase-service-role-key"),
    ]
    assert "NEXT_PUBLIC_SUPABASE_JWT_SECRET (process environment) holds a JWT secret" in found.detail
    assert key not in str(found)


@needs_git
def test_a_file_in_git_is_taken_out_of_it_and_its_history_stays(tmp_path: Path) -> None:
    folder = repository(tmp_path / "a b", {".env": f"STRIPE_SECRET_KEY=sk_{'test_' + tail()}\n"})
    found = said(folder)
    assert f"git rm --cached '{folder / '.env'}'" in str(found.hint)
    assert "the history keeps" in str(found.hint)
    assert "https://dashboard.stripe.com/test/apikeys" in str(found.hint)
    assert "NEXT_PUBLIC_" not in str(found.hint)
    (folder / ".env").write_text("STRIPE_SECRET_KEY=\n", encoding="utf-8")
    harmless = said(folder)
    assert (harmless.status, "git rm --cached" in str(harmless.hint)) == (Status.WARN, True)
    assert "replace" not in harmless.evidence
