"""`doctor` ends in time, whatever does not answer: a dead system costs its deadline once."""

from __future__ import annotations

import base64
import json
import secrets
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.hanging import silence
from tests.cli.test_commands import run

SECONDS = 4
SYSTEMS = ("database", "data-api", "stripe", "site")
# Where there is no database URL; the Data API beside it is silent as well.
TOGETHER = (SYSTEMS, ("data-api", "management", "stripe", "site"))
QUESTIONS = {"site": 2}
"""The page and the webhook of the site are asked at the same time; elsewhere one question is enough."""
FIRST = {
    "database": "supabase.database",
    "management": "supabase.database",
    "data-api": "supabase.reachable",
    "stripe": "stripe.key",
    "site": "site.webhook-route",
}
BEHIND = {
    "database": ("schema.", "permissions.", "data."),
    "management": ("schema.", "permissions.", "data."),
    "data-api": ("supabase.key", "schema.cache"),
    "stripe": ("stripe.",),
    "site": ("site.webhook",),
}


def variables(port: int) -> dict[str, dict[str, str]]:
    """What the env file says about each system, when it is at this dead address."""
    return {
        "management": {
            "NEXT_PUBLIC_SUPABASE_URL": "https://abcdefghijklmnopqrst.supabase.co",
            "SUPABASE_ACCESS_TOKEN": "sbp_" + secrets.token_hex(20),
            "SUPABASE_MANAGEMENT_API_URL": f"http://127.0.0.1:{port}",
        },
        "database": {"SUPABASE_DB_URL": f"postgresql://somebody:something@127.0.0.1:{port}/app"},
        "data-api": {
            "NEXT_PUBLIC_SUPABASE_URL": f"http://127.0.0.1:{port}",
            "SUPABASE_API_URL": f"http://127.0.0.1:{port}",
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


@pytest.mark.parametrize(
    "dead",
    [*((name,) for name in SYSTEMS), ("management",), *TOGETHER],
    ids=[*SYSTEMS, "management", "all", "all over the management api"],
)
def test_a_system_that_never_answers_costs_its_deadline_once(dead: tuple[str, ...], tmp_path: Path) -> None:
    # Addresses that follow from others, or have a default, are not to be asked here.
    lines = {"NEXT_PUBLIC_APP_URL": "http://127.0.0.1:9", "SUPABASE_API_URL": "http://127.0.0.1:9"}
    with ExitStack() as running:
        silent = {part: running.enter_context(silence()) for part in dead}
        for part, server in silent.items():
            lines |= variables(server.port)[part]
        (tmp_path / ".env").write_text(
            "".join(f"{name}='{value}'\n" for name, value in lines.items()), encoding="utf-8"
        )
        _code, document = run(tmp_path, "doctor", "--timeout", str(SECONDS))

    assert document["error"] is None
    assert document["duration_ms"] < 3 * SECONDS * 1000
    for part, server in silent.items():
        assert len(server.came) == QUESTIONS.get(part, 1), (part, server.came)
        # Nothing is asked any more once the first question found silence.
        assert server.came[-1] - server.came[0] < SECONDS, (part, server.came)
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
