"""Links env and supabase on hand-made facts."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import cache

from iahome_fix.facts import data_api, same_project
from iahome_fix.facts.connection import Connection, connection
from iahome_fix.facts.queries import of_database
from iahome_fix.model import Status, fail
from iahome_fix.sandbox import keys
from iahome_fix.settings import Settings
from iahome_fix.settings.model import FileProblem
from iahome_fix.systems.data_api import Reply
from iahome_fix.systems.database_errors import DatabaseUnreachable, SqlError
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import database, given
from tests.checks.by_hand.shop import REF, environ, settings

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
LEGACY = given(data_api.legacy_keys_enabled, be=False)


def said(code: str | None, message: str = "", reason: str | None = None) -> Reply:
    return Reply(code, message, reason=reason)


def in_file(found: Settings) -> Settings:
    """The same, where an env file of the app was read."""
    return replace(found, env_files=(".env.local",))


def problem(*, serious: bool) -> Settings:
    found = FileProblem(".env.local", 3, ".env.local line 3 cannot be read", serious)
    return replace(settings(), problems=(found,))


@cache
def newer_keys() -> Settings:
    return settings(
        SUPABASE_SERVICE_ROLE_KEY=keys.opaque_key("secret"),
        NEXT_PUBLIC_SUPABASE_ANON_KEY=keys.opaque_key("publishable"),
    )


def without_sql(reason: str) -> DatabaseUnreachable:
    return DatabaseUnreachable(reason, "the database gives no session", "copy it again")


NO_API = {"IAHOME_FIX_NO_DATA_API": "one of our own"}
VARIABLES = {
    "env.site-url": "NEXT_PUBLIC_APP_URL",
    "env.supabase-url": "NEXT_PUBLIC_SUPABASE_URL",
    "env.service-role-key": "SUPABASE_SERVICE_ROLE_KEY",
    "env.anon-key": "NEXT_PUBLIC_SUPABASE_ANON_KEY",
    "env.stripe-secret-key": "STRIPE_SECRET_KEY",
    "env.stripe-webhook-secret": "STRIPE_WEBHOOK_SECRET",
}
ABSENT = {"env.site-url": (OK, "is taken"), "env.anon-key": (SKIPPED, "is not set")}
STAINED = {
    "env.site-url": (FAIL, {"NEXT_PUBLIC_APP_URL": "shop"}),
    "env.supabase-url": (FAIL, {"NEXT_PUBLIC_SUPABASE_URL": "https://YOUR_PROJECT.supabase.co"}),
    "env.service-role-key": (FAIL, {"SUPABASE_SERVICE_ROLE_KEY": environ()["NEXT_PUBLIC_SUPABASE_ANON_KEY"]}),
    "env.anon-key": (FAIL, {"NEXT_PUBLIC_SUPABASE_ANON_KEY": environ()["SUPABASE_SERVICE_ROLE_KEY"]}),
    "env.stripe-secret-key": (FAIL, {"STRIPE_SECRET_KEY": f"pk_test_{secrets.token_hex(24)}"}),
    "env.stripe-webhook-secret": (FAIL, {"STRIPE_WEBHOOK_SECRET": f"{environ()['STRIPE_WEBHOOK_SECRET']}\n"}),
}
SUSPECT = {
    "env.site-url": {"NEXT_PUBLIC_APP_URL": "http://localhost:3000"},
    "env.supabase-url": {"NEXT_PUBLIC_SUPABASE_URL": "https://db.shop.test"},
    "env.service-role-key": {"SUPABASE_SERVICE_ROLE_KEY": secrets.token_hex(20)},
    "env.anon-key": {"NEXT_PUBLIC_SUPABASE_ANON_KEY": secrets.token_hex(20)},
    "env.stripe-secret-key": {"STRIPE_SECRET_KEY": f"rk_test_{secrets.token_hex(24)}"},
    "env.stripe-webhook-secret": {"STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(3)}"},
}
_WARNED = ("env.site-url", "env.service-role-key", "env.anon-key")
"""The others only look odd: a domain of one's own, a restricted key."""

NOBODY = Reply(None, "")

