"""The address of the site together with its other names and the mode of the Stripe key."""

from __future__ import annotations

import secrets
from pathlib import Path

from iahome_fix.settings import Stain, load_settings
from iahome_fix.settings.shapes import judge

LIVE = "sk_" + "live_" + secrets.token_hex(12)


def stains(app_url: str | None, **others: str) -> tuple[Stain, ...]:
    environ = others if app_url is None else {"NEXT_PUBLIC_APP_URL": app_url, **others}
    return judge(load_settings(folder=Path("no-such-folder"), environ=environ))["NEXT_PUBLIC_APP_URL"]


def words(app_url: str | None, **others: str) -> list[tuple[str, str]]:
    return [(stain.severity, stain.code) for stain in stains(app_url, **others)]


def test_the_site_on_this_machine_with_a_live_key() -> None:
    for host in ("localhost:3000", "app.localhost", "0.0.0.0:80", "[::]:80"):
        assert words(f"http://{host}", STRIPE_SECRET_KEY=LIVE) == [("fail", "localhost")]
    for host in ("127.0.0.1:3000", "[::1]:3000"):
        assert words(f"http://{host}", STRIPE_SECRET_KEY=LIVE) == []


def test_another_name_of_the_site_on_this_machine() -> None:
    found = stains(
        "https://iahome.fr",
        NEXT_PUBLIC_BASE_URL="http://localhost:3000",
        STRIPE_SECRET_KEY=LIVE,
    )
    assert [(s.severity, s.code) for s in found] == [("fail", "localhost"), ("warn", "disagree")]
    assert "NEXT_PUBLIC_BASE_URL" in found[0].sentence


def test_the_names_of_the_site_must_agree() -> None:
    def with_base(text: str) -> list[tuple[str, str]]:
        return words("https://iahome.fr", NEXT_PUBLIC_BASE_URL=text, NEXT_PUBLIC_SITE_URL=" ")

    assert with_base("https://IAHOME.fr/") == []
    assert with_base("https://www.iahome.fr") == [("warn", "disagree")]


def test_a_site_that_only_an_alias_names() -> None:
    assert words(None, NEXT_PUBLIC_SITE_URL="https://iahome.fr") == []
    assert words(None, NEXT_PUBLIC_SITE_URL="http://iahome.fr") == [("warn", "not-https")]
