"""Stripe, the site and the Data API when they are silent, gone or something else: told, and never fine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.bad_support import (
    TcpServer,
    call,
    configured,
    env_file,
    free_port,
    healthy,
    made_up,
    silent,
    speaks_http,
    trickling,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

    from tests.conftest import MakeMigrated


LIMIT = 3
# Seconds that a slow machine may need beside the waiting; a system waited for three times costs more.
SLOW = 5

VARIABLES = {
    "Data API": "SUPABASE_API_URL",
    "Stripe": "STRIPE_API_BASE",
    "site": "NEXT_PUBLIC_APP_URL",
}
ASKED_FIRST = {"Data API": "supabase.reachable", "Stripe": "stripe.key", "site": "site.webhook-route"}


@pytest.mark.parametrize("system", VARIABLES)
def test_a_silent_system_costs_its_time_limit_about_once_and_is_not_fine(
    system: str, make_migrated: MakeMigrated, tmp_path: Path
) -> None:
    with healthy(tmp_path, make_migrated()) as app, TcpServer(silent) as server:
        options = ("--json", "--timeout", str(LIMIT))
        fine = call(tmp_path, "doctor", "--env-file", str(configured(app, tmp_path)), *options)
        assert (fine.code, fine.document["verdict"]) == (0, "healthy")

        file = configured(app, tmp_path, **{VARIABLES[system]: server.url}, IAHOME_FIX_NO_DATA_API="")
        if system != "Data API":
            file = configured(app, tmp_path, **{VARIABLES[system]: server.url})
        if system == "site":
            app.endpoint.url = f"{server.url}/api/webhooks/stripe"
        done = call(tmp_path, "doctor", "--env-file", str(file), *options)
        assert server.accepted, "the silent server was asked"
    assert done.status(ASKED_FIRST[system]) == "unknown"
    assert (done.code, done.document["verdict"], done.document["causes"]) == (3, "unknown", [])
    assert done.document["duration_ms"] < fine.document["duration_ms"] + 2 * LIMIT * 1000


def test_when_everything_is_silent_the_time_is_still_bounded(tmp_path: Path) -> None:
    with TcpServer(silent) as server:
        file = _all_at(server, tmp_path)
        done = call(tmp_path, "doctor", "--env-file", str(file), "--json", "--timeout", str(LIMIT))
    assert done.code != 0
    assert done.document["verdict"] != "healthy"
    assert done.document["duration_ms"] < 1000 * (3 * LIMIT + SLOW)
    assert done.status("stripe.key") == done.status("site.webhook-route") == "unknown"


def test_answers_that_never_end_are_given_up(tmp_path: Path) -> None:
    with TcpServer(trickling) as server:
        file = _all_at(server, tmp_path)
        done = call(tmp_path, "doctor", "--env-file", str(file), "--json", "--timeout", str(LIMIT))
    assert done.document["verdict"] != "healthy"
    assert done.status("stripe.key") == "unknown"
    assert done.document["duration_ms"] < 1000 * (3 * LIMIT + SLOW)


@pytest.mark.parametrize("talk", [None, speaks_http])
def test_stripe_that_is_not_there_or_not_stripe_is_unknown(
    talk: Callable[[socket], None] | None, make_migrated: MakeMigrated, tmp_path: Path
) -> None:
    with healthy(tmp_path, make_migrated()) as app, TcpServer(talk or silent) as server:
        base = server.url if talk else f"http://127.0.0.1:{free_port()}"
        file = configured(app, tmp_path, STRIPE_API_BASE=base)
        done = call(tmp_path, "check-stripe", "--env-file", str(file), "--json", "--timeout", "2")
        fixing = call(tmp_path, "check-stripe", "--fix", "--yes", "--env-file", str(file), "--json")
    assert (done.code, done.document["verdict"]) == (3, "unknown")
    assert done.status("stripe.key") == "unknown"
    assert (fixing.code, fixing.document["verdict"]) == (3, "unknown")
    assert fixing.error["message"]
    assert fixing.error["hint"]


@pytest.mark.parametrize(
    "proxy", [{"HTTPS_PROXY": "not a proxy"}, {"ALL_PROXY": "socks9://x"}, {"SSL_CERT_FILE": "/nowhere.pem"}]
)
def test_broken_settings_of_the_machine_are_no_fault_of_the_app(
    proxy: dict[str, str], tmp_path: Path
) -> None:
    file = env_file(
        tmp_path,
        NEXT_PUBLIC_SUPABASE_URL="https://abcdefghijklmnopqrst.supabase.co",
        SUPABASE_SERVICE_ROLE_KEY=made_up("sb_" + "secret_"),
        STRIPE_SECRET_KEY=made_up("sk_" + "test_"),
        STRIPE_WEBHOOK_SECRET=made_up("whsec_"),
        NEXT_PUBLIC_APP_URL="https://iahome.invalid",
    )
    done = call(tmp_path, "doctor", "--env-file", str(file), "--json", "--timeout", "2", more=proxy)
    assert done.code in (1, 3)
    assert done.document["verdict"] != "healthy"
    said = [entry["detail"] for entry in done.document["checks"]]
    assert not [detail for detail in said if "failed by itself" in detail]


def _all_at(server: TcpServer, folder: Path) -> Path:
    return env_file(
        folder,
        NEXT_PUBLIC_SUPABASE_URL="https://abcdefghijklmnopqrst.supabase.co",
        SUPABASE_API_URL=server.url,
        SUPABASE_SERVICE_ROLE_KEY=made_up("sb_" + "secret_"),
        SUPABASE_DB_URL=server.dsn(made_up()),
        STRIPE_SECRET_KEY=made_up("sk_" + "test_"),
        STRIPE_WEBHOOK_SECRET=made_up("whsec_"),
        STRIPE_API_BASE=server.url,
        NEXT_PUBLIC_APP_URL=server.url,
    )
