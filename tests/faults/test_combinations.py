"""Two faults at once: both are named when neither explains the other, else the one that hides the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.faults.test_faults import CATALOGUE

if TYPE_CHECKING:
    from tests.faults.conftest import OpenWorld


@dataclass(frozen=True)
class Pair:
    """Two entries of the catalogue, by the beginning of their names, and the causes in their order."""

    first: str
    second: str
    causes: tuple[str, ...]


INDEPENDENT = (
    Pair("f11_", "f43_", ("schema.module-access", "stripe.endpoint-enabled")),
    Pair("f07_", "f27_", ("env.stripe-webhook-secret", "permissions.service-role")),
    Pair("f26_", "f44_", ("permissions.owner-reads", "stripe.endpoint-events")),
    Pair("f02_", "f28_", ("env.service-role-key", "data.tokens-without-access")),
    Pair("f12_", "f45_", ("schema.columns", "site.webhook-route")),
    Pair("f22_", "f36_", ("schema.sequence", "data.email-case")),
    Pair("f06_webhook_secret_of", "f41_", ("stripe.endpoint-url", "site.webhook-secret")),
    Pair("f34_", "f51_", ("data.deactivated", "site.webhook-handler")),
    Pair("f25_", "f53_", ("permissions.owner-reads", "site.webhook-body")),
    Pair("f28_", "f40_", ("data.tokens-without-access", "stripe.endpoint")),
    Pair("f35_", "f31_", ("data.duplicates", "data.orphans")),
    Pair("g03_check", "f44_", ("schema.grant-accepted", "stripe.endpoint-events")),
    Pair("g11_", "g14_", ("supabase.anon-key", "data.ended-early")),
    Pair("g07_", "g13_profile_without", ("schema.sequence", "data.profile-email")),
    Pair("g12_", "f26_", ("permissions.owner-reads", "data.profile-email")),
    Pair("g05_", "f06_webhook_secret_of", ("schema.grant-accepted", "site.webhook-secret")),
    Pair("g10_time", "g16_", ("permissions.api-roles", "data.deactivated")),
)
HIDING = (
    # no route, so why it was disabled is plain, and enabling it would be wrong
    Pair("f43_", "f45_", ("site.webhook-route",)),
    # without the table there is no right to it, and no access to miss
    Pair("f11_", "f28_", ("schema.module-access",)),
    # the sequence, the policy and the handler are judged once the columns are there
    Pair("f12_", "f26_", ("schema.columns",)),
    Pair("f27_", "f51_", ("permissions.service-role",)),
    Pair("f40_", "f51_", ("stripe.endpoint",)),
    Pair("g01_trigger_drops", "f51_", ("schema.grant-accepted",)),
    # nobody's token is missing its access where none can be written
    Pair("f28_", "g02_", ("schema.grant-accepted",)),
    # what the gate answers says nothing about the secret
    Pair("f45_", "f06_webhook_secret_of", ("site.webhook-route",)),
    # the key of the template's project is no second fault
    Pair("f01_supabase_url_placeholder", "f51_", ("env.supabase-url",)),
)


@pytest.mark.parametrize("pair", [*INDEPENDENT, *HIDING], ids=lambda pair: f"{pair.first}{pair.second}")
def test_two_faults_at_once(open_world: OpenWorld, pair: Pair) -> None:
    world = open_world()
    entries = [
        next(fault for name, fault in CATALOGUE.items() if name.startswith(beginning))
        for beginning in (pair.first, pair.second)
    ]
    for entry in entries:
        for step in entry.inject:
            step(world)
    entries[0].then(world)

    found = world.look()
    assert found.causes == list(pair.causes), found.shown()
    assert found.with_status("fail") == list(pair.causes), found.shown()
    for check in found.with_status("blocked"):
        assert set(found.check(check)["because_of"]) <= set(pair.causes), found.shown()
