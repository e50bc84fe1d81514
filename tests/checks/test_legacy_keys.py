"""Legacy keys while a project has them: what comes in their place; their end is the cause by name."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest

from iahome_fix.checks.supabase.project import key
from iahome_fix.checks.supabase.public_key import anon_key
from iahome_fix.facts.context import Context
from iahome_fix.sandbox.keys import legacy_key, opaque_key, project_ref
from iahome_fix.sandbox.loopback import LoopbackServer, Response, json_response
from iahome_fix.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path

    from iahome_fix.model import Finding
    from tests.conftest import ServeManagement

REFUSED = json_response(401, {"message": "Invalid API key"})
DISABLED = json_response(401, {"message": "Legacy API keys are disabled", "hint": "Use sb_ keys."})
FINE = json_response(200, [])


def look(
    folder: Path,
    answer: Response,
    *,
    management: ServeManagement | None = None,
    enabled: bool = True,
    missing: str = "",
    legacy: bool = True,
) -> dict[str, Finding]:
    ref = project_ref()
    with ExitStack() as stack:
        api = LoopbackServer(lambda _request: answer)
        api.start()
        stack.callback(api.stop)
        names = {
            "NEXT_PUBLIC_SUPABASE_URL": f"https://{ref}.supabase.co",
            "SUPABASE_API_URL": api.url,
            "SUPABASE_SERVICE_ROLE_KEY": legacy_key("service_role", ref, "x" * 40)
            if legacy
            else opaque_key("secret"),
            "NEXT_PUBLIC_SUPABASE_ANON_KEY": legacy_key("anon", ref, "x" * 40),
        }
        if management:
            server = management("postgresql://nobody@/none")
            server.ref, server.legacy_keys, server.missing = ref, enabled, {missing}
            names |= {"SUPABASE_MANAGEMENT_API_URL": server.url, "SUPABASE_ACCESS_TOKEN": server.token}
        path = folder / "iahome.env"
        path.write_text("".join(f"{name}={value}\n" for name, value in names.items()), encoding="utf-8")
        ctx = stack.enter_context(closing(Context(load_settings([path], environ={}), timeout=10)))
        return {"key": key.run(ctx.for_checks()), "anon": anon_key.run(ctx.for_checks())}


def test_a_legacy_key_that_works_is_told_with_what_comes_in_its_place(tmp_path: Path) -> None:
    found = look(tmp_path, FINE)
    for one in found.values():
        assert one.status.value == "ok"
        steps = [
            one.detail.index(word) for word in ("late in 2026", "make a secret key", "set them", "disable")
        ]
        assert steps == sorted(steps), one.detail
        assert "/settings/api-keys" in one.detail


def test_a_new_key_has_nothing_to_be_told(tmp_path: Path) -> None:
    assert look(tmp_path, FINE, legacy=False)["key"].detail == "the key is accepted"


def test_the_gateways_own_words_are_the_cause(tmp_path: Path) -> None:
    found = look(tmp_path, DISABLED)["key"]
    assert (found.status.value, found.evidence["enabled"]) == ("fail", False)
    assert "the legacy API keys of the project are disabled" in found.detail
    assert "make a secret key" in (found.hint or "")
    assert "iahome-fix doctor --env-file " in (found.hint or "")
    assert "copy the key again" not in (found.hint or "")


@pytest.mark.parametrize(
    ("enabled", "missing", "disabled"),
    [(False, "", True), (True, "", False), (False, "api_gateway_keys_read", False)],
)
def test_a_refusal_in_other_words_is_asked_of_the_project(
    tmp_path: Path, serve_management: ServeManagement, enabled: bool, missing: str, disabled: bool
) -> None:
    found = look(tmp_path, REFUSED, management=serve_management, enabled=enabled, missing=missing)
    for one in found.values():
        assert one.status.value == "fail"
        assert ("legacy API keys of the project are disabled" in one.detail) is disabled
        assert ("copy the key again" in (one.hint or "")) is not disabled


def test_a_secret_key_that_is_refused_is_no_legacy_key(
    tmp_path: Path, serve_management: ServeManagement
) -> None:
    found = look(tmp_path, REFUSED, management=serve_management, enabled=False, legacy=False)
    assert "copy the key again" in (found["key"].hint or "")
    assert "legacy API keys of the project are disabled" in found["anon"].detail
