"""`doctor` ends in time, whatever does not answer: a dead system costs its deadline once."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

import pytest

from tests.cli.hanging import hanging_server
from tests.cli.test_commands import run

SECONDS = 4
SYSTEMS = ("database", "data-api", "stripe", "site")
FIRST = {
    "database": "supabase.database",
    "data-api": "supabase.reachable",
    "stripe": "stripe.key",
    "site": "site.webhook-route",
}
BEHIND = {
    "database": ("schema.", "permissions.", "data."),
    "data-api": ("supabase.key", "schema.cache"),
    "stripe": ("stripe.",),
    "site": ("site.webhook",),
}


def variables(port: int) -> dict[str, dict[str, str]]:
    """What the env file says about each system: all of them at one dead address."""
    return {
        "database": {"SUPABASE_DB_URL": f"postgresql://somebody:something@127.0.0.1:{port}/app"},
        "data-api": {
            "NEXT_PUBLIC_SUPABASE_URL": f"http://127.0.0.1:{port}",
            "SUPABASE_SERVICE_ROLE_KEY": token("service_role"),
        },
        "stripe": {
            "STRIPE_SECRET_KEY": "sk_" + "test_" + secrets.token_hex(12),
            "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
        },
        "site": {
            "NEXT_PUBLIC_APP_URL": f"http://127.0.0.1:{port}",
            "STRIPE_WEBHOOK_SECRET": "whsec_" + secrets.token_hex(16),
        },
    }


def token(role: str) -> str:
    parts = ({"alg": "HS256"}, {"role": role, "exp": 4_102_444_800})
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts]
    return ".".join([*encoded, secrets.token_urlsafe(24)])


@pytest.mark.parametrize("dead", [(name,) for name in SYSTEMS] + [SYSTEMS], ids=[*SYSTEMS, "all"])
def test_a_system_that_never_answers_costs_its_deadline_once(dead: tuple[str, ...], tmp_path: Path) -> None:
    with hanging_server() as port:
        chosen = {name: value for part in dead for name, value in variables(port)[part].items()}
        # The site has a default address, which is not to be asked here.
        lines = {"NEXT_PUBLIC_APP_URL": "http://127.0.0.1:9"} | chosen
        (tmp_path / ".env").write_text(
            "".join(f"{name}='{value}'\n" for name, value in lines.items()), encoding="utf-8"
        )
        _code, document = run(tmp_path, "doctor", "--timeout", str(SECONDS))

    assert document["error"] is None
    assert document["duration_ms"] < 3 * SECONDS * 1000
    found = {check["id"]: check for check in document["checks"]}
    for part in dead:
        first = found[FIRST[part]]
        assert first["status"] in ("unknown", "fail"), first
        assert "answer" in first["detail"]
        behind = [
            c
            for i, c in found.items()
            if i.startswith(BEHIND[part]) and i != FIRST[part] and c["kind"] == "function"
        ]
        assert behind
        # Nothing is said about what could not be looked at.
        assert {c["status"] for c in behind} <= {"unknown", "blocked", "skipped"}, behind
