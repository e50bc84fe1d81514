"""Each variable is judged by its look: what is wrong gets one stable word, what is right gets none."""

from __future__ import annotations

import base64
import json
import secrets
import string
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.sandbox.keys import legacy_key, opaque_key
from iahome_fix.settings import load_settings
from iahome_fix.settings.shapes import Stain, judge

NOW = datetime(2026, 11, 20, tzinfo=UTC)
REF = "qwertyuiopasdfghjklz"
OTHER_REF = "zlkjhgfdsapoiuytrewq"
URL = f"https://{REF}.supabase.co"
BASE62 = string.ascii_letters + string.digits


def random_key(start: str, length: int = 32) -> str:
    return start + "".join(secrets.choice(BASE62) for _letter in range(length))


def jwt(padding: str = "", **claims: Any) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=") + padding

    return f"{part({'alg': 'HS256'})}.{part(claims)}.{secrets.token_urlsafe(32)}"


def stains(name: str, text: str | None, **others: str) -> tuple[Stain, ...]:
    environ = {"NEXT_PUBLIC_SUPABASE_URL": URL, **others}
    if text is None:
        environ.pop(name, None)
    else:
        environ[name] = text
    found = judge(load_settings(folder=Path("no-such-folder"), environ=environ), NOW)[name]
    assert all(text.strip() not in stain.sentence for stain in found if text and len(text.strip()) > 8)
    return found


def words(name: str, text: str | None, **others: str) -> list[tuple[str, str]]:
    return [(stain.severity, stain.code) for stain in stains(name, text, **others)]


SERVICE = legacy_key("service_role", REF, "x")
ANON = legacy_key("anon", REF, "x")
LIVE, TEST = random_key("sk_" + "live_", 24), random_key("sk_" + "test_", 99)
SIGNING = random_key("wh" + "sec_")
PUBLIC_LIVE = random_key("pk_" + "live_", 24)
MANAGEMENT = "sbp_" + secrets.token_hex(20)

RIGHT = [
    ("NEXT_PUBLIC_SUPABASE_URL", URL),
    ("NEXT_PUBLIC_SUPABASE_URL", URL + "/"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://0a1b2c3d4e5f6g7h8i9j.supabase.co"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://api.iahome.fr"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://api.myshop.fr"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://yours.replacement-parts.fr"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://yourprojectabcdefghi.supabase.co"),
    ("NEXT_PUBLIC_SUPABASE_URL", "http://127.0.0.1:54321"),
    ("NEXT_PUBLIC_SUPABASE_URL", "http://localhost:54321"),
    ("NEXT_PUBLIC_SUPABASE_URL", "http://[::1]:54321"),
    ("SUPABASE_SERVICE_ROLE_KEY", SERVICE),
    ("SUPABASE_SERVICE_ROLE_KEY", opaque_key("secret")),
    ("SUPABASE_SERVICE_ROLE_KEY", jwt(iss="supabase-demo", role="service_role", exp=1983812996)),
    ("SUPABASE_SERVICE_ROLE_KEY", jwt("=", role="service_role", ref=REF)),
    ("SUPABASE_SERVICE_ROLE_KEY", jwt("==", role="service_role", ref=REF, exp=None)),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", ANON),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", opaque_key("publishable")),
    ("STRIPE_SECRET_KEY", LIVE),
    ("STRIPE_SECRET_KEY", TEST),
    ("STRIPE_SECRET_KEY", random_key("rk_" + "live_")),
    ("STRIPE_SECRET_KEY", random_key("rk_" + "test_")),
    ("STRIPE_SECRET_KEY", random_key("sk_" + "org_")),
    ("STRIPE_WEBHOOK_SECRET", SIGNING),
    ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", PUBLIC_LIVE),
    ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", None),
    ("NEXT_PUBLIC_APP_URL", "https://iahome.fr"),
    ("NEXT_PUBLIC_APP_URL", "https://iahome.fr/"),
    ("NEXT_PUBLIC_APP_URL", "http://127.0.0.1:3000"),
    ("NEXT_PUBLIC_APP_URL", "http://[::1]:3000"),
    ("NEXT_PUBLIC_APP_URL", "https://iahome.example.test"),
    ("SUPABASE_ACCESS_TOKEN", MANAGEMENT),
    ("SUPABASE_ACCESS_TOKEN", None),
    ("SUPABASE_DB_URL", None),
    ("SUPABASE_DB_URL", f"postgres://postgres:pw@db.{REF}.supabase.co:5432/postgres"),
    ("SUPABASE_DB_URL", "host=localhost dbname=x password='a b'"),
]

