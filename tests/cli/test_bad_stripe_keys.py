"""Stripe keys of every kind, good and bad: what `check-stripe` and `check-stripe --fix` make of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.bad_support import call, configured, healthy, made_up

if TYPE_CHECKING:
    from tests.checks.app_support import App
    from tests.conftest import MakeMigrated

SECRET = made_up()


def _key(app: App, kind: str) -> str:
    state = app.stripe
    asked: dict[str, tuple[str, str, list[str] | None]] = {
        "publishable": ("live", "publishable", None),
        "without a right": ("live", "restricted", []),
        "of the other mode": ("test", "secret", None),
    }
    if kind in asked:
        return state.add_key(*asked[kind])
    if kind == "expired":
        return state.add_key(expired=True)
    live = "sk_" + "live_"
    made = {
        "none": "",
        "revoked": live + SECRET,
        "another secret": "whsec_" + SECRET,
        "a word": "todo",
        "with an accent": f"{live}é{SECRET}",
        "with a line break": rf"{live}{SECRET[:9]}\n{SECRET[9:]}",
        "very long": live + SECRET * 3000,
    }
    return made[kind]


# The exit code of `check-stripe`, the check that says it, and words of the error of `--fix` (None: it can).
KINDS = {
    "none": (1, "env.stripe-secret-key", "STRIPE_SECRET_KEY is not set"),
    "publishable": (1, "env.stripe-secret-key", "publishable key"),
    "without a right": (3, "stripe.key", "permission rak_webhook_read"),
    "expired": (1, "stripe.key", "has expired"),
    "revoked": (1, "stripe.key", "does not know the key"),
    "of the other mode": (1, "stripe.endpoint", None),
    "another secret": (1, "env.stripe-secret-key", "does not know the key"),
    "a word": (1, "env.stripe-secret-key", "does not know the key"),
    "with an accent": (1, "env.stripe-secret-key", "characters that no key has"),
    "with a line break": (1, "env.stripe-secret-key", "characters that no key has"),
    "very long": (3, "stripe.key", "unexpected response"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_bad_key_is_named_for_what_it_is_and_never_shown(
    kind: str, make_migrated: MakeMigrated, tmp_path: Path
) -> None:
    code, check_id, refusal = KINDS[kind]
    with healthy(tmp_path, make_migrated()) as app:
        key = _key(app, kind)
        hidden = (key or SECRET, SECRET, key[:40] or SECRET)
        options = ("--env-file", str(configured(app, tmp_path, STRIPE_SECRET_KEY=key)), "--timeout", "3")
        done = call(tmp_path, "check-stripe", *options, "--json", hidden=hidden)
        fixing = call(tmp_path, "check-stripe", *options, "--fix", "--dry-run", hidden=hidden)
        before = list(app.server.requests)
    assert done.code == code
    assert done.document["verdict"] == ("broken" if code == 1 else "unknown")
    assert done.status(check_id) == ("fail" if code == 1 else "unknown")
    assert all(request.method == "GET" for request in before), "a dry run asks and changes nothing"
    if refusal is None:
        assert "plan: create an endpoint" in fixing.out
        assert f"iahome-fix check-stripe {' '.join(options)} --fix" in fixing.err, "the command to copy"
    else:
        assert fixing.code == 3
        assert refusal in " ".join(fixing.err.split())
        assert "hint:" in fixing.err


def test_a_restricted_key_that_may_read_what_matters_is_enough(
    make_migrated: MakeMigrated, tmp_path: Path
) -> None:
    with healthy(tmp_path, make_migrated()) as app:
        key = app.stripe.add_key("live", "restricted", ["webhook_read", "checkout_session_read"])
        file = configured(app, tmp_path, STRIPE_SECRET_KEY=key)
        done = call(tmp_path, "check-stripe", "--env-file", str(file), "--json", hidden=(key,))
    assert done.document["causes"] == []
    assert done.status("stripe.endpoint") == done.status("stripe.key") == "ok"
