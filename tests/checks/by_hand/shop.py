"""A shop in which nothing is wrong, as facts: tests change what they are about."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from iahome_fix.domain.sale import Sale, Verdict
from iahome_fix.domain.terms import usual
from iahome_fix.errors import CouldNotTell
from iahome_fix.facts import (
    api_schema,
    data_api,
    exposure,
    grants,
    left_behind,
    logins,
    own_rows,
    rehearsals,
    removals,
    sales,
    same_project,
    signed_in,
    stripe,
    tables,
    trials,
    webhook,
    webhook_writer,
)
from iahome_fix.facts import shop as version
from iahome_fix.facts.connection import Connection, connection
from iahome_fix.facts.seen import Key
from iahome_fix.facts.signed_in import Customer, stranger
from iahome_fix.facts.tables import Table
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.profile.seen import Seen
from iahome_fix.profile.shop import Shop
from iahome_fix.sandbox import keys
from iahome_fix.schema.requirements import Gap, requirements
from iahome_fix.settings import Settings, load_settings
from iahome_fix.source import app as source
from iahome_fix.systems.data_api import Reply
from iahome_fix.systems.rehearsal import NOTED, SaleToTry, StepTried
from iahome_fix.systems.site import Answer
from iahome_fix.systems.stripe_objects import ASYNC_SUCCEEDED, COMPLETED, Endpoint
from iahome_fix.systems.stripe_payments import Session
from iahome_fix.systems.stripe_permissions import PERMISSIONS, Held
from tests.checks.by_hand.seen import By, database, given, rows

NOW = datetime(2026, 8, 1, 12, tzinfo=UTC)
PAID = NOW - timedelta(hours=3)
SITE = "https://shop.test"
URL = f"{SITE}/api/webhooks/stripe"
REF = "abcdefghijklmnopqrst"
ALICE, ALICES = "6f1f0f0e-0000-4000-8000-000000000001", "alice@example.test"


@cache
def environ() -> Mapping[str, str]:
    """A configuration in which nothing is wrong; its secrets are made anew in each run."""
    secret = secrets.token_hex(20)
    return {
        "NEXT_PUBLIC_APP_URL": SITE,
        "NEXT_PUBLIC_SUPABASE_URL": f"https://{REF}.supabase.co",
        "SUPABASE_SERVICE_ROLE_KEY": keys.legacy_key("service_role", REF, secret),
        "NEXT_PUBLIC_SUPABASE_ANON_KEY": keys.legacy_key("anon", REF, secret),
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(16)}",
        "SUPABASE_DB_URL": (
            f"postgresql://postgres:{secrets.token_hex(8)}@db.{REF}.supabase.co:5432/postgres?sslmode=require"
        ),
    }


def settings(*without: str, **changed: str) -> Settings:
    """That configuration, `without` some variables and with others `changed`."""
    return _settings(frozenset(without), tuple(sorted(changed.items())))


@cache
def _settings(without: frozenset[str], changed: tuple[tuple[str, str], ...]) -> Settings:
    values = {**environ(), **dict(changed)}
    return load_settings(
        env_files=[], environ={name: value for name, value in values.items() if name not in without}
    )


def session(number: int = 1, **changed: Any) -> Session:
    """A paid Checkout Session of Alice for module 15."""
    made: dict[str, Any] = {
        "id": f"cs_test_{number}",
        "created": int(PAID.timestamp()),
        "livemode": False,
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 990,
        "currency": "eur",
        "customer_email": ALICES,
        "metadata": {"items_ids": "15", "customer_email": ALICES},
        "payment_method_types": ["card"],
        "payment_intent": {
            "status": "succeeded",
            "latest_charge": {
                "id": f"ch_{number}",
                "created": int(PAID.timestamp()),
                "amount": 990,
                "amount_refunded": 0,
                "refunded": False,
                "disputed": False,
            },
        },
    }
    return replace(Session.of(made, MODULE_ACCESS.checkout), **changed)


def sale(verdict: Verdict = Verdict.SERVED, number: int = 1, **changed: Any) -> Sale:
    """What is said of one module of such a session."""
    of_session = {name: changed.pop(name) for name in [*changed] if name in _OF_SESSION}
    paid = session(number, **of_session)
    made: dict[str, Any] = {
        "session": paid,
        "module": "15",
        "verdict": verdict,
        "owner": ALICE,
        "until": paid.moment + timedelta(hours=72),
        "ends": paid.moment + timedelta(hours=72),
        "over": False,
        "as_written": True,
        "odd": False,
        "crowded": False,
        "known_module": True,
        "module_in_use": False,
        "by_handler": verdict is Verdict.SERVED,
        "granted": 1 if verdict is Verdict.SERVED else 0,
        "open": False,
    }
    return Sale(**{**made, **changed})


_OF_SESSION = Session.__dataclass_fields__.keys() - Sale.__dataclass_fields__.keys()


def sold(*found: Sale) -> dict[Key, Any]:
    """That these are all sales, and their sessions all payments."""
    paid = tuple({one.session.id: one.session for one in found}.values())
    return {
        **given(sales.sales, be=found),
        **given(sales.sessions, be=paid),
        **given(sales.payments, be=paid),
        **given(sales.newest_sessions, be=paid),
    }


def endpoint(**changed: Any) -> Endpoint:
    """The endpoint of this site."""
    made = Endpoint(
        "we_1",
        URL,
        "enabled",
        (COMPLETED, "invoice.paid", ASYNC_SUCCEEDED),
        livemode=False,
        created=PAID - timedelta(days=90),
    )
    return replace(made, **changed)


def answer(status: int | None, **changed: Any) -> Answer:
    """What the site says: JSON."""
    return replace(Answer(URL, status, content_type="application/json"), **changed)


def table(name: str, *columns: str, **changed: Any) -> Table:
    """A table with row level security and text columns."""
    return replace(Table(name, "table", True, dict.fromkeys(columns, "text")), **changed)


def standing(**changed: Table) -> dict[Key, Any]:
    """That the tables are these, where they differ from those of a healthy shop."""
    there = {
        "modules": table("modules", "id"),
        "profiles": table("profiles", "id", "email"),
        "access_tokens": table(
            "access_tokens",
            *("id", "module_id", "created_by", "is_active", "expires_at", "created_at", "metadata"),
        ),
        "module_access": table("module_access", *MODULE_ACCESS.table.names),
        "payments": table("payments", *sorted(NOTED)),
        "users": Table("users", None, False, {}),
        "cartes": Table("cartes", None, False, {}),
        "user_applications": Table("user_applications", None, False, {}),
    }
    return given(tables.tables, be={**there, **changed})


def related(**tables: tuple[str, ...]) -> dict[Key, Any]:
    """The tables that the app's source is held against, with their columns; changed ones by name."""
    there = {
        "modules": ("id", "title", "price"),
        "profiles": ("id", "email", "created_at"),
        "access_tokens": ("id", "module_id", "created_by", "is_active", "expires_at"),
        "module_access": MODULE_ACCESS.table.names,
        "payments": tuple(sorted(NOTED)),
    }
    return database(
        "checks/source_relations",
        *(
            {"name": name, "columns": list(columns), "keys": ["id"], "moments": [], "embeds": None}
            for name, columns in {**there, **tables}.items()
        ),
    )


