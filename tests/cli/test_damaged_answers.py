"""Commands that write, while one of the systems they talk to answers with something else.

Every reader by itself, with every kind of damage: tests/systems/test_contract.py. Here is one of each sort:
no JSON, half of it, JSON of another kind, of another form, and a list without an end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from iahome_fix.sandbox.keys import project_ref
from tests.checks.app_support import COMPLETED, App, running
from tests.cli.channel_support import env_file, run
from tests.cli.lost_support import ROWS, Trapped
from tests.cli.test_channels import read
from tests.conftest import MakeMigrated
from tests.damage import DAMAGES, Proxy, changed

KINDS = {
    **{name: DAMAGES[name] for name in ("html", "truncated", "null", "other columns")},
    "more for ever": changed(lambda answer: answer | {"has_more": True} if isinstance(answer, dict) else 1),
}
CLAIMS = ("nothing-to-do", "healthy", "applied")


class Shop:
    """A shop whose Stripe and Management API are each behind a proxy."""

    def __init__(self, stack: ExitStack, app: App, dsn: str, folder: Path) -> None:
        server = stack.enter_context(Trapped(dsn=dsn, ref=project_ref()))
        server.rate_limit = 10_000
        self.app, self.dsn, self.folder = app, dsn, folder
        self.stripe = stack.enter_context(Proxy(app.server.url))
        self.management = stack.enter_context(Proxy(server.url))
        found = app.environ() | {
            "STRIPE_API_BASE": self.stripe.url,
            "SUPABASE_MANAGEMENT_API_URL": self.management.url,
        }
        lines = [f"{name}='{text}'" for name, text in found.items() if name != "SUPABASE_DB_URL"]
        self._env = str(env_file(folder, "management", dsn, server, *lines))

    def run(self, *words: str) -> tuple[int, dict[str, object], str]:
        """Exit code, document, and the error as text."""
        code, document = run(self.folder, *words, "--yes", "--timeout", "3", "--env-file", self._env)
        return code, document, json.dumps(document["error"])

    def state(self) -> object:
        endpoints = [(e.url, tuple(e.enabled_events), e.status) for e in self.app.stripe.endpoints.values()]
        return read(self.dsn, ROWS), endpoints


@pytest.fixture
def shop(make_migrated: MakeMigrated, tmp_path: Path) -> Iterator[Shop]:
    """Two customers paid and have nothing, and the endpoint does not subscribe to what the app needs."""
    dsn = make_migrated()
    with ExitStack() as stack:
        app = stack.enter_context(running(tmp_path, dsn))
        app.customers()
        app.buys("bob@example.test", 13, pay=False)
        app.buys("carol@example.test", 15, pay=False)
        app.endpoint.enabled_events = ["charge.succeeded"]
        yield Shop(stack, app, dsn, tmp_path)


COMMANDS = {
    "reconcile": ("reconcile",),
    "check-stripe": ("check-stripe", "--fix"),
    "verify": ("verify", "--email", "alice@example.test", "--module", "3"),
}
ASKED = [
    ("reconcile", "stripe", "GET"),
    ("reconcile", "management", "POST"),
    ("check-stripe", "stripe", "GET"),
    ("verify", "management", "POST"),
]


@pytest.mark.parametrize(("command", "system", "method"), ASKED)
def test_what_is_no_answer_is_no_ground_for_a_change(
    command: str, system: str, method: str, shop: Shop
) -> None:
    before = shop.state()
    proxy: Proxy = getattr(shop, system)
    for name, damage in KINDS.items():
        if name == "more for ever" and system == "management":
            continue
        proxy.strike(damage, "", method=method)
        code, document, said = shop.run(*COMMANDS[command])
        assert proxy.struck, name
        assert code == 3, (name, code, said)
        assert document["verdict"] not in CLAIMS, (name, document["verdict"])
        assert "unexpected response" in json.dumps(document), (name, said)
        assert shop.state() == before, name


def test_a_change_of_the_endpoint_whose_answer_is_none_is_not_denied(shop: Shop) -> None:
    for name, damage in KINDS.items():
        shop.app.endpoint.enabled_events = ["charge.succeeded"]
        shop.stripe.strike(damage, "", method="POST")
        code, _document, said = shop.run("check-stripe", "--fix")
        assert shop.stripe.struck, name
        assert COMPLETED in shop.app.endpoint.enabled_events, name
        assert code in (0, 3, 4), (name, code, said)
        assert "nothing was" not in said, (name, said)
    shop.stripe.heal()
    code, _document, said = shop.run("check-stripe", "--fix")
    assert code == 0, said


@pytest.mark.parametrize("command", ["reconcile", "check-stripe"])
def test_an_undo_that_is_told_nothing_takes_nothing_back(command: str, shop: Shop) -> None:
    code, document, said = shop.run(*COMMANDS[command])
    assert code == 0, said
    run_id, before = str(document["run_id"]), shop.state()
    proxy, method = (shop.stripe, "GET") if command == "check-stripe" else (shop.management, "POST")
    for name, damage in KINDS.items():
        if name == "more for ever":
            continue
        proxy.strike(damage, "", method=method)
        code, document, said = shop.run("undo", run_id)
        assert proxy.struck, name
        assert (code, document["verdict"]) == (3, "unknown"), (name, said)
        assert "unexpected response" in said, (name, said)
        assert shop.state() == before, name
    proxy.heal()
    assert shop.run("undo", run_id)[0] == 0
    assert shop.state() != before
