"""Link payments on hand-made facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from iahome_fix.domain.sale import Verdict
from iahome_fix.facts import left_behind, logins, removals, sales
from iahome_fix.facts.logins import Login, Without
from iahome_fix.facts.refusals import Refused
from iahome_fix.facts.seen import Key
from iahome_fix.model import Status, fail, ok, unknown
from iahome_fix.profile import USER_APPLICATIONS_MONTH
from iahome_fix.systems.database_errors import SqlError
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.cases_stripe import are, event, waiting
from tests.checks.by_hand.seen import database, given, rows
from tests.checks.by_hand.shop import ALICES, NOW, endpoint, sale, settings, sold, without_source
from tests.checks.by_hand.sold import free, late, renewal

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
ADDRESS, FREE, HANDLER = "site.checkout-address", "site.free-orders", "site.webhook-handler"
RENEWALS, UNFULFILLED = "payments.renewals", "payments.unfulfilled"
OTHER_ACCOUNT = "payments.other-account"
BOB = "6f1f0f0e-0000-4000-8000-000000000002"
UNKNOWN_CUSTOMER, NO_MODULE, REFUNDED = (
    "payments.unknown-customer",
    "payments.no-module",
    "payments.refunded-active",
)


LAPSED = (sale(), renewal(Verdict.OWED, hours=0.5), late(Verdict.SERVED, 4, 1))
OWED = sold(sale(Verdict.OWED))
STRANGER = sold(sale(Verdict.UNKNOWN_CUSTOMER, owner=None))
NO_LOGIN = given(logins.without, be=Without((Login(ALICES, owns=True, other_id=False),), 1))


def emails(kind: str) -> dict[Key, Any]:
    row = {"kind": kind, "login": ALICES, "owns": True}
    return given(logins.profile_emails, be=next(iter(database("checks/profile_emails", row).values())))


ENDED = sold(sale(Verdict.OVER, over=True))
NOTED = given(left_behind.noted, be=frozenset({"cs_test_1"}))
KEPT = sold(sale(Verdict.OVER, over=True), sale(number=2, over=True))


CASES = [
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
        {**sold(*LAPSED), **are(endpoint(api_version="2024-06-20")), **without_source()},
    ),
    Case(RENEWALS, "served", OK, "1 renewal", sold(sale(), renewal(Verdict.SERVED, by_handler=False))),
    Case(
        RENEWALS,
        "owed nothing",
        OK,
        "no renewal waits",
        sold(sale(), renewal(Verdict.WITHDRAWN, taken_row="3")),
    ),
    *(
        Case(
            RENEWALS,
            f"rows that name no payment, and {name}",
            status,
            says,
            sold(sale(verdict, by_handler=False), renewal(Verdict.OWED, hours=0.5)),
            settings=replace(settings(), profile=USER_APPLICATIONS_MONTH),
            because_of=because,
        )
        for name, verdict, status, says, because in (
            ("checkouts are served", Verdict.SERVED, FAIL, "extend nothing", ()),
            ("checkouts are not", Verdict.OWED, BLOCKED, "as other payments", (UNFULFILLED,)),
        )
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
    Case(
        UNFULFILLED,
        "other letters",
        FAIL,
        "in other letters",
        sold(sale(Verdict.OWED, as_written=False)),
        hint="whatever capitals and blanks",
    ),
    Case(
        UNFULFILLED,
        "another address, and the user id",
        FAIL,
        "only the user id in its metadata",
        sold(sale(Verdict.OWED, as_written=False, by_id=True)),
        hint="look for the user id",
    ),
    *(
        Case(UNFULFILLED, f"over, and {name}", status, says, {**found, **NOTED, **known})
        for name, status, says, found, known in (
            ("deleted, as it is counted", WARN, "statistics count", ENDED, given(removals.deleted, be=1)),
            (
                "deleted by a job",
                WARN,
                "a job of pg_cron deletes accesses: clean",
                ENDED,
                given(removals.jobs, be=(removals.Job("clean", "@daily"),)),
            ),
            ("nothing was deleted", FAIL, "is over already", ENDED, {}),
            ("others are kept", FAIL, "is over already", KEPT, given(removals.deleted, be=9)),
        )
    ),
    Case(UNFULFILLED, "over, deleted, and never noted", FAIL, "", {**ENDED, **given(removals.deleted, be=9)}),
    Case(UNFULFILLED, "all else is known", FAIL, "", OWED, hint="nothing is found wrong today"),
    Case(
        UNFULFILLED,
        "all that the Data API shows is known",
        FAIL,
        "",
        OWED,
        only_data_api=True,
        hint="are seen over SQL alone",
    ),
    Case(
        UNFULFILLED,
        "the Data API could not be told",
        FAIL,
        "",
        OWED,
        {
            "supabase.key": unknown("depends on another", depends_on="supabase.reachable"),
            "schema.cache": unknown("depends on it, too", depends_on="supabase.reachable"),
            "site.webhook-route": unknown("", by_deliveries="2026-08-01"),
        },
        hint="look there first: supabase.reachable;",
    ),
    Case(
        UNFULFILLED,
        "no address",
        FAIL,
        "has no e-mail address, only a user id",
        sold(sale(Verdict.OWED, as_written=False, emails=())),
    ),
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
    Case(UNFULFILLED, "unclear", UNKNOWN, "refunded is not known", sold(sale(Verdict.UNCLEAR))),
    Case(UNFULFILLED, "withdrawn", OK, "withdrawn by a person", sold(sale(Verdict.WITHDRAWN, taken_row="3"))),
    Case(UNFULFILLED, "nothing was sold", OK, "waits for an access", sold()),
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
        "one that was taken out of sale",
        WARN,
        "modules that are gone: 99",
        sold(sale(Verdict.UNKNOWN_MODULE, module="99", known_module=False, over=True), late(Verdict.SERVED)),
    ),
    Case(
        NO_MODULE,
        "over, and nothing that is there was sold since",
        FAIL,
        "do not exist: 99",
        sold(sale(), late(Verdict.UNKNOWN_MODULE, module="99", known_module=False, over=True)),
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
    Case(
        OTHER_ACCOUNT,
        "another's",
        WARN,
        "the access of 1 payment (9.90 EUR) belongs to another profile",
        sold(sale(cited=True, given_to=BOB, given_row="7"), sale(number=2, cited=True)),
    ),
    Case(
        OTHER_ACCOUNT,
        "several",
        WARN,
        "2 payments",
        sold(sale(cited=True, given_to=BOB, given_row="7"), sale(number=2, given_to=ALICES)),
    ),
    Case(OTHER_ACCOUNT, "their own", OK, "", sold(sale(cited=True))),
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