def without_source() -> dict[Key, Any]:
    """That doctor was not given the app's source."""
    return given(source.checkout, be=CouldNotTell("no-source", "no checkout of the app was given"))


def missing(**gaps: Gap) -> dict[Key, Any]:
    """That the table lacks this of its target shape, by requirement; `_` before a number."""
    found: dict[str, tuple[Gap, ...]] = {r.id: () for r in requirements()}
    return given(tables.surveyed, be={**found, **{name[1:]: (gap,) for name, gap in gaps.items()}})


def granted(**changed: bool) -> dict[Key, Any]:
    """The rights of the roles; changed ones as `service_role__module_access__select=False`."""
    rights: dict[tuple[str, str, str], bool] = {
        (role, "schema public", "usage"): True for role in ("anon", "authenticated", "service_role")
    }
    for name in ("module_access", "modules", "profiles", "access_tokens"):
        for command in ("select", "insert", "update", "delete"):
            rights["service_role", name, command] = True
            rights["authenticated", name, command] = command == "select"
            rights["anon", name, command] = False
    for words, value in changed.items():
        role, name, command = words.replace("schema_public", "schema public").split("__")
        rights[role, name, command] = value
    return database(
        "checks/privileges",
        *(
            {"role": role, "table": name, "privilege": command, "granted": value}
            for (role, name, command), value in rights.items()
        ),
    )