CASES = [
    *(
        Case(check, "absent", *ABSENT.get(check, (FAIL, "")), settings=in_file(settings(name)))
        for check, name in VARIABLES.items()
    ),
    *(
        Case(
            check,
            "absent, without any file",
            *ABSENT.get(check, (SKIPPED, "was not looked at")),
            settings=settings(name),
        )
        for check, name in VARIABLES.items()
    ),
    *(
        Case(check, "stained", status, settings=settings(**changed))
        for check, (status, changed) in STAINED.items()
    ),
    *(
        Case(check, "suspect", WARN if check in _WARNED else OK, settings=settings(**changed))
        for check, changed in SUSPECT.items()
    ),
    Case("env.files", "a line is left out", FAIL, "line 3", settings=problem(serious=True)),
    Case("env.files", "a line looks odd", WARN, "line 3", settings=problem(serious=False)),
    Case(
        "env.public-leak",
        "a secret key is public",
        FAIL,
        settings=settings(NEXT_PUBLIC_STRIPE=f"sk_test_{secrets.token_hex(24)}"),
    ),
    # Reachable: whatever somebody answers counts, but what everybody gets.
    *(
        Case("supabase.reachable", f"{code}", FAIL, facts=given(data_api.first_reply, be=said(code, "words")))
        for code in (
            "network",
            "540",
            "402",
            "503",
            "PGRST000",
            "PGRST001",
            "PGRST002",
            "PGRST003",
            "PGRST300",
        )
    ),
    *(
        Case("supabase.reachable", f"{code}", OK, facts=given(data_api.first_reply, be=said(code, "words")))
        for code in (None, "42501", "PGRST205", "401", "gateway")
    ),
    Case(
        "supabase.reachable",
        "slow",
        UNKNOWN,
        "did not answer",
        given(data_api.first_reply, be=said("network", "no answer", "timeout")),
    ),
    Case("supabase.reachable", "declared absent", SKIPPED, "one of our own", settings=settings(**NO_API)),
    Case("supabase.reachable", "no key", OK, settings=settings("SUPABASE_SERVICE_ROLE_KEY")),
    *(
        Case(
            "supabase.reachable",
            f"no key, {status}",
            FAIL,
            facts=given(data_api.health, be=status),
            settings=settings("SUPABASE_SERVICE_ROLE_KEY"),
        )
        for status in (None, 540)
    ),
    # The key.
    Case("supabase.key", "declared absent", SKIPPED, settings=settings(**NO_API)),
    Case("supabase.key", "not set", SKIPPED, settings=settings("SUPABASE_SERVICE_ROLE_KEY")),
    Case("supabase.key", "of the newer form", OK, "the key is accepted", settings=newer_keys()),
    *(
        Case(
            "supabase.key",
            f"the read is refused, {code}",
            OK,
            facts=given(data_api.first_reply, be=said(code)),
        )
        for code in ("42P01", "PGRST205", "PGRST204", "42703", "42P17")
    ),
    *(
        Case(
            "supabase.key",
            f"refused: {code}",
            FAIL,
            "refuses the service role key",
            given(data_api.first_reply, be=said(code, message)),
        )
        for code, message in (
            *(("gateway", "Invalid API key"), ("401", "No API key found"), ("403", "Unauthorized")),
            *(("PGRST301", "JWT invalid"), ("PGRST302", "anonymous"), ("PGRST303", "JWT expired")),
        )
    ),
    Case(
        "supabase.key",
        "legacy keys are off",
        FAIL,
        "are disabled",
        {**given(data_api.first_reply, be=said("401", "Legacy API keys are disabled"))},
    ),
    Case(
        "supabase.key",
        "legacy keys are off, by the project",
        FAIL,
        "are disabled",
        {**given(data_api.first_reply, be=said("401", "Invalid API key")), **LEGACY},
    ),
    *(
        Case(
            "supabase.key",
            f"turned away: {code}",
            UNKNOWN,
            facts=given(data_api.first_reply, be=said(code, m)),
        )
        for code, m in (
            ("429", "too many"),
            ("418", "a page"),
            ("404", "none"),
            ("PGRST303", "not yet valid"),
        )
    ),
    *(
        Case(
            "supabase.key",
            f"every request: {code}",
            FAIL,
            facts=given(data_api.first_reply, be=said(code, m)),
        )
        for code, m in (
            *(("42501", "permission denied to set role"), ("PGRST106", "The schema must be one of")),
            *(("57014", "canceling statement"), ("P0001", "not today"), ("25006", "read-only")),
        )
    ),
    # The public key.
    Case("supabase.anon-key", "declared absent", SKIPPED, settings=settings(**NO_API)),
    Case("supabase.anon-key", "not set", SKIPPED, settings=settings("NEXT_PUBLIC_SUPABASE_ANON_KEY")),
    Case(
        "supabase.anon-key",
        "refused",
        FAIL,
        "refuses the public key",
        given(data_api.visitors_reply, be=said("401", "Invalid API key")),
        {"supabase.key": replace(fail(""), status=OK)},
    ),
    Case(
        "supabase.anon-key",
        "both refused",
        BLOCKED,
        facts=given(data_api.visitors_reply, be=said("401", "Invalid API key")),
        results={"supabase.key": fail("refused")},
        because_of=("supabase.key",),
    ),
    Case(
        "supabase.anon-key",
        "a refused read is none of the key",
        OK,
        facts=given(data_api.visitors_reply, be=said("42501")),
    ),
    Case(
        "supabase.anon-key",
        "legacy keys are off",
        FAIL,
        "are disabled",
        given(data_api.visitors_reply, be=said("401", "Legacy API keys are disabled")),
    ),
    *(
        Case(
            "supabase.anon-key",
            f"turned away: {code}",
            UNKNOWN,
            facts=given(data_api.visitors_reply, be=said(code, "words")),
        )
        for code in ("network", "429", "503")
    ),
    # SQL.
    *(
        Case("supabase.database", reason, UNKNOWN, facts=given(connection, be=without_sql(reason)))
        for reason in ("password", "slow", "lost", "refused")
    ),
    Case(
        "supabase.database",
        "another way",
        WARN,
        "over the Management API",
        given(connection, be=Connection("the Management API", "postgres", "17", without_sql("password"))),
    ),
    Case(
        "supabase.database",
        "over the Data API",
        WARN,
        "shows less",
        given(connection, be=Connection(None, refused=without_sql("password"))),
    ),
    Case(
        "supabase.database",
        "not encrypted",
        WARN,
        "connected",
        settings=settings(
            SUPABASE_DB_URL=f"postgresql://postgres:x@db.{REF}.supabase.co/postgres?sslmode=prefer"
        ),
    ),
    Case(
        "supabase.database",
        "of another project",
        UNKNOWN,
        "project",
        settings=settings(
            SUPABASE_DB_URL="postgresql://postgres:x@db.zyxwvutsrqponmlkjihg.supabase.co/postgres"
        ),
    ),
    *(
        Case(
            "supabase.database",
            f"of no project by its address, {name}",
            status,
            says,
            {**database("checks/known_profiles", {"found": found, "hidden": False}), **facts},
            settings=settings(SUPABASE_DB_URL="postgresql://postgres:x@127.0.0.1/postgres"),
        )
        for name, status, says, found, facts in (
            ("and the customers are there", OK, "connected", 1, {}),
            ("and no customer is there", UNKNOWN, "SQL reads another database", 0, {}),
            (
                "and there is no table of customers",
                UNKNOWN,
                "SQL reads another database",
                0,
                given(of_database, "checks/known_profiles", be=SqlError("42P01", "no such table")),
            ),
            (
                "and policies hide the customers",
                OK,
                "connected",
                0,
                database("checks/known_profiles", {"found": 0, "hidden": True}),
            ),
            ("and nobody is a customer", OK, "connected", 0, given(same_project.served_profiles, be=NOBODY)),
        )
    ),
    Case(
        "supabase.writable",
        "a standby",
        FAIL,
        "standby",
        database("checks/read_only", {"standby": True, "by_default": False, "name": "postgres"}),
    ),
    Case(
        "supabase.writable",
        "read-only",
        FAIL,
        "25006",
        database("checks/read_only", {"standby": False, "by_default": True, "name": "postgres"}),
    ),
]
