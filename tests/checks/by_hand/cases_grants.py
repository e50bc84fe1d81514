"""Link schema on hand-made facts: what the table does with the row of a grant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iahome_fix.domain.sale import Verdict
from iahome_fix.facts import grants, sales
from iahome_fix.facts.context import Rehearsing
from iahome_fix.facts.refusals import Refused
from iahome_fix.model import Status, fail, ok
from iahome_fix.systems.database_errors import MayNotCall, MissingRight, SqlError
from iahome_fix.systems.rehearsal import StepTried
from tests.checks.by_hand import shop
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import By, database, given
from tests.checks.by_hand.shop import (
    on_table,
    one_sale,
    rehearsed,
    sold,
    tried_row,
)

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
REHEARSE = Rehearsing()
REFUSED = SqlError("P0001", "no more grants today")
MAY_NOT = MayNotCall((MissingRight("service_role", "public.f()", "public", usage=True),))
OWED = sold(shop.sale(Verdict.OWED))


def row_trigger(body: str = "begin perform f(); return new; end", **changed: object) -> dict[str, object]:
    plain = {"name": "audit", "function": "audit()", "language": "plpgsql", "body": body, "condition": None}
    flags = {"on_insert": True, "on_update": True, "may_drop": True, "known": False}
    return {**plain, **flags, **changed}


def step(name: str, error: SqlError | None = None) -> dict[str, StepTried]:
    return {name: StepTried(name, None if error else 0, error=error)}


KINDS = ("grant", "ended", "module", "customer", "session", "renewal", "sale")


def second_module(query: str, marks: Mapping[str, Any]) -> Any:
    """That a row collides with the one that cites the same session, and with no other."""
    holds = marks.get("others", "session") == "session"
    (answer,) = next(iter(database(query, {"holds": holds}).values()))
    return answer


TRIGGER = {"kind": "trigger", "name": "t", "keys": "f()", "body": "begin raise exception 'not today'; end"}

CASES = [
    # The row of a grant.
    *(
        Case(
            "schema.grant-accepted",
            f"{found['kind']} {found.get('keys', '')}",
            FAIL,
            says,
            {**on_table(found), **answers},
        )
        for found, says, answers in (
            (
                {"kind": "check", "name": "c", "condition": "access_type = 'gift'"},
                "23514",
                tried_row({"gift": False}),
            ),
            (
                {"kind": "unique", "name": "u", "keys": '["user_id"]', "condition": "true"},
                "23505",
                tried_row(collides=True),
            ),
            (
                {"kind": "exclude", "name": "x", "keys": '[["user_id", "="]]', "condition": "true"},
                "23P01",
                tried_row(collides=True),
            ),
            (
                {"kind": "reference", "name": "r", "keys": '["user_id", "id"]', "body": "auth.users"},
                "23503",
                tried_row(missing=2),
            ),
            ({"kind": "rule", "name": "r", "keys": "instead"}, "acts in place", {}),
            ({"kind": "rule", "name": "r", "keys": "also"}, "0A000", {}),
            ({"kind": "generated", "name": "g", "keys": "s"}, "428C9", {}),
            ({"kind": "short", "name": "s", "body": "varchar(3)"}, "too short", {}),
            (TRIGGER, "not today", {}),
            ({**TRIGGER, "body": "begin return null; end", "drops": True}, "leaves the row", {}),
            (
                {**TRIGGER, "body": "begin new.is_active := false; return new; end", "drops": True},
                "hides",
                {},
            ),
        )
    ),
    *(
        Case("schema.grant-accepted", f"look-alike: {found['kind']}", OK, "", {**on_table(found), **answers})
        for found, answers in (
            ({"kind": "check", "name": "c", "condition": "user_id <> ''"}, {}),
            ({"kind": "unique", "name": "u", "keys": '["id"]', "condition": "true"}, {}),
            ({"kind": "reference", "name": "r", "keys": '["user_id", "id"]', "body": "profiles"}, {}),
            (
                {
                    **TRIGGER,
                    "body": "begin if new.user_id = 'x' then raise exception 'no'; end if; return new; end",
                },
                tried_row({"'x'": False}),
            ),
            ({**TRIGGER, "condition": "new.access_type = 'gift'"}, tried_row({"gift": False})),
            ({**TRIGGER, "body": "begin new.updated_at := now(); return new; end"}, {}),
        )
    ),
    *(
        Case(
            "schema.grant-accepted",
            f"the second module of one payment, {name}, by {kind}",
            status,
            "the second module of one payment",
            {
                **on_table({"kind": kind, "name": "o", "keys": keys, "condition": "true"}),
                **given(grants.rows, be=dict(zip(KINDS, KINDS, strict=True))),
                **given(grants.ask, be=By(second_module)),
                **sold(*paid),
            },
        )
        for kind, keys in (("unique", '["id"]'), ("exclude", '[["id", "="]]'))
        for name, status, paid in (
            ("which nobody bought", WARN, (shop.sale(),)),
            ("which somebody bought", FAIL, (shop.sale(modules=("6", "15")),)),
            ("and no payment", FAIL, ()),
        )
    ),
    Case(
        "schema.grant-accepted",
        "not worked out",
        WARN,
        "calls f()",
        on_table({"kind": "check", "name": "c", "calls": "f()"}),
    ),
    Case(
        "schema.grant-accepted",
        "the row itself",
        FAIL,
        "22P02",
        tried_row({"is not null": SqlError("22P02", "no number")}),
    ),
    Case(
        "schema.grant-accepted",
        "could not be tried",
        UNKNOWN,
        "",
        tried_row({"is not null": SqlError("42883", "no such function")}),
    ),
    Case(
        "schema.grant-accepted",
        "only trying tells",
        WARN,
        "audit",
        database("checks/row_triggers", row_trigger()),
    ),
    Case(
        "schema.grant-accepted",
        "its function lacks a table",
        FAIL,
        "fails on every new access",
        {
            **database("checks/row_triggers", row_trigger()),
            **database(
                "checks/trigger_needs",
                {"trigger": "t", "function": "f()", "state": "42P01", "reason": "no log", "statement": None},
            ),
        },
    ),
    Case("schema.grant-accepted", "rehearsed", OK, "rolled back", rehearsed(one_sale()), rehearsing=REHEARSE),
    Case(
        "schema.grant-accepted",
        "rehearsed and refused",
        FAIL,
        "P0001",
        rehearsed(one_sale(failed=step("insert", REFUSED))),
        rehearsing=REHEARSE,
    ),
    Case(
        "schema.grant-accepted",
        "rehearsed and dropped",
        FAIL,
        "left out",
        rehearsed(one_sale(failed=step("insert"))),
        rehearsing=REHEARSE,
    ),
    Case(
        "schema.grant-accepted",
        "rehearsed and removed",
        FAIL,
        "gone again",
        rehearsed(one_sale(failed=step("kept"))),
        rehearsing=REHEARSE,
    ),
    Case(
        "schema.grant-accepted",
        "of one module",
        WARN,
        "this may be meant",
        rehearsed(one_sale(), one_sale("6", step("insert", REFUSED))),
        rehearsing=REHEARSE,
    ),
    Case(
        "schema.grant-accepted",
        "not rehearsed",
        UNKNOWN,
        "why not",
        rehearsed(why="why not"),
        rehearsing=REHEARSE,
    ),
    Case(
        "schema.grant-accepted",
        "not rehearsed by itself",
        WARN,
        "why not",
        rehearsed(why="why not"),
        rehearsing=Rehearsing(asked=False),
    ),
    *(
        Case(
            "schema.grant-accepted",
            f"may not call, and the server's rights are {said.status}",
            status,
            "may not execute",
            rehearsed(denied=MAY_NOT),
            {"permissions.service-role": said},
            rehearsing=REHEARSE,
            because_of=because,
        )
        for said, status, because in ((ok(""), FAIL, ()), (fail(""), BLOCKED, ("permissions.service-role",)))
    ),
    # Changes.
    Case(
        "schema.updates-accepted",
        "a trigger refuses",
        FAIL,
        "refuses every update",
        on_table({**TRIGGER, "kind": "update"}),
    ),
    Case(
        "schema.updates-accepted",
        "a trigger keeps the old row",
        FAIL,
        "drops",
        on_table({**TRIGGER, "kind": "update", "body": "begin return old; end", "drops": True}),
    ),
    Case(
        "schema.updates-accepted",
        "a column that is missing",
        FAIL,
        "edited",
        on_table({**TRIGGER, "kind": "update", "body": "begin new.edited := now(); return new; end"}),
    ),
    Case(
        "schema.updates-accepted",
        "rehearsed and refused",
        FAIL,
        "P0001",
        rehearsed(one_sale(failed=step("deactivate", REFUSED))),
        rehearsing=REHEARSE,
    ),
    Case("schema.updates-accepted", "a trigger of inserts", OK, "", on_table(TRIGGER)),
    # Those who wait.
    Case("schema.customers-refused", "nobody is refused", OK, "refuses them", OWED),
    *(
        Case(
            "schema.customers-refused",
            kind,
            FAIL,
            state,
            {
                **OWED,
                **given(
                    sales.refusals,
                    be=(Refused(kind, "c", "auth.users", "x > 1", frozenset({("cs_test_1", "15")})),),
                ),
            },
        )
        for kind, state in (("check", "23514"), ("key", "23503"), ("unique", "23505"), ("exclude", "23P01"))
    ),
    Case(
        "schema.customers-refused",
        "could not be tried",
        UNKNOWN,
        "",
        {**OWED, **given(sales.refusals, be=SqlError("57014", "stopped"))},
    ),
    Case(
        "schema.customers-refused",
        "rehearsed",
        FAIL,
        "P0001",
        {**OWED, **rehearsed(one_sale(failed=step("insert", REFUSED)))},
        rehearsing=REHEARSE,
    ),
]