def customer(**changed: Any) -> Customer:
    """Alice, signed in."""
    return replace(Customer(ALICE, ALICES, 1, 1, stranger(ALICE)), **changed)


def tokens(**changed: int) -> dict[Key, Any]:
    """Counts of tokens that wait."""
    counts = dict.fromkeys(("due", "due_email_owner", "due_doubled", "due_odd", "withdrawn"), 0)
    return rows("backfill/classified+checks/tokens", {**counts, "covered": 3, **changed})


def owners(**changed: Any) -> dict[Key, Any]:
    """Counts of owners and modules that are nobody's and nothing's."""
    counts: dict[str, Any] = dict.fromkeys(
        (
            *("tokens_without_owner", "tokens_with_email_owner", "rows_with_email_owner"),
            *("rows_without_module", "tokens_of_strangers", "rows_of_strangers"),
        ),
        0,
    )
    return rows("checks/owners", {**counts, "modules_gone": None, **changed})


def on_table(*found: Mapping[str, Any]) -> dict[Key, Any]:
    """What the row of a grant meets on the table."""
    plain = {"kind": "check", "name": "c", "body": "", "condition": "", "keys": "[]", "drops": False}
    query = "checks/grant_obstacles"
    return given(grants.on_table, be=_records(query, [{**plain, "calls": None, **one} for one in found]))


def tried_row(
    answers: Mapping[str, Any] | None = None, *, collides: bool = False, missing: int = 0
) -> dict[Key, Any]:
    """What the server says of the row: whether a condition holds (by what the condition contains)."""

    def ask(query: str, marks: Mapping[str, Any]) -> Any:
        if query in ("checks/grant_collides", "checks/grant_excludes"):
            return _records(query, [{"holds": collides}])[0]
        if query == "checks/grant_strangers":
            return _records(query, [{"missing": missing, "found": 3}])[0]
        words = str(marks["condition"])
        value = next((said for text, said in (answers or {}).items() if text in words), True)
        if isinstance(value, Exception):
            raise value
        return _records(query, [{"holds": value}])[0]

    return given(grants.ask, be=By(ask))


def steps(failed: Mapping[str, StepTried]) -> tuple[StepTried, ...]:
    """The steps of a sale that was tried, all of them fine but those."""
    row = {"user_id": ALICE, "module_id": "15", "is_active": True, "over": False}
    fine = {
        **{name: StepTried(name, 1) for name in ("customer", "module", "look", "insert")},
        "kept": StepTried("kept", 1, row),
        "payment": StepTried("payment", 1),
        "extend": StepTried("extend", 1, {"done": True}),
        "deactivate": StepTried("deactivate", 1, {"done": True}),
    }
    return tuple({**fine, **failed}.values())


def one_sale(module: str = "15", failed: Mapping[str, StepTried] | None = None) -> rehearsals.One:
    """A sale that was rehearsed."""
    found = steps(failed or {})
    if module != "15":
        row = {"user_id": ALICE, "module_id": module, "is_active": True, "over": False}
        found = tuple(replace(s, row=row) if s.step == "kept" and s.row else s for s in found)
    return rehearsals.One(SaleToTry(ALICE, ALICES, module, "cs_test_1", "2026", noted=True), found)


def rehearsed(*ones: rehearsals.One, **changed: Any) -> dict[Key, Any]:
    """That these sales were made and taken back."""
    found = rehearsals.Rehearsed("service_role", ones, **changed)
    return {**given(rehearsals.new_sales, be=found), **given(rehearsals.owed_sales, be=found)}


def _records(query: str, found: Any) -> Any:
    return next(iter(database(query, *found).values()))


