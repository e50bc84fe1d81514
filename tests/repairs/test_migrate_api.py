"""`migrate` in front of the real Data API: served when the command returns, to each role what is its."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iahome_fix.sandbox.keys import sign
from iahome_fix.sandbox.world import CUSTOMERS
from tests.repairs.repair_support import REGIMES, command
from tests.sandbox.gateway_support import AMELIE, ServeApi, ask

if TYPE_CHECKING:
    import httpx

    from iahome_fix.sandbox.databases import MakeDatabase
    from iahome_fix.sandbox.gateway import Gateway
    from iahome_fix.sandbox.supabase import Regime

PATH = "/rest/v1/module_access"
RETURNED = {"Prefer": "return=representation"}


@pytest.mark.parametrize("regime", REGIMES)
def test_a_new_table_is_served_to_each_role_as_it_should_be(
    regime: Regime, make_database: MakeDatabase, serve_api: ServeApi, tmp_path: Path
) -> None:
    dsn = make_database(regime, "awkward")
    gateway = serve_api(dsn)
    assert _code(ask(gateway, gateway.service_key, PATH)) == (404, "PGRST205")

    answer = command(tmp_path, dsn, "migrate", "--yes", **_project(gateway))
    assert (answer.code, answer.verdict) == (0, "applied")

    owner = CUSTOMERS[AMELIE]
    row = {"user_id": owner, "module_id": 15, "metadata": {"session_id": "cs_1"}}
    sold = ask(gateway, gateway.service_key, PATH, "POST", json=row, headers=RETURNED)
    assert (sold.status_code, sold.json()[0]["is_active"]) == (201, True)
    other = {**row, "user_id": CUSTOMERS["hugo.moreau@example.test"]}
    assert ask(gateway, gateway.secret_key, PATH, "POST", json=other).status_code == 201

    login = _login(gateway, owner)
    seen = _as(gateway, login)
    assert [(r["user_id"], r["module_id"]) for r in seen.json()] == [(owner, 15)]
    assert _code(_as(gateway, login, "POST", json={**row, "module_id": 6})) == (403, "42501")
    assert _code(_as(gateway, login, "PATCH", "?id=gt.0", json={"expires_at": None})) == (403, "42501")
    for key in (gateway.anon_key, gateway.publishable_key):
        assert _code(ask(gateway, key, PATH)) == (401, "42501")
        assert _code(ask(gateway, key, PATH, "POST", json=row)) == (401, "42501")
    assert len(ask(gateway, gateway.service_key, PATH).json()) == 2


def test_the_command_waits_until_the_table_is_served(
    make_database: MakeDatabase, serve_api: ServeApi, tmp_path: Path
) -> None:
    dsn = make_database("since", "awkward")
    gateway = serve_api(dsn)
    gateway.hide_tables = {"module_access"}
    threading.Timer(4, gateway.hide_tables.clear).start()

    began = time.monotonic()
    answer = command(tmp_path, dsn, "migrate", "--yes", **_project(gateway))
    assert (answer.code, answer.verdict) == (0, "applied")
    assert time.monotonic() - began >= 3
    assert ask(gateway, gateway.service_key, PATH).json() == []


def _project(gateway: Gateway) -> dict[str, str]:
    return {
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{gateway.ref}.supabase.co",
        "SUPABASE_API_URL": gateway.url,
        "SUPABASE_SERVICE_ROLE_KEY": gateway.service_key,
        "NEXT_PUBLIC_SUPABASE_ANON_KEY": gateway.anon_key,
    }


def _login(gateway: Gateway, sub: str) -> str:
    claims = {"role": "authenticated", "sub": sub, "aud": "authenticated", "exp": int(time.time()) + 600}
    return sign(claims, gateway.jwt_secret)


def _as(
    gateway: Gateway, login: str, method: str = "GET", query: str = "", json: object = None
) -> httpx.Response:
    headers = {"apikey": gateway.anon_key, "Authorization": f"Bearer {login}"}
    return ask(gateway, None, PATH + query, method, headers=headers, json=json)


def _code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["code"])
