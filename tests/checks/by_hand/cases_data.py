"""Link data on hand-made facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from iahome_fix.domain.sale import Verdict
from iahome_fix.facts import left_behind, logins, removals, sales
from iahome_fix.facts.logins import Login, Without
from iahome_fix.facts.seen import Key
from iahome_fix.facts.tables import Table
from iahome_fix.model import Status, fail, ok, warn
from iahome_fix.systems.database_errors import SqlError
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import database, given, rows
from tests.checks.by_hand.shop import ALICES, NOW, owners, sale, sold, standing, tokens

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
HIDES = {"schema.grant-accepted": fail("hidden", hides=True)}
WAIT = "data.tokens-without-access"
NO_LOGINS = tuple(SqlError(state, "no logins") for state in ("42501", "42P01", "3F000"))


def without(*found: Login) -> dict[Key, Any]:
    return given(logins.without, be=Without(found, len(found)))


def emails(*found: dict[str, Any]) -> dict[Key, Any]:
    return given(logins.profile_emails, be=next(iter(database("checks/profile_emails", *found).values())))


CLEANED = given(removals.jobs, be=(removals.Job("clean", "0 * * * *"),))


def lost(count: int) -> dict[Key, Any]:
    found = [sale(Verdict.OWED, number) for number in range(1, count + 1)]
    return {**sold(*found), **given(left_behind.noted, be=frozenset(s.session.id for s in found))}


EARLY = {"session_id": "cs_test_1", "id": "3", "ends": "2026-08-01 10:00:00", "until": "2026-08-04 09:00:00"}
OFF = {"session_id": "cs_test_1", "row_id": "3", "closed": False, "explained": False, "found": 1}
FORMER = sale(Verdict.OWED, former_row="3")
OLD: dict[str, Any] = {"created": NOW - timedelta(days=40), "charged": None}

CASES = [
    *(
        Case("data.profiles-missing", name, status, says, facts)
        for name, status, says, facts in (
            ("one who paid", FAIL, "no profile", without(Login(ALICES, owns=True, other_id=False))),
            ("one under another id", FAIL, "another id", without(Login(ALICES, owns=True, other_id=True))),
            (
                "both",
                FAIL,
                ";",
                without(
                    Login(ALICES, owns=True, other_id=False),
                    Login("b@example.test", owns=True, other_id=True),
                ),
            ),
            (
                "one who owns nothing",
                WARN,
                "paid for nothing",
                without(Login(ALICES, owns=False, other_id=False)),
            ),
            (
                "another id where rows are not kept apart",
                WARN,
                "",
                {
                    **without(Login(ALICES, owns=True, other_id=True)),
                    **standing(module_access=Table("module_access", "table", False, {})),
                },
            ),
        )
    ),
    *(
        Case(
            "data.profiles-missing",
            f"unread, {e.sqlstate}",
            SKIPPED,
            "cannot be read",
            given(logins.without, be=e),
        )
        for e in NO_LOGINS
    ),
    *(
        Case("data.profile-email", name, status, says, facts)
        for name, status, says, facts in (
            (
                "another address",
                FAIL,
                "another e-mail",
                emails({"kind": "other", "login": ALICES, "owns": True}),
            ),
            (
                "two profiles",
                FAIL,
                "several profiles",
                emails({"kind": "doubled", "login": ALICES, "owns": True}),
            ),
            (
                "of nobody who paid",
                WARN,
                "another e-mail",
                emails({"kind": "other", "login": ALICES, "owns": False}),
            ),
        )
    ),
    *(
        Case(
            "data.profile-email",
            f"unread, {e.sqlstate}",
            SKIPPED,
            "cannot be read",
            given(logins.profile_emails, be=e),
        )
        for e in NO_LOGINS
    ),
    Case("data.account-remade", "a former id", FAIL, "former id", sold(FORMER), hint="repair gives these"),
    Case(
        "data.account-remade",
        "a former id, without SQL",
        FAIL,
        "former id",
        sold(FORMER),
        only_data_api=True,
        hint="this takes SQL",
    ),
    Case(
        "data.account-remade",
        "or a trigger gave it to that id",
        FAIL,
        "former id",
        sold(FORMER),
        {"schema.grant-accepted": warn("", undecided=["stamp"])},
        hint="look first at what the triggers stamp make of a new access",
    ),
    Case("data.account-remade", "a row in the way is none", OK, "", sold(sale(Verdict.OWED, row_in_way="3"))),
    *(
        Case("data.rows-lost", f"{count} noted", FAIL if count > 1 else OK, "", lost(count))
        for count in (1, 2, 5)
    ),
    Case(
        "data.rows-lost",
        "one is served",
        OK,
        "",
        {**lost(3), **sold(*(sale(Verdict.OWED, n) for n in (1, 2)), sale(number=3, by_handler=False))},
    ),
    Case(
        "data.rows-lost",
        "a job deletes what was sold",
        FAIL,
        "a job of pg_cron deletes accesses: clean (0 * * * *)",
        {**lost(2), **CLEANED},
    ),
    *(
        Case(
            "data.rows-lost",
            f"what is over was deleted, {name}",
            status,
            "",
            {**lost(2), **sold(*(sale(Verdict.OVER, n, over=True) for n in (1, 2)), *more), **known},
        )
        for name, status, known, more in (
            ("by a job", OK, CLEANED, ()),
            ("as it is counted", OK, given(removals.deleted, be=2), ()),
            ("but not so many", FAIL, given(removals.deleted, be=1), ()),
            ("and another is owed now", OK, CLEANED, (sale(Verdict.OWED, 3),)),
        )
    ),
    Case(
        "data.rows-lost",
        "an unlogged table",
        FAIL,
        "unlogged",
        {**lost(2), **standing(module_access=Table("module_access", "table", True, {}, unlogged=True))},
    ),
    Case(
        "data.row-in-the-way",
        "over",
        FAIL,
        "still marked active",
        sold(sale(Verdict.OWED, row_in_way="3", row_over=True)),
    ),
    Case("data.row-in-the-way", "in force", FAIL, "end before", sold(sale(Verdict.OWED, row_in_way="3"))),
    Case("data.row-in-the-way", "served all the same", OK, "", sold(sale(row_in_way="3"))),
    # Tokens.
    Case(WAIT, "one waits", FAIL, "1 active token", tokens(due=1)),
    Case(WAIT, "several wait", FAIL, "3 active tokens", tokens(due=3)),
    Case(WAIT, "taken away", OK, "withdrawn by a person", tokens(withdrawn=2)),
    Case(WAIT, "all are double", BLOCKED, "", tokens(due=2, due_doubled=2), because_of=("data.duplicates",)),
    Case(
        WAIT,
        "an owner by address",
        BLOCKED,
        "",
        {**tokens(due=1, due_email_owner=1), **owners(tokens_with_email_owner=1)},
        because_of=("data.orphans",),
    ),
    Case(
        WAIT,
        "without an owner",
        BLOCKED,
        "",
        {**tokens(due=1), **owners(tokens_without_owner=1)},
        because_of=("data.orphans",),
    ),
    Case(
        WAIT,
        "all rows are gone",
        BLOCKED,
        "",
        tokens(due=1),
        {"data.rows-lost": fail("")},
        because_of=("data.rows-lost",),
    ),
    Case(WAIT, "all rows are there", FAIL, "", tokens(due=1), {"data.rows-lost": ok("")}),
    *(
        Case(
            WAIT,
            f"rows that do not count, {other}",
            BLOCKED,
            "",
            tokens(due=2, due_odd=2),
            {other: fail("")},
            because_of=(other,),
        )
        for other in ("data.owner-form", "data.deactivated", "data.ended-early")
    ),
    Case(WAIT, "only one does not count", FAIL, "", tokens(due=2, due_odd=1), {"data.owner-form": fail("")}),
    Case("data.duplicates", "all who wait", FAIL, "1 customer", tokens(due=1, due_doubled=1)),
    Case("data.duplicates", "one of those who wait", OK, "nobody waiting", tokens(due=2, due_doubled=1)),
    Case(
        "data.duplicates",
        "without an owner",
        BLOCKED,
        "",
        {**tokens(due=1, due_doubled=1), **owners(tokens_without_owner=1)},
        because_of=("data.orphans",),
    ),
    *(
        Case("data.orphans", name, status, says, facts)
        for name, status, says, facts in (
            ("a module is gone", FAIL, "no longer exists", owners(rows_without_module=1, modules_gone="15")),
            ("owned by address", FAIL, "e-mail address", owners(rows_with_email_owner=1)),
            ("tokens by address", FAIL, "e-mail address", owners(tokens_with_email_owner=1)),
            (
                "no owner, and others wait",
                FAIL,
                "no owner",
                {**owners(tokens_without_owner=1), **tokens(due=2)},
            ),
            ("no owner, and nobody waits", WARN, "without an owner: 1", owners(tokens_without_owner=1)),
            ("strangers", WARN, "not in profiles: 2", owners(tokens_of_strangers=1, rows_of_strangers=1)),
        )
    ),
    Case(
        "data.owner-form",
        "capitals",
        FAIL,
        "other letters",
        rows("checks/owner_form", {"table": "module_access", "found": 2}),
    ),
    Case(
        "data.owner-form",
        "none of them",
        OK,
        "",
        rows("checks/owner_form", {"table": "module_access", "found": 0}),
    ),
    Case(
        "data.expired-active",
        "one",
        WARN,
        "still marked active",
        rows("checks/expired", {"found": 1, "oldest": "2026-01-01"}),
    ),
    # Ended, or switched off.
    *(
        Case(
            "data.ended-early",
            name,
            status,
            says,
            {**rows("checks/ended_early", {**EARLY, "explained": explained}), **more},
            results,
        )
        for name, status, says, explained, more, results in (
            ("too early", FAIL, "is over although", False, {}, {}),
            ("on purpose", WARN, "was meant", True, {}, {}),
            ("hidden as written", BLOCKED, "hidden", False, {}, HIDES),
            ("shown as written", FAIL, "", False, {}, {"schema.grant-accepted": fail("refused")}),
            (
                "a part was refunded",
                WARN,
                "was meant",
                False,
                sold(sale(refunded_amount=500, modules=("15", "6"))),
                {},
            ),
        )
    ),
    Case("data.ended-early", "no payment is that young", OK, "no payment is younger", sold(sale(**OLD))),
    *(
        Case(
            "data.deactivated",
            name,
            status,
            says,
            {**rows("checks/deactivated", {**OFF, **changed}), **more},
            results,
        )
        for name, status, says, changed, more, results in (
            ("paid for", FAIL, "its payment stands", {}, {}, {}),
            ("closed", FAIL, "its payment stands", {"closed": True}, {}, {}),
            ("explained", WARN, "nothing says that it is owed", {"explained": True}, {}, {}),
            ("of nobody's payment", WARN, "nothing says", {"session_id": None}, {}, {}),
            ("refunded", WARN, "nothing says", {}, sold(sale(refunded=True)), {}),
            (
                "Stripe is not asked",
                WARN,
                "nothing says",
                {},
                given(sales.sessions, be=SqlError("57014", "x")),
                {},
            ),
            ("hidden as written", BLOCKED, "hidden", {}, {}, HIDES),
        )
    ),
    *(
        Case(
            "data.email-case",
            f"{found} found, {free} free",
            FAIL,
            "capitals or blanks",
            rows("checks/email_case", {"found": found, "free": free, "example": "A@Example.test"}),
        )
        for found, free in ((1, 1), (1, 0), (3, 2))
    ),
    Case(
        "data.email-case",
        "found without SQL",
        FAIL,
        "capitals or blanks",
        rows("checks/email_case", {"found": 1, "free": 1, "example": "A@Example.test"}),
        only_data_api=True,
        hint="this takes SQL, by a SUPABASE_DB_URL in the env file",
    ),
]