WRONG = [
    ("NEXT_PUBLIC_SUPABASE_URL", None, "fail", "missing"),
    ("NEXT_PUBLIC_SUPABASE_URL", " ", "fail", "missing"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://example.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://placeholder.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://your-project.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://your-project-ref.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://votre-projet.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://REPLACE_ME.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://xxxx.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://xxxxxxxxxxxxxxxxxxxx.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "your_supabase_url_here", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://<ref>.supabase.co", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", "undefined", "fail", "placeholder"),
    ("NEXT_PUBLIC_SUPABASE_URL", f"{REF}.supabase.co", "fail", "not-a-url"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://", "fail", "not-a-url"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://[", "fail", "not-a-url"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://me:pw@api.iahome.fr", "fail", "not-a-url"),
    ("NEXT_PUBLIC_SUPABASE_URL", "ftp://api.iahome.fr", "fail", "not-a-url"),
    ("NEXT_PUBLIC_SUPABASE_URL", f"http://{REF}.supabase.co", "fail", "not-https"),
    ("NEXT_PUBLIC_SUPABASE_URL", f"{URL}/rest/v1", "fail", "has-path"),
    ("NEXT_PUBLIC_SUPABASE_URL", f"{URL}/rest/v1/", "fail", "has-path"),
    ("NEXT_PUBLIC_SUPABASE_URL", f"{URL}?x=1", "fail", "has-path"),
    ("NEXT_PUBLIC_SUPABASE_URL", f"https://supabase.com/dashboard/project/{REF}", "fail", "wrong-kind"),
    ("NEXT_PUBLIC_SUPABASE_URL", f"https://{REF}.supabase.com", "fail", "wrong-kind"),
    ("NEXT_PUBLIC_SUPABASE_URL", f"https://db.{REF}.supabase.co", "fail", "wrong-kind"),
    ("NEXT_PUBLIC_SUPABASE_URL", "postgres://me:pw@h/d", "fail", "wrong-kind"),
    ("NEXT_PUBLIC_SUPABASE_URL", ANON, "fail", "wrong-kind"),
    ("NEXT_PUBLIC_SUPABASE_URL", "https://projref.supabase.co", "warn", "unknown-shape"),
    ("NEXT_PUBLIC_SUPABASE_URL", URL + " ", "fail", "white-space"),
    ("NEXT_PUBLIC_SUPABASE_URL", URL + "\n", "fail", "newline"),
    ("NEXT_PUBLIC_SUPABASE_URL", f'"{URL}"', "fail", "quotes"),
    ("SUPABASE_SERVICE_ROLE_KEY", None, "fail", "missing"),
    ("SUPABASE_SERVICE_ROLE_KEY", ANON, "fail", "anon-role"),
    ("SUPABASE_SERVICE_ROLE_KEY", opaque_key("publishable"), "fail", "anon-role"),
    ("SUPABASE_SERVICE_ROLE_KEY", jwt(role="authenticated", sub="x"), "fail", "wrong-kind"),
    ("SUPABASE_SERVICE_ROLE_KEY", jwt(), "fail", "wrong-kind"),
    ("SUPABASE_SERVICE_ROLE_KEY", legacy_key("service_role", OTHER_REF, "x"), "fail", "other-project"),
    ("SUPABASE_SERVICE_ROLE_KEY", jwt(role="service_role", ref=REF, exp=1), "fail", "expired"),
    ("SUPABASE_SERVICE_ROLE_KEY", jwt(role="service_role", exp=int(NOW.timestamp())), "fail", "expired"),
    ("SUPABASE_SERVICE_ROLE_KEY", MANAGEMENT, "fail", "wrong-kind"),
    ("SUPABASE_SERVICE_ROLE_KEY", LIVE, "fail", "wrong-kind"),
    ("SUPABASE_SERVICE_ROLE_KEY", PUBLIC_LIVE, "fail", "wrong-kind"),
    ("SUPABASE_SERVICE_ROLE_KEY", SIGNING, "fail", "wrong-kind"),
    ("SUPABASE_SERVICE_ROLE_KEY", URL, "fail", "wrong-kind"),
    ("SUPABASE_SERVICE_ROLE_KEY", random_key(""), "warn", "unknown-shape"),
    ("SUPABASE_SERVICE_ROLE_KEY", "a.b.c", "warn", "unknown-shape"),
    ("SUPABASE_SERVICE_ROLE_KEY", "your_service_role_key_here", "fail", "placeholder"),
    ("SUPABASE_SERVICE_ROLE_KEY", "eyJhbGciOiJIUzI1NiIsInR5cCI6...", "fail", "placeholder"),
    ("SUPABASE_SERVICE_ROLE_KEY", SERVICE + "\n", "fail", "newline"),
    ("SUPABASE_SERVICE_ROLE_KEY", SERVICE + "\\n", "fail", "newline"),
    ("SUPABASE_SERVICE_ROLE_KEY", " " + SERVICE, "fail", "white-space"),
    ("SUPABASE_SERVICE_ROLE_KEY", f"'{SERVICE}'", "fail", "quotes"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", None, "fail", "missing"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", SERVICE, "fail", "secret-in-public"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", opaque_key("secret"), "fail", "secret-in-public"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", legacy_key("anon", OTHER_REF, "x"), "fail", "other-project"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", jwt(role="anon", exp=1.5), "fail", "expired"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", jwt(role="authenticated"), "fail", "wrong-kind"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", MANAGEMENT, "fail", "wrong-kind"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", random_key(""), "warn", "unknown-shape"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", "votre_cle_anon", "fail", "placeholder"),
    ("STRIPE_SECRET_KEY", None, "fail", "missing"),
    ("STRIPE_SECRET_KEY", PUBLIC_LIVE, "fail", "wrong-kind"),
    ("STRIPE_SECRET_KEY", SIGNING, "fail", "wrong-kind"),
    ("STRIPE_SECRET_KEY", SERVICE, "fail", "wrong-kind"),
    ("STRIPE_SECRET_KEY", random_key(""), "warn", "unknown-shape"),
    ("STRIPE_SECRET_KEY", random_key("sk_"), "warn", "unknown-shape"),
    ("STRIPE_SECRET_KEY", "sk_" + "live_...", "fail", "placeholder"),
    ("STRIPE_SECRET_KEY", "sk_" + "live_", "fail", "placeholder"),
    ("STRIPE_SECRET_KEY", "sk_" + "test_votre_cle", "fail", "placeholder"),
    ("STRIPE_SECRET_KEY", "sk_" + "test_****1234", "fail", "placeholder"),
    ("STRIPE_SECRET_KEY", TEST + "\r", "fail", "newline"),
    ("STRIPE_SECRET_KEY", TEST + "\u200b", "fail", "white-space"),
    ("STRIPE_WEBHOOK_SECRET", None, "fail", "missing"),
    ("STRIPE_WEBHOOK_SECRET", LIVE, "fail", "wrong-kind"),
    ("STRIPE_WEBHOOK_SECRET", random_key(""), "fail", "wrong-prefix"),
    ("STRIPE_WEBHOOK_SECRET", random_key("we_1"), "fail", "wrong-prefix"),
    ("STRIPE_WEBHOOK_SECRET", "wh" + "sec_xxxxxxxx", "fail", "placeholder"),
    ("STRIPE_WEBHOOK_SECRET", SIGNING + "\r\n", "fail", "newline"),
    ("STRIPE_WEBHOOK_SECRET", SIGNING + " ", "fail", "white-space"),
    ("STRIPE_WEBHOOK_SECRET", f'"{SIGNING}"', "fail", "quotes"),
    ("STRIPE_WEBHOOK_SECRET", f"{SIGNING}'", "fail", "quotes"),
    ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", LIVE, "fail", "secret-in-public"),
    ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", SIGNING, "fail", "secret-in-public"),
    ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", ANON, "fail", "wrong-kind"),
    ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", random_key(""), "warn", "unknown-shape"),
    ("NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY", "pk_" + "live_your_key", "fail", "placeholder"),
    ("NEXT_PUBLIC_APP_URL", None, "warn", "missing"),
    ("NEXT_PUBLIC_APP_URL", "iahome.fr", "fail", "not-a-url"),
    ("NEXT_PUBLIC_APP_URL", "http://iahome.fr", "warn", "not-https"),
    ("NEXT_PUBLIC_APP_URL", "https://iahome.fr/encours", "warn", "has-path"),
    ("NEXT_PUBLIC_APP_URL", "http://localhost:3000", "warn", "localhost"),
    ("NEXT_PUBLIC_APP_URL", "https://example.com", "fail", "placeholder"),
    ("NEXT_PUBLIC_APP_URL", "https://your-domain.com", "fail", "placeholder"),
    ("NEXT_PUBLIC_APP_URL", "https://votre-domaine.fr", "fail", "placeholder"),
    ("NEXT_PUBLIC_APP_URL", LIVE, "fail", "wrong-kind"),
    ("NEXT_PUBLIC_APP_URL", "https://iahome.fr\n", "fail", "newline"),
    ("SUPABASE_ACCESS_TOKEN", SERVICE, "fail", "wrong-kind"),
    ("SUPABASE_ACCESS_TOKEN", random_key(""), "warn", "wrong-prefix"),
    ("SUPABASE_ACCESS_TOKEN", "sbp_your_token", "fail", "placeholder"),
    ("SUPABASE_ACCESS_TOKEN", MANAGEMENT + " ", "warn", "white-space"),
    ("SUPABASE_DB_URL", f"postgres://u:pw@db.{OTHER_REF}.supabase.co/d", "fail", "other-project"),
    (
        "SUPABASE_DB_URL",
        f"postgres://postgres.{OTHER_REF}:pw@aws-0-x.pooler.supabase.com/d",
        "fail",
        "other-project",
    ),
    ("SUPABASE_DB_URL", "postgres://u:p@ss@h/d", "fail", "unencoded-password"),
    ("SUPABASE_DB_URL", "postgres://u:[YOUR-PASSWORD]@h/d", "fail", "placeholder"),
    ("SUPABASE_DB_URL", URL, "fail", "wrong-kind"),
    ("SUPABASE_DB_URL", "postgres://u:pw@h/d ", "warn", "white-space"),
]


@pytest.mark.parametrize(("name", "text"), RIGHT, ids=[f"{n}-{i}" for i, (n, _text) in enumerate(RIGHT)])
def test_nothing_wrong(name: str, text: str | None) -> None:
    assert words(name, text) == []


@pytest.mark.parametrize(
    ("name", "text", "severity", "code"), WRONG, ids=[f"{w[0]}-{w[3]}-{i}" for i, w in enumerate(WRONG)]
)
def test_one_thing_wrong(name: str, text: str | None, severity: str, code: str) -> None:
    assert words(name, text) == [(severity, code)]


def test_several_things_wrong_are_all_said() -> None:
    text = f"'{legacy_key('anon', OTHER_REF, 'x')} \n"
    codes = {code for _severity, code in words("SUPABASE_SERVICE_ROLE_KEY", text)}
    assert codes == {"newline", "white-space", "quotes", "anon-role", "other-project"}


def test_the_project_is_only_compared_when_both_are_known() -> None:
    key = legacy_key("service_role", OTHER_REF, "x")
    url = {"NEXT_PUBLIC_SUPABASE_URL": "https://api.iahome.fr"}
    assert words("SUPABASE_SERVICE_ROLE_KEY", key, **url) == []


@pytest.mark.parametrize(
    ("secret", "public", "wrong"), [("live", "test", 1), ("test", "live", 1), ("live", "live", 0)]
)
def test_the_modes_of_both_stripe_keys(secret: str, public: str, wrong: int) -> None:
    text = random_key(f"sk_{secret}_")
    found = stains("STRIPE_SECRET_KEY", text, NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=random_key(f"pk_{public}_"))
    assert [(s.severity, s.code) for s in found] == [("fail", "mode-mismatch")] * wrong
    assert all(secret in s.sentence and public in s.sentence and "PUBLISHABLE" in s.sentence for s in found)


def test_an_organisation_key_has_no_mode_to_disagree() -> None:
    assert (
        words("STRIPE_SECRET_KEY", random_key("sk_" + "org_"), NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY=PUBLIC_LIVE)
        == []
    )


def test_an_alias_that_is_not_public_is_not_called_public() -> None:
    (found,) = stains("NEXT_PUBLIC_SUPABASE_ANON_KEY", None, SUPABASE_ANON_KEY=SERVICE)
    assert found.code == "secret-in-public"
    assert "public variable" not in found.sentence


def test_an_alias_in_the_place_of_an_empty_name_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STRIPE_SECRET_KEY=\n", encoding="utf-8")
    settings = load_settings(folder=tmp_path, environ={"STRIPE_API_KEY": TEST})
    (found,) = judge(settings, NOW)["STRIPE_SECRET_KEY"]
    assert (found.code, found.severity) == ("alias-first", "warn")
    assert "STRIPE_API_KEY" in found.sentence
    assert f"{tmp_path / '.env'}:1" in found.sentence


def test_set_to_nothing_says_where_and_what_it_hides(tmp_path: Path) -> None:
    (tmp_path / ".env.local").write_text("STRIPE_SECRET_KEY=\n", encoding="utf-8")
    (tmp_path / ".env").write_text(f"STRIPE_SECRET_KEY={LIVE}\n", encoding="utf-8")
    (found,) = judge(load_settings(folder=tmp_path, environ={}), NOW)["STRIPE_SECRET_KEY"]
    assert found.code == "missing"
    assert f"{tmp_path / '.env.local'}:1" in found.sentence
    assert f"{tmp_path / '.env'}:1" in found.sentence


@pytest.mark.parametrize("claim", [True, "soon", [], {}, 10**400, float("inf")])
def test_odd_claims_do_no_harm(claim: object) -> None:
    assert words("SUPABASE_SERVICE_ROLE_KEY", jwt(role="service_role", exp=claim, ref=["x"])) == []