@cache
def healthy() -> Mapping[Key, Any]:
    """Every fact of a shop in which nothing is wrong."""
    return {
        **standing(),
        **missing(),
        **granted(),
        **tokens(),
        **owners(),
        **sold(sale()),
        **on_table(),
        **tried_row(),
        **given(grants.rows, be=dict.fromkeys(("grant", "ended", *_BESIDE, "sale"), "1 as id")),
        **given(version.shop, be=Shop(MODULE_ACCESS, "it has module_access")),
        **given(version.seen, be=Seen()),
        **given(connection, be=Connection(f"db.{REF}.supabase.co", "postgres", "17.4 (Ubuntu)")),
        **given(sales.now, be=NOW),
        **given(sales.mode, be="test"),
        **given(sales.sold_terms, be=usual(NOW, timedelta(hours=72))),
        **given(sales.renewals_readable, be=True),
        **given(sales.events, be=()),
        **given(sales.waiting, be=()),
        **given(sales.refusals, be=()),
        **given(left_behind.noted, be=frozenset()),
        **given(removals.jobs, be=()),
        **given(removals.deleted, be=0),
        **given(left_behind.elsewhere, be=frozenset()),
        **given(left_behind.delayed, be=frozenset()),
        **given(logins.without, be=logins.Without()),
        **given(logins.profile_emails, be=_records("checks/profile_emails", [])),
        **given(trials.denied, be=()),
        **given(trials.not_read, be=None),
        **given(trials.planned, be=True),
        **given(grants.all_of, be=_records("checks/partitions_lacking", [])),
        **database("checks/partitions", {"condition": "true", "key": "RANGE (created_at)", "partitions": 2}),
        **given(own_rows.looks, be=(own_rows.Look(customer()),)),
        **given(own_rows.with_second_factor, be=None),
        **given(signed_in.nobody_has_a_factor, be=False),
        **given(exposure.strangers_see, be=0),
        **given(exposure.visitors_see, be=0),
        **given(exposure.served_to_visitors, be=False),
        **given(webhook_writer.found, be=None),
        **given(webhook_writer.public_key, be=None),
        **given(api_schema.needed_columns, be=None),
        **given(api_schema.visitors_read, be=0),
        **given(api_schema.unread, be=[]),
        **given(data_api.first_reply, be=Reply(None, "", ({"id": 15},))),
        **given(data_api.second_reply, be=Reply(None, "")),
        **given(same_project.served_profiles, be=Reply(None, "", ({"id": ALICE},))),
        **given(data_api.visitors_reply, be=Reply(None, "")),
        **given(data_api.served, be=Reply(None, "")),
        **given(data_api.served_columns, be=None),
        **given(data_api.health, be=200),
        **given(data_api.legacy_keys_enabled, be=None),
        **given(stripe.key_accepted, be=True),
        **given(stripe.held_permissions, be=tuple(Held(one, True) for one in PERMISSIONS)),
        **given(webhook.listed, be=(endpoint(),)),
        **given(webhook.endpoints, be=(endpoint(),)),
        **given(webhook.destinations, be=()),
        **given(webhook.answer_at, be=answer(400)),
        **given(webhook.rightly_signed, be=answer(200)),
        **given(webhook.wrongly_signed, be=answer(400)),
        **given(webhook.awkwardly_written, be=answer(200)),
        **given(webhook.signed_by_its_clock, be=answer(400)),
        **given(webhook.signed_with_stain, be=answer(400)),
        **given(webhook.page, be=answer(200, url=f"{SITE}/encours", content_type="text/html")),
        **database("checks/refusals"),
        **database("checks/strayed"),
        **database("checks/must_be_filled"),
        **database("checks/sequence_end"),
        **database("checks/read_only", {"standby": False, "by_default": False, "name": "postgres"}),
        **database("checks/api_roles"),
        **database("checks/pre_request"),
        **database("checks/who_am_i", {"who": "postgres", "version": "17.4"}),
        **database("checks/writers", {"role": "anon", "obstacle": "no right to insert", "statement": None}),
        **database("checks/write_policies"),
        **database("checks/own_updates", {"columns": ""}),
        **database("checks/row_triggers"),
        **database("checks/trigger_needs"),
        **database("checks/denied_objects"),
        **database("checks/recursive_policies"),
        **database("checks/read_policies"),
        **related(),
        **rows("checks/strange_modules"),
        **rows("backfill/classified+backfill/plan"),
        **rows("checks/email_case", {"found": 0, "free": 0, "example": None}),
        **rows("checks/expired", {"found": 0, "oldest": None}),
        **rows("checks/owner_form"),
        **rows("checks/deactivated"),
        **rows("checks/ended_early"),
        **rows("checks/session_modes"),
        **rows("checks/payments_refunded"),
        **rows("checks/source_access_types"),
    }


_BESIDE = ("module", "customer", "session", "renewal")
