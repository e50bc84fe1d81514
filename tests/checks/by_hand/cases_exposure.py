"""Link permissions on hand-made facts: who sees or does what is not theirs."""

from __future__ import annotations

from typing import Any

from iahome_fix.facts import exposure, own_rows, webhook_writer
from iahome_fix.facts.own_rows import Look
from iahome_fix.facts.tables import Table
from iahome_fix.facts.webhook_writer import Evidence
from iahome_fix.model import Status, fail, ok
from iahome_fix.schema.requirements import Gap
from iahome_fix.systems.database_errors import MayNotCall, MissingRight, SqlError
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import database, given
from tests.checks.by_hand.shop import granted, missing, standing

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
DENIED = SqlError("42501", "permission denied for table module_access")
NOT_AS = SqlError("42501", 'permission denied to set role "anon"')
UNCERTAIN = MayNotCall((MissingRight("authenticated", "public.f()", "public", usage=True, certain=False),))


def gap(item: str, detail: str = "", statement: str | None = None) -> Gap:
    return Gap(item, detail, statement)


def looks(*found: Look) -> Any:
    return given(own_rows.looks, be=found)


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


NO_RLS = standing(module_access=Table("module_access", "table", False, {"id": "integer"}))

CASES = [
    # Who sees what is not theirs.
    *(
        Case("permissions.row-level-security", f"off, {name}", status, says, {**NO_RLS, **granted(**rights)})
        for name, status, says, rights in (
            (
                "and the public reads",
                FAIL,
                "anyone with the public key",
                {"anon__module_access__select": True},
            ),
            (
                "and customers write",
                FAIL,
                "read and change every row",
                {"authenticated__module_access__update": True},
            ),
            (
                "and nobody has a right",
                WARN,
                "nothing is exposed",
                {"authenticated__module_access__select": False},
            ),
        )
    ),
    Case(
        "permissions.row-level-security",
        "strangers see",
        FAIL,
        "the accesses of others",
        given(exposure.strangers_see, be=3),
    ),
    Case(
        "permissions.row-level-security",
        "may not call",
        UNKNOWN,
        "not tried",
        given(exposure.strangers_see, be=UNCERTAIN),
    ),
    Case(
        "permissions.row-level-security",
        "stopped",
        UNKNOWN,
        "could not be tried",
        given(exposure.strangers_see, be=SqlError("57014", "stopped")),
    ),
    Case(
        "permissions.row-level-security",
        "customers write",
        FAIL,
        "write their own",
        {
            **database(
                "checks/write_policies", {"policy": "p", "command": "insert", "roles": "authenticated"}
            ),
            **granted(authenticated__module_access__insert=True),
        },
    ),
    Case(
        "permissions.row-level-security",
        "a policy without a right",
        OK,
        "",
        database("checks/write_policies", {"policy": "p", "command": "insert", "roles": "authenticated"}),
    ),
    Case(
        "permissions.row-level-security",
        "own columns",
        WARN,
        "is_active",
        database("checks/own_updates", {"columns": "is_active, expires_at"}),
    ),
    Case(
        "permissions.row-level-security",
        "off on tokens",
        WARN,
        "access_tokens",
        standing(access_tokens=Table("access_tokens", "table", False, {})),
    ),
    # The public.
    Case(
        "permissions.anon",
        "off",
        BLOCKED,
        "",
        {**NO_RLS, **granted(anon__module_access__select=True)},
        because_of=("permissions.row-level-security",),
    ),
    Case(
        "permissions.anon",
        "reads",
        FAIL,
        "can read rows of module_access",
        given(exposure.visitors_see, be=1),
    ),
    Case("permissions.anon", "may not act", UNKNOWN, "may not act", given(exposure.visitors_see, be=NOT_AS)),
    Case(
        "permissions.anon", "may not call", UNKNOWN, "not tried", given(exposure.visitors_see, be=UNCERTAIN)
    ),
    Case(
        "permissions.anon",
        "stopped",
        UNKNOWN,
        "could not be tried",
        given(exposure.visitors_see, be=SqlError("57014", "stopped")),
    ),
    Case("permissions.anon", "refused", OK, "", given(exposure.visitors_see, be=DENIED)),
    Case(
        "permissions.anon",
        "served",
        FAIL,
        "can read rows",
        given(exposure.served_to_visitors, be=True),
        {"supabase.reachable": ok("")},
    ),
    Case("permissions.anon", "served, and nobody answers", OK, "", {}, {"supabase.reachable": fail("")}),
    Case(
        "permissions.anon",
        "grants are left",
        OK,
        "anon still has rights",
        granted(anon__module_access__insert=True),
    ),
    Case(
        "permissions.policies",
        "slow",
        WARN,
        "p: slow",
        missing(_135_policies_of_others=gap("p", "slow", "alter")),
    ),
    # The Data API's roles.
    *(
        Case(
            "permissions.api-roles",
            kind,
            FAIL,
            says,
            database("checks/api_roles", {"kind": kind, "role": role, "value": "3"}),
        )
        for kind, role, says in (
            ("no-login", "authenticator", "may not log in"),
            ("no-member", "service_role", "may not act as"),
            ("timeout", "anon", "ended after"),
            ("max-rows", "authenticator", "is cut"),
            ("own-timeout", "authenticator", "itself asks"),
            ("schemas", "authenticator", "does not serve"),
        )
    ),
    Case(
        "permissions.api-roles",
        "a lost schema alone",
        OK,
        "",
        database("checks/api_roles", {"kind": "lost-schemas", "role": "authenticator", "value": "x"}),
    ),
    Case(
        "permissions.api-roles",
        "the server shows it",
        BLOCKED,
        "",
        database("checks/api_roles", {"kind": "no-login", "role": "authenticator", "value": ""}),
        {"supabase.reachable": fail("")},
        because_of=("supabase.reachable",),
    ),
    Case(
        "permissions.api-roles",
        "a closed function",
        FAIL,
        "may not execute",
        database(
            "checks/pre_request", {"name": "f", "called": "public.f", "closed_to": ["anon"], "reset": "alter"}
        ),
    ),
]
