"""Link permissions on hand-made facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from iahome_fix.facts import api_schema, own_rows, signed_in, trials, webhook_writer
from iahome_fix.facts.context import Rehearsing
from iahome_fix.facts.own_rows import Look
from iahome_fix.facts.webhook_writer import Evidence
from iahome_fix.model import Status, fail, ok
from iahome_fix.schema.requirements import Gap
from iahome_fix.systems.database_errors import MayNotCall, MissingRight, Named, SqlError
from iahome_fix.systems.management_errors import ManagementError
from iahome_fix.systems.rehearsal import StepTried
from tests.checks.by_hand import shop
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import database, given
from tests.checks.by_hand.shop import customer, granted, missing, one_sale, rehearsed, standing

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
REHEARSE = Rehearsing()
SERVER = "permissions.service-role"
DENIED = SqlError("42501", "permission denied for table module_access")
NOT_AS = SqlError("42501", 'permission denied to set role "anon"')
CERTAIN = MayNotCall((MissingRight("authenticated", "public.f()", "public", usage=True),))
UNCERTAIN = MayNotCall((MissingRight("authenticated", "public.f()", "public", usage=True, certain=False),))
READS_ONLY = ManagementError("permission", "the token lacks the permission database_write")
OBSTACLES = (
    {"role": "service_role", "obstacle": "no right to insert", "statement": None},
    {"role": "anon", "obstacle": "no right", "statement": None},
)
GRANT = "grant usage on sequence public.numbers_seq to service_role"
NO_NUMBERS = {
    "role": "service_role",
    "obstacle": "no right to the sequence of module_access.number",
    "statement": GRANT,
}


def gap(item: str, detail: str = "", statement: str | None = None) -> Gap:
    return Gap(item, detail, statement)


def looks(*found: Look) -> Any:
    return given(own_rows.looks, be=found)


def hidden(number: int = 1, table: str = "module_access") -> Look:
    return Look(customer(id=f"id-{number}"), table, 0, 2)


def failed(error: SqlError, table: str = "module_access") -> Look:
    return Look(customer(), table, error=error)


def policy(condition: str = "user_id = (select auth.uid())::text", **changed: Any) -> Any:
    plain: dict[str, Any] = {
        "asked": "module_access",
        "table": "module_access",
        "policy": "own",
        "is_view": False,
        "permissive": True,
        "condition": condition,
        "columns": ["user_id"],
        "calls": [],
        "relations": [],
        "closed": [],
    }
    return database("checks/read_policies", {**plain, **changed})


def seen(role: str, **changed: Any) -> Any:
    return given(webhook_writer.found, be=Evidence(role, "it wrote at noon", **changed))


CASES = [
    # The server.
    Case(
        SERVER,
        "may not use the schema",
        FAIL,
        "nor may",
        granted(service_role__schema_public__usage=False, authenticated__schema_public__usage=False),
    ),
    *(
        Case(SERVER, f"may not {command}", FAIL, command, given(trials.denied, be=(command,)))
        for command in ("select", "insert", "update")
    ),
    Case(SERVER, "may not delete", WARN, "not there: delete", given(trials.denied, be=("delete",))),
    Case(
        SERVER,
        "may not delete, nor insert",
        FAIL,
        "insert, delete",
        given(trials.denied, be=("insert", "delete")),
    ),
    Case(SERVER, "no sequence", FAIL, "sequence", missing(_140_service_role=gap("usage on sequence s"))),
    Case(
        SERVER,
        "cannot act, the catalog says",
        FAIL,
        "insert",
        {
            **given(trials.denied, be=SqlError("42703", "no column")),
            **missing(_140_service_role=gap("insert")),
        },
    ),
    Case(SERVER, "may not act at all", OK, "", given(trials.denied, be=trials.MayNotAct(NOT_AS))),
    Case(SERVER, "a function", FAIL, "may not execute", given(trials.denied, be=CERTAIN)),
    Case(SERVER, "a function, perhaps", UNKNOWN, "not tried", given(trials.denied, be=UNCERTAIN)),
    Case(SERVER, "may not read modules", FAIL, "modules", granted(service_role__modules__select=False)),
    Case(
        SERVER,
        "writes and cannot read back",
        FAIL,
        "read back",
        {**granted(service_role__module_access__select=False), **given(trials.denied, be=("select",))},
    ),
    *(
        Case(
            SERVER,
            f"a view, {name}",
            status,
            says,
            {
                **standing(profiles=replace(shop.table("profiles", "id"), kind="view")),
                **given(trials.not_read, be=be),
            },
        )
        for name, be, status, says in (
            ("that refuses", DENIED, FAIL, "profiles"),
            ("that is read", None, OK, ""),
            ("with a function", CERTAIN, FAIL, "may not execute"),
        )
    ),
    *(
        Case(
            SERVER,
            f"without SQL, closed {closed}",
            status,
            "",
            given(api_schema.unread, be=closed),
            only_data_api=True,
        )
        for closed, status in ((["module_access"], FAIL), (["modules"], FAIL), ([], SKIPPED))
    ),
    # The owner.
    Case(
        "permissions.owner-reads",
        "no schema",
        FAIL,
        "customers may not use",
        granted(authenticated__schema_public__usage=False),
    ),
    Case(
        "permissions.owner-reads",
        "no schema for anybody",
        BLOCKED,
        "",
        granted(authenticated__schema_public__usage=False, service_role__schema_public__usage=False),
        because_of=(SERVER,),
    ),
    Case("permissions.owner-reads", "nobody to try with", OK, "no customer", {**looks(), **policy()}),
    Case("permissions.owner-reads", "nobody, and no policy", FAIL, "no policy", looks()),
    Case(
        "permissions.owner-reads",
        "nobody, and no right",
        FAIL,
        "no right",
        {**looks(), **missing(_145_customers_select=gap("select"))},
    ),
    Case(
        "permissions.owner-reads",
        "no right for all",
        BLOCKED,
        "all roles",
        {**looks(), **missing(_145_customers_select=gap("select"), _140_service_role=gap("select"))},
        {SERVER: fail("")},
        because_of=(SERVER,),
    ),
    Case(
        "permissions.owner-reads",
        "withheld",
        FAIL,
        "no right",
        {
            **looks(),
            **missing(
                _147_select_where_others_decide=gap(
                    "x", "no right", "grant select on public.module_access to authenticated"
                )
            ),
        },
    ),
    Case("permissions.owner-reads", "no policy at all", FAIL, "no policy lets", looks(hidden())),
    Case(
        "permissions.owner-reads",
        "a policy hides",
        FAIL,
        "a policy hides them",
        {**looks(hidden()), **policy("false", columns=[])},
    ),
    Case(
        "permissions.owner-reads",
        "of some only",
        WARN,
        "1 of 2",
        {**looks(hidden(), Look(customer())), **policy()},
    ),
    Case(
        "permissions.owner-reads",
        "it reads another table",
        UNKNOWN,
        "on purpose",
        {**looks(hidden()), **policy(relations=["bans"])},
    ),
    Case(
        "permissions.owner-reads",
        "a closed table",
        FAIL,
        "shows customers nothing",
        {**looks(hidden()), **policy(relations=["bans"], closed=["bans"])},
    ),
    Case(
        "permissions.owner-reads",
        "by a claim",
        UNKNOWN,
        "depends on",
        {**looks(hidden()), **policy("(auth.jwt() ->> 'plan') = 'pro'")},
    ),
    Case(
        "permissions.owner-reads",
        "by the hour",
        UNKNOWN,
        "time of day",
        {**looks(hidden()), **policy("extract(hour from now()) < 12")},
    ),
    Case(
        "permissions.owner-reads",
        "by the second factor",
        UNKNOWN,
        "second factor",
        {
            **looks(hidden()),
            **policy("(auth.jwt() ->> 'aal') = 'aal2'"),
            **given(own_rows.with_second_factor, be=Look(customer())),
        },
    ),
    Case(
        "permissions.owner-reads",
        "by a second factor, which nobody has",
        FAIL,
        "no login of the project has one",
        {
            **looks(hidden()),
            **policy("(auth.jwt() ->> 'aal') = 'aal2'"),
            **given(own_rows.with_second_factor, be=Look(customer())),
            **given(signed_in.nobody_has_a_factor, be=True),
        },
    ),
    Case(
        "permissions.owner-reads",
        "by a second factor or a plan, and nobody has the first",
        UNKNOWN,
        "app_metadata",
        {
            **looks(hidden()),
            **policy("(auth.jwt() ->> 'aal') = 'aal2' or (auth.jwt() -> 'app_metadata' ->> 'plan') = 'x'"),
            **given(own_rows.with_second_factor, be=Look(customer())),
            **given(signed_in.nobody_has_a_factor, be=True),
        },
    ),
    Case(
        "permissions.owner-reads",
        "a view hides",
        FAIL,
        "the view",
        {**looks(hidden()), **policy(is_view=True)},
    ),
    Case(
        "permissions.owner-reads",
        "denied",
        FAIL,
        "a customer cannot read",
        looks(failed(SqlError("42501", "permission denied for table modules"), "modules")),
    ),
    Case(
        "permissions.owner-reads",
        "may not act",
        UNKNOWN,
        "may not act as a customer",
        {**looks(failed(NOT_AS)), **policy()},
    ),
    Case(
        "permissions.owner-reads",
        "may not act, and there is no policy",
        FAIL,
        "no policy lets",
        looks(failed(NOT_AS)),
    ),
    *(
        Case(
            "permissions.owner-reads",
            f"a token that may not write, and {name}",
            status,
            says,
            {**given(own_rows.looks, be=READS_ONLY), **facts},
        )
        for name, status, says, facts in (
            ("a policy", UNKNOWN, "lacks the permission", policy()),
            ("no policy", FAIL, "no policy lets", database("checks/read_policies")),
        )
    ),
    Case("permissions.owner-reads", "a function", FAIL, "may not execute", looks(failed(CERTAIN))),
    Case("permissions.owner-reads", "a function, perhaps", UNKNOWN, "not tried", looks(failed(UNCERTAIN))),
    Case(
        "permissions.owner-reads",
        "itself again",
        FAIL,
        "42P17",
        looks(
            failed(SqlError("42P17", 'infinite recursion detected in policy for relation "module_access"'))
        ),
    ),
    Case(
        "permissions.owner-reads",
        "an error",
        FAIL,
        "22P02",
        {**looks(failed(SqlError("22P02", "invalid uuid", Named()))), **policy()},
    ),
    # The webhook.
    Case(
        "permissions.webhook-role",
        "neither",
        FAIL,
        "whichever key",
        database("checks/writers", *OBSTACLES),
        {SERVER: ok("")},
    ),
    Case(
        "permissions.webhook-role",
        "neither, and the server fails",
        BLOCKED,
        "",
        database("checks/writers", *OBSTACLES),
        {SERVER: fail("")},
        because_of=(SERVER,),
    ),
    Case(
        "permissions.webhook-role",
        "neither may take a number",
        FAIL,
        "no right to the sequence of module_access.number",
        database("checks/writers", NO_NUMBERS, OBSTACLES[1]),
        {SERVER: ok("")},
        hint=GRANT,
    ),
    Case(
        "permissions.webhook-role",
        "only anon",
        OK,
        "only with the public",
        database("checks/writers", OBSTACLES[0]),
    ),
    Case("permissions.webhook-role", "both", OK, "too", database("checks/writers")),
    Case("permissions.webhook-role", "seen as the server", OK, "by its last trace", seen("service_role")),
    Case(
        "permissions.webhook-role",
        "seen as anon, refused",
        FAIL,
        "is refused",
        seen("anon", certain=True, refused=True),
    ),
    Case("permissions.webhook-role", "seen as anon, before", WARN, "is refused now", seen("anon")),
    Case(
        "permissions.webhook-role",
        "seen as anon, accepted",
        WARN,
        "everybody",
        {**seen("anon"), **database("checks/writers")},
    ),
    Case("permissions.webhook-role", "seen as both", OK, "", seen("anon", mixed=True)),
    *(
        Case(
            "permissions.webhook-role",
            f"rehearsed and denied, the server {said.status}",
            status,
            "",
            rehearsed(one_sale(failed={"insert": StepTried("insert", None, error=DENIED)})),
            {SERVER: said},
            rehearsing=REHEARSE,
        )
        for said, status in ((ok(""), FAIL), (fail(""), BLOCKED))
    ),
    Case(
        "permissions.webhook-role",
        "rehearsed, and blind",
        FAIL,
        "does not see",
        rehearsed(one_sale(failed={"customer": StepTried("customer", 0)})),
        rehearsing=REHEARSE,
    ),
    Case("permissions.webhook-role", "rehearsed", OK, "", rehearsed(one_sale()), rehearsing=REHEARSE),
]
