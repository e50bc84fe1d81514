"""Link schema on hand-made facts: the tables."""

from __future__ import annotations

from dataclasses import replace

from iahome_fix.domain.sale import Verdict
from iahome_fix.facts import grants, trials, webhook
from iahome_fix.facts import shop as version
from iahome_fix.facts.tables import Table
from iahome_fix.model import Status
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.profile.seen import Seen
from iahome_fix.profile.shop import Shop
from iahome_fix.profile.signs import Outside
from iahome_fix.systems.database_errors import SqlError
from tests.checks.by_hand import shop
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import database, given
from tests.checks.by_hand.shop import (
    sold,
    standing,
)

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
OWED = sold(shop.sale(Verdict.OWED))


def other(kind: str, name: str = "module_access", *columns: str) -> Table:
    return replace(shop.table(name, *columns), kind=kind)


TABLES = {"schema.modules": "modules", "schema.profiles": "profiles", "schema.access-tokens": "access_tokens"}
GONE = Table("gone", None, False, {})

CASES = [
    *(
        Case(check, "gone", FAIL, "does not exist", standing(**{name: GONE}))
        for check, name in TABLES.items()
    ),
    *(
        Case(check, "empty", FAIL, "no column", standing(**{name: shop.table(name)}))
        for check, name in TABLES.items()
    ),
    Case(
        "schema.modules",
        "renamed",
        FAIL,
        "cartes does",
        standing(modules=GONE, cartes=shop.table("cartes", "id")),
    ),
    Case(
        "schema.profiles",
        "renamed",
        FAIL,
        "users does",
        standing(profiles=GONE, users=shop.table("users", "id")),
    ),
    Case("schema.profiles", "users beside it", OK, "", standing(users=shop.table("users", "id", "email"))),
    Case(
        "schema.modules",
        "gone, without SQL",
        FAIL,
        "does not serve",
        standing(modules=GONE),
        only_data_api=True,
    ),
    # The table of accesses.
    Case("schema.module-access", "gone", FAIL, "nowhere to be written", standing(module_access=GONE)),
    Case(
        "schema.module-access",
        "moved",
        FAIL,
        "but old.module_access does",
        {
            **standing(module_access=GONE),
            **database("checks/strayed", {"name": "old.module_access", "statement": "alter"}),
        },
    ),
    Case(
        "schema.module-access",
        "gone, without SQL",
        FAIL,
        "does not serve",
        standing(module_access=GONE),
        only_data_api=True,
        hint="`migrate` shows the statements, and the page of the SQL editor",
    ),
    *(
        Case("schema.module-access", f"a {kind}", FAIL, kind, standing(module_access=other(kind)))
        for kind in ("materialized view", "foreign table", "s")
    ),
    Case(
        "schema.module-access",
        "a view that takes it",
        UNKNOWN,
        "a view",
        standing(module_access=other("view")),
    ),
    Case(
        "schema.module-access",
        "a view that refuses",
        FAIL,
        "refuses the server SELECT",
        {**standing(module_access=other("view")), **given(trials.planned, be=SqlError("42501", "denied"))},
    ),
    Case(
        "schema.module-access",
        "partitions",
        WARN,
        "partitions",
        standing(module_access=other("partitioned table")),
    ),
    Case(
        "schema.module-access",
        "no partition for it",
        FAIL,
        "23514",
        {
            **standing(module_access=other("partitioned table")),
            **given(
                grants.all_of, be=next(iter(database("checks/partitions_lacking", {"module": "15"}).values()))
            ),
        },
    ),
    Case(
        "schema.module-access",
        "unlogged",
        WARN,
        "unlogged",
        standing(module_access=replace(shop.table("module_access", "id"), unlogged=True)),
    ),
    # The version of the app.
    Case(
        "schema.profile",
        "another may be the one",
        WARN,
        "user_applications may be",
        given(version.shop, be=Shop(MODULE_ACCESS, "x", other="user_applications")),
    ),
    Case(
        "schema.module-access",
        "gone, and nobody knows whether the shop reads it",
        UNKNOWN,
        "whether this shop reads it is not known",
        {**standing(module_access=GONE), **given(version.seen, be=Seen(told=False))},
        only_data_api=True,
    ),
    Case("schema.profile", "untold", UNKNOWN, "judged as", given(version.seen, be=Seen(told=False))),
    Case(
        "schema.profile",
        "what was seen contradicts itself",
        UNKNOWN,
        "judged as",
        given(version.shop, be=Shop(MODULE_ACCESS, "x", certain=False, settles="ask again")),
    ),
    Case(
        "schema.profile",
        "Stripe sends to the route of another version",
        WARN,
        "Stripe sends to /api/stripe-webhook, as another version does",
        given(webhook.listed, be=(shop.endpoint(url=f"{shop.SITE}/api/stripe-webhook"),)),
    ),
    Case(
        "schema.profile",
        "what Stripe sends to is no route at all",
        OK,
        "judged as",
        {
            **given(webhook.listed, be=(shop.endpoint(url=f"{shop.SITE}/api/stripe-webhook"),)),
            **given(webhook.answer_at, be=shop.answer(404)),
        },
    ),
    Case(
        "schema.profile",
        "both routes are registered",
        OK,
        "judged as",
        given(
            webhook.listed,
            be=(shop.endpoint(), shop.endpoint(id="we_2", url=f"{shop.SITE}/api/stripe-webhook")),
        ),
    ),
    Case(
        "schema.profile",
        "the handler's source is of another version",
        WARN,
        "the source of its handler writes user_applications, as another version does",
        given(version.seen, be=Seen(handler=frozenset(("user_applications",)))),
    ),
    Case(
        "schema.profile",
        "what was sold last is of another version",
        WARN,
        "by moduleId, as another version does",
        given(version.seen, be=Seen(outside=Outside(sold_by=frozenset(("moduleId",))))),
    ),
    Case(
        "schema.profile",
        "chosen",
        OK,
        "judged as",
        {
            **given(version.shop, be=Shop(MODULE_ACCESS, "x", chosen="--profile")),
            **given(version.seen, be=Seen(told=False)),
        },
    ),
]
