"""What link site says of sales, on hand-made facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from iahome_fix.domain.sale import Verdict
from iahome_fix.errors import MissingCredential
from iahome_fix.facts import left_behind, logins, removals, sales, webhook_writer
from iahome_fix.facts.seen import Key
from iahome_fix.facts.tables import Table
from iahome_fix.model import Status, fail, unknown
from iahome_fix.profile import MODULE_ACCESS, USER_APPLICATIONS_MONTH
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.cases_grants import row_trigger
from tests.checks.by_hand.cases_stripe import are, event, waiting
from tests.checks.by_hand.seen import database, given
from tests.checks.by_hand.shop import ALICES, NOW, endpoint, sale, settings, sold, standing, table
from tests.checks.by_hand.sold import free, late

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
RENAMED = replace(MODULE_ACCESS, table=replace(MODULE_ACCESS.table, name="accesses"))
ADDRESS, FREE, HANDLER = "site.checkout-address", "site.free-orders", "site.webhook-handler"
RENEWALS, UNFULFILLED = "payments.renewals", "payments.unfulfilled"
UNKNOWN_CUSTOMER, NO_MODULE, REFUNDED = (
    "payments.unknown-customer",
    "payments.no-module",
    "payments.refunded-active",
)
NO_SQL = given(sales.sales, be=MissingCredential(("SUPABASE_DB_URL",), "no way to SQL"))
NO_TABLES = standing(profiles=Table("profiles", None, False, {}))


NOTED = given(left_behind.noted, be=frozenset({"cs_test_2"}))
OWED = sold(sale(Verdict.OWED))


def emails(kind: str) -> dict[Key, Any]:
    row = {"kind": kind, "login": ALICES, "owns": True}
    return given(logins.profile_emails, be=next(iter(database("checks/profile_emails", row).values())))


CASES = [
    *(
        Case(check, name, SKIPPED, says, facts)
        for check in (ADDRESS, FREE, HANDLER)
        for name, says, facts in (
            ("no way to SQL", "no way", NO_SQL),
            ("no tables", "not as the app needs", NO_TABLES),
        )
    ),
    Case(ADDRESS, "altered", FAIL, "alters", sold(sale(Verdict.OWED, altered=True))),
    Case(
        ADDRESS,
        "a sign is lost",
        FAIL,
        "strips characters: +",
        sold(
            sale(
                Verdict.OWED,
                altered=True,
                metadata={"items_ids": "15", "customer_email": "alicex@example.test"},
                emails=("alice+x@example.test",),
            )
        ),
    ),
    Case(ADDRESS, "served all the same", OK, "", sold(sale(altered=True))),
    Case(FREE, "left out", FAIL, "nothing to pay", sold(sale(), free(), late(Verdict.SERVED, 3))),
    Case(FREE, "served", OK, "", sold(sale(), free(Verdict.SERVED))),
    Case(
        FREE,
        "it waits for its delivery",
        OK,
        "",
        {**sold(sale(), free(), late(Verdict.SERVED, 3)), **waiting(event(2))},
    ),
    # The handler.
    Case(HANDLER, "never wrote", OK, "no row of the handler", OWED),
    Case(HANDLER, "silent", FAIL, "without writing", sold(sale(), late())),
    Case(
        HANDLER,
        "silent, and blind",
        FAIL,
        "either its code",
        {**sold(sale(), late()), **given(webhook_writer.public_key, be="often the public key")},
    ),
    Case(HANDLER, "other keys", FAIL, "reads items_ids", sold(sale(), late(metadata={"module_id": "15"}))),
    Case(HANDLER, "it noted them", OK, "so it works", {**sold(sale(), late()), **NOTED}),
    Case(
        HANDLER,
        "from before the endpoint",
        OK,
        "that it was given",
        {**sold(sale(), late()), **are(endpoint(created=NOW))},
    ),
    Case(
        HANDLER,
        "they wait",
        OK,
        "that it was given",
        {**sold(sale(), late()), **waiting(event(2, pending_webhooks=1))},
    ),
    Case(
        HANDLER,
        "they came late",
        OK,
        "that it was given",
        {**sold(sale(), late()), **given(left_behind.delayed, be=frozenset({"cs_test_2"}))},
    ),
    Case(
        HANDLER,
        "another table",
        FAIL,
        "user_applications",
        {**sold(sale(), late()), **given(left_behind.elsewhere, be=frozenset({("cs_test_2", "15")}))},
    ),
    *(
        Case(
            HANDLER,
            f"rows that {name}",
            status,
            says,
            {
                **sold(sale(), late()),
                **given(removals.deleted, be=deleted),
                **standing(**{profile.table.name: table(profile.table.name, *profile.table.names)}),
            },
            settings=replace(settings(), profile=profile),
        )
        for name, deleted, status, says, profile in (
            ("name no payment, one deleted", 1, UNKNOWN, "count 1 deleted row", USER_APPLICATIONS_MONTH),
            ("name no payment, none counted", None, UNKNOWN, "is not known", USER_APPLICATIONS_MONTH),
            ("name no payment, none deleted", 0, FAIL, "without writing", USER_APPLICATIONS_MONTH),
            ("name their payment elsewhere", 1, FAIL, "without writing", RENAMED),
        )
    ),
    Case(
        HANDLER,
        "or a trigger",
        UNKNOWN,
        "reading does not show",
        {**sold(sale(), late()), **database("checks/row_triggers", row_trigger())},
    ),
    Case(
        HANDLER,
        "refusals are not known",
        UNKNOWN,
        "depends on",
        results={"schema.customers-refused": unknown("")},
    ),
    Case(
        HANDLER,
        "some were tried",
        BLOCKED,
        "",
        sold(sale(), late()),
        {"schema.customers-refused": fail("")},
        because_of=("schema.customers-refused",),
    ),
]
