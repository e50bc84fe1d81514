"""Which keys and tokens the gateway lets through, for what, and how it refuses the others."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from iahome_fix.sandbox import keys
from tests.sandbox.gateway_support import ServeApi, ask

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import MakeDatabase

pytestmark = pytest.mark.postgrest


def test_the_gateways_own_refusals_have_no_code(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    gateway = serve_api(make_database())
    path = "/rest/v1/modules"

    def refusal(key: str | None, **more: Any) -> str:
        answer = ask(gateway, key, path, **more)
        assert answer.status_code == 401
        assert "code" not in answer.json()
        return str(answer.json()["message"])

    assert refusal(None) == "No API key found in request"
    assert refusal("x") == "Invalid API key"
    other = keys.legacy_key("service_role", keys.project_ref(), "another project's secret, long enough")
    assert refusal(other) == "Invalid API key"
    assert refusal(keys.opaque_key("secret")) == "Unregistered API key"
    browser = {"User-Agent": "Mozilla/5.0"}
    assert refusal(gateway.secret_key, headers=browser) == "Forbidden use of secret API key in browser"
    assert ask(gateway, gateway.publishable_key, path, headers=browser).status_code == 200
    gateway.legacy_keys_disabled = True
    assert refusal(gateway.service_key) == "Legacy API keys are disabled"
    assert ask(gateway, gateway.secret_key, path).status_code == 200
    gateway.reject_keys = True
    assert refusal(gateway.secret_key) == "Invalid API key"
    assert ask(gateway, gateway.secret_key, "/auth/v1/health").status_code == 401


def test_legacy_keys_say_project_and_role(make_database: MakeDatabase, serve_api: ServeApi) -> None:
    gateway = serve_api(make_database())
    for key, role in ((gateway.anon_key, "anon"), (gateway.service_key, "service_role")):
        middle = key.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        assert claims.keys() == {"iss", "ref", "role", "iat", "exp"}
        assert (claims["iss"], claims["ref"], claims["role"]) == ("supabase", gateway.ref, role)
        assert claims["exp"] - claims["iat"] > 9 * 365 * 86400
    assert gateway.publishable_key.startswith("sb_publishable_")
    assert len(gateway.secret_key) == len("sb_secret_") + 22 + 1 + 8


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ("expired", 401, "PGRST303"),
        ("other secret", 401, "PGRST301"),
        ("two parts", 401, "PGRST301"),
        ("unknown role", 401, "22023"),
    ],
)
def test_bad_tokens_are_refused_by_postgrest_itself(
    make_database: MakeDatabase, serve_api: ServeApi, token: str, status: int, code: str
) -> None:
    gateway = serve_api(make_database())
    secret = gateway.jwt_secret
    tokens = {
        "expired": keys.sign({"role": "authenticated", "exp": int(time.time()) - 120}, secret),
        "other secret": keys.sign({"role": "authenticated"}, secret + "x"),
        "two parts": "a.b",
        "unknown role": keys.sign({"role": "nobody"}, secret),
    }
    headers = {"Authorization": f"Bearer {tokens[token]}"}
    refused = ask(gateway, gateway.anon_key, "/rest/v1/modules", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_an_opaque_key_in_the_wrong_place_is_not_swapped(
    make_database: MakeDatabase, serve_api: ServeApi
) -> None:
    gateway = serve_api(make_database())
    headers = {"Authorization": f"Bearer {gateway.secret_key}"}
    refused = ask(gateway, gateway.publishable_key, "/rest/v1/profiles", headers=headers)
    assert refused.status_code == 401
    assert refused.json()["message"] == "Expected 3 parts in JWT; got 1"
    alone = ask(gateway, None, "/rest/v1/profiles", headers={"apikey": gateway.secret_key})
    assert alone.status_code == 200


def test_the_description_of_the_schema_is_for_secret_keys(
    make_database: MakeDatabase, serve_api: ServeApi
) -> None:
    gateway = serve_api(make_database())
    for key in (gateway.anon_key, gateway.publishable_key):
        refused = ask(gateway, key, "/rest/v1/")
        assert (refused.status_code, refused.json()["message"]) == (403, "Access to schema is forbidden")
    for key in (gateway.service_key, gateway.secret_key):
        assert "modules" in ask(gateway, key, "/rest/v1/").json()["definitions"]
