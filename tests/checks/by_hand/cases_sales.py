"""Link payments, and what link site says of sales, on hand-made facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.errors import MissingCredential
from iahome_fix.facts import left_behind, logins, sales, webhook_writer
from iahome_fix.facts.logins import Login, Without
from iahome_fix.facts.refusals import Refused
from iahome_fix.facts.seen import Key
from iahome_fix.facts.tables import Table
from iahome_fix.model import Status, fail, ok, unknown
from iahome_fix.systems.database import SqlError
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.cases_grants import row_trigger
from tests.checks.by_hand.cases_stripe import are, event, waiting
from tests.checks.by_hand.seen import database, given, rows
from tests.checks.by_hand.shop import ALICES, NOW, PAID, endpoint, sale, sold, standing

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
ADDRESS, FREE, HANDLER = "site.checkout-address", "site.free-orders", "site.webhook-handler"
RENEWALS, UNFULFILLED = "payments.renewals", "payments.unfulfilled"
UNKNOWN_CUSTOMER, NO_MODULE, REFUNDED = (
    "payments.unknown-customer",
    "payments.no-module",
    "payments.refunded-active",
)
HOUR = timedelta(hours=1)
NO_SQL = given(sales.sales, be=MissingCredential(("SUPABASE_DB_URL",), "no way to SQL"))
NO_TABLES = standing(profiles=Table("profiles", None, False, {}))


def late(verdict: Verdict = Verdict.OWED, number: int = 2, hours: float = 1, **changed: Any) -> Sale:
    """A sale after the first, by so many hours."""
    moment = PAID + hours * HOUR
    return sale(verdict, number, **{"created": moment, "charged": moment, **changed})


def renewal(verdict: Verdict, number: int = 3, hours: float = 1, **changed: Any) -> Sale:
    made = {
        "id": f"in_{number}",
        "payment_id": f"in_{number}",
        "session_id": "cs_test_1",
        "mode": "subscription",
    }
    return late(verdict, number, hours, **{**made, **changed})


def free(verdict: Verdict = Verdict.OWED, number: int = 2, **changed: Any) -> Sale:
    return late(verdict, number, 0.5, payment_status="no_payment_required", amount_total=0, **changed)


LAPSED = (sale(), renewal(Verdict.OWED, hours=0.5), late(Verdict.SERVED, 4, 1))
NOTED = given(left_behind.noted, be=frozenset({"cs_test_2"}))
OWED = sold(sale(Verdict.OWED))
STRANGER = sold(sale(Verdict.UNKNOWN_CUSTOMER, owner=None))
NO_LOGIN = given(logins.without, be=Without((Login(ALICES, owns=True, other_id=False),), 1))


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
    Case(
        HANDLER,
        "or a trigger",
        UNKNOWN,
        "cannot be told by reading",
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
    # What was sold.
    Case("payments.items-named", "one more", FAIL, "some of the items", sold(sale(Verdict.OWED, added=True))),
    Case("payments.items-named", "served", OK, "", sold(sale(added=True))),
    Case(RENEWALS, "lapsed", FAIL, "extend nothing", sold(*LAPSED)),
    Case(
        RENEWALS,
        "lapsed, unheard",
        FAIL,
        "does not get invoice.paid",
        {**sold(*LAPSED), **are(endpoint(enabled_events=("checkout.session.completed",)))},
    ),
    Case(
        RENEWALS,
        "lapsed, the former version",
        FAIL,
        "the invoices that it gets",
        {**sold(*LAPSED), **are(endpoint(api_version="2024-06-20"))},
    ),
    Case(RENEWALS, "served", OK, "1 renewal", sold(sale(), renewal(Verdict.SERVED, by_handler=False))),
    Case(
        RENEWALS,
        "owed nothing",
        OK,
        "no renewal is owed",
        sold(sale(), renewal(Verdict.WITHDRAWN, taken_row="3")),
    ),
    Case(
        RENEWALS,
        "lost as all is",
        BLOCKED,
        "as other payments",
        sold(sale(Verdict.OWED), renewal(Verdict.OWED, hours=0.5)),
        because_of=(UNFULFILLED,),
    ),
    Case(
        RENEWALS,
        "invoices are not read",
        UNKNOWN,
        "may not read invoices",
        {**sold(sale(mode="subscription")), **given(sales.renewals_readable, be=False)},
    ),
    Case(RENEWALS, "nor needed", SKIPPED, "may not read invoices", given(sales.renewals_readable, be=False)),
    # Who has nothing.
    Case(UNFULFILLED, "one", FAIL, "9.90", OWED),
    Case(
        UNFULFILLED, "several", FAIL, "2 payments", sold(sale(Verdict.OWED), sale(Verdict.OVER, 2, over=True))
    ),
    Case(UNFULFILLED, "over", FAIL, "is over already", sold(sale(Verdict.OVER, over=True))),
    Case(UNFULFILLED, "other letters", FAIL, "in other letters", sold(sale(Verdict.OWED, as_written=False))),
    Case(
        UNFULFILLED,
        "noted",
        FAIL,
        "the handler noted",
        {**OWED, **given(left_behind.noted, be=frozenset({"cs_test_1"}))},
    ),
    Case(
        UNFULFILLED,
        "noted, and refused still",
        FAIL,
        "trigger t",
        {
            **OWED,
            **given(left_behind.noted, be=frozenset({"cs_test_1"})),
            **database("checks/refusals", {"name": "trigger t"}),
        },
    ),
    Case(
        UNFULFILLED,
        "paid late",
        FAIL,
        "delayed method",
        {**OWED, **given(left_behind.delayed, be=frozenset({"cs_test_1"}))},
    ),
    Case(
        UNFULFILLED,
        "events are not read",
        FAIL,
        "",
        {**OWED, **given(left_behind.delayed, be=SqlError("x", "y"))},
    ),
    Case(
        UNFULFILLED, "before the endpoint", FAIL, "newer than these", {**OWED, **are(endpoint(created=NOW))}
    ),
    Case(
        UNFULFILLED, "before it was corrected", FAIL, "was corrected", {**OWED, **are(endpoint(changed=NOW))}
    ),
    Case(
        UNFULFILLED,
        "other keys",
        FAIL,
        "reads items_ids",
        sold(sale(Verdict.OWED, metadata={"module_id": "15"})),
    ),
    *(
        Case(UNFULFILLED, f"explained by {check}", BLOCKED, "explained by", sold(found), because_of=(check,))
        for check, found in (
            ("data.tokens-without-access", sale(Verdict.WAITING_TOKEN)),
            ("data.account-remade", sale(Verdict.OWED, former_row="3")),
            ("payments.items-named", sale(Verdict.OWED, added=True)),
            (ADDRESS, sale(Verdict.OWED, altered=True)),
            ("data.email-case", sale(Verdict.OWED, odd=True)),
            ("data.row-in-the-way", sale(Verdict.OWED, row_in_way="3")),
        )
    ),
    *(
        Case(
            UNFULFILLED,
            f"explained by {check}, which fails",
            BLOCKED,
            "explained by",
            {**sold(*found), **facts},
            {check: fail("")},
            because_of=(check,),
        )
        for check, found, facts in (
            ("stripe.undelivered", (sale(Verdict.OWED),), waiting(event())),
            (RENEWALS, LAPSED, {}),
            (FREE, (sale(), free(), late(Verdict.SERVED, 3)), {}),
            (HANDLER, (sale(), late()), {}),
            (
                "schema.customers-refused",
                (sale(Verdict.OWED),),
                given(sales.refusals, be=(Refused("check", "c", "", "", frozenset({("cs_test_1", "15")})),)),
            ),
            (
                "data.rows-lost",
                (sale(Verdict.OWED), sale(Verdict.OWED, 2)),
                given(left_behind.noted, be=frozenset({"cs_test_1", "cs_test_2"})),
            ),
        )
    ),
    Case(UNFULFILLED, "unclear", UNKNOWN, "refunded is not to be seen", sold(sale(Verdict.UNCLEAR))),
    Case(
        UNFULFILLED, "withdrawn", OK, "taken away by a person", sold(sale(Verdict.WITHDRAWN, taken_row="3"))
    ),
    Case(UNFULFILLED, "nothing was sold", OK, "owed anything", sold()),
    # Who paid.
    Case(UNKNOWN_CUSTOMER, "a stranger", FAIL, "no profile has", STRANGER),
    Case(
        UNKNOWN_CUSTOMER,
        "no address",
        FAIL,
        "without any address",
        sold(sale(Verdict.NO_EMAIL, owner=None, emails=(), metadata={})),
    ),
    Case(
        UNKNOWN_CUSTOMER,
        "several",
        FAIL,
        "no single profile",
        sold(sale(Verdict.AMBIGUOUS_CUSTOMER, owner=None)),
    ),
    Case(
        UNKNOWN_CUSTOMER,
        "a login without a profile",
        BLOCKED,
        "",
        {**STRANGER, **NO_LOGIN},
        because_of=("data.profiles-missing",),
    ),
    Case(
        UNKNOWN_CUSTOMER,
        "another address",
        BLOCKED,
        "",
        {**STRANGER, **emails("other")},
        because_of=("data.profile-email",),
    ),
    Case(
        UNKNOWN_CUSTOMER,
        "two profiles",
        BLOCKED,
        "",
        {**STRANGER, **emails("doubled")},
        because_of=("data.profile-email",),
    ),
    Case(
        UNKNOWN_CUSTOMER,
        "in other letters",
        BLOCKED,
        "",
        sold(sale(Verdict.AMBIGUOUS_CUSTOMER, owner=None, crowded=True)),
        {"data.email-case": fail("")},
        because_of=("data.email-case",),
    ),
    Case(
        UNKNOWN_CUSTOMER,
        "in other letters, which are right",
        FAIL,
        "",
        sold(sale(Verdict.AMBIGUOUS_CUSTOMER, owner=None, crowded=True)),
        {"data.email-case": ok("")},
    ),
    Case(
        UNKNOWN_CUSTOMER,
        "logins are not read",
        FAIL,
        "",
        {
            **STRANGER,
            **given(logins.without, be=SqlError("42501", "x")),
            **given(logins.profile_emails, be=SqlError("42501", "x")),
        },
    ),
    # What for.
    Case(NO_MODULE, "none named", FAIL, "names no module", sold(sale(Verdict.NO_MODULE, module=None))),
    Case(
        NO_MODULE,
        "one that is gone",
        FAIL,
        "do not exist: 99",
        sold(sale(Verdict.UNKNOWN_MODULE, module="99", known_module=False)),
    ),
    Case(
        NO_MODULE,
        "one that was removed",
        BLOCKED,
        "was removed",
        sold(sale(Verdict.UNKNOWN_MODULE, module="99", known_module=False, module_in_use=True)),
        because_of=("data.orphans",),
    ),
    Case(
        NO_MODULE,
        "sold elsewhere",
        WARN,
        "not made in the app's checkout",
        sold(sale(Verdict.NO_MODULE, module=None, owner=None, metadata={})),
    ),
    Case(
        NO_MODULE,
        "somebody mapped it",
        OK,
        "",
        sold(sale(Verdict.UNKNOWN_MODULE, module="99", known_module=False, granted=1)),
    ),
    Case(
        "payments.paid-twice", "twice", WARN, "one access serves both", sold(sale(cited=True), sale(number=2))
    ),
    Case("payments.paid-twice", "two rows", OK, "", sold(sale(cited=True), sale(number=2, cited=True))),
    Case("payments.paid-twice", "free", OK, "", sold(sale(cited=True), sale(number=2, amount_total=0))),
    # What was refunded.
    *(
        Case(
            REFUNDED,
            name,
            status,
            says,
            {
                **sold(),
                **given(sales.sessions, be=(found.session,)),
                **given(sales.payments, be=(found.session,)),
                **(
                    rows("checks/payments_refunded", {"session_id": "cs_test_1", "row_id": "3"})
                    if active
                    else {}
                ),
            },
        )
        for name, status, says, found, active in (
            ("refunded and active", FAIL, "still active", sale(refunded=True), True),
            ("disputed and active", FAIL, "still active", sale(disputed=True), True),
            ("refunded and ended", OK, "", sale(refunded=True), False),
            ("in part", OK, "", sale(refunded_amount=10), True),
            ("not to be seen", UNKNOWN, "may not read them", sale(refund_known=False, charged=None), True),
            (
                "of a subscription",
                UNKNOWN,
                "invoices of subscriptions",
                sale(refund_known=False, charged=None, mode="subscription"),
                True,
            ),
        )
    ),
]
