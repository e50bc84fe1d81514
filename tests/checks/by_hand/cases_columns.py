"""Link schema on hand-made facts: columns, types, indexes, what the Data API serves."""

from __future__ import annotations

from dataclasses import replace

from iahome_fix.domain.sale import Verdict
from iahome_fix.facts import data_api, other_table
from iahome_fix.facts.context import Rehearsing
from iahome_fix.facts.tables import Table
from iahome_fix.model import Status
from iahome_fix.profile import USER_APPLICATIONS_YEAR
from iahome_fix.schema.requirements import Gap
from iahome_fix.systems.data_api import Reply
from iahome_fix.systems.database_errors import SqlError
from iahome_fix.systems.rehearsal import StepTried
from tests.checks.by_hand import shop
from tests.checks.by_hand.cases import Case
from tests.checks.by_hand.seen import database, given, rows
from tests.checks.by_hand.shop import (
    missing,
    one_sale,
    rehearsed,
    settings,
    sold,
    standing,
)

OK, WARN, FAIL, BLOCKED, SKIPPED, UNKNOWN = (Status(word) for word in Status)
REHEARSE = Rehearsing()
REFUSED = SqlError("P0001", "no more grants today")
OWED = sold(shop.sale(Verdict.OWED))


def gap(item: str, detail: str = "no such column", statement: str | None = None) -> Gap:
    return Gap(item, detail, statement)


def step(name: str, error: SqlError | None = None) -> dict[str, StepTried]:
    return {name: StepTried(name, None if error else 0, error=error)}


GONE = Table("gone", None, False, {})

CASES = [
    # Columns.
    *(
        Case("schema.columns", f"no {name}", FAIL, name, missing(_020_columns=gap(name)))
        for name in ("user_id", "module_id", "is_active", "expires_at", "metadata")
    ),
    Case(
        "schema.columns",
        "no is_active, which another column has",
        FAIL,
        "is_active",
        missing(
            _020_columns=gap("is_active"), _015_state_elsewhere=gap("state-elsewhere", "status, ended_on")
        ),
        hint="status, ended_on may say which accesses were withdrawn",
    ),
    Case(
        "schema.columns",
        "no primary key",
        WARN,
        "no primary key",
        missing(_030_primary_key=gap("id", "no primary key")),
    ),
    Case("schema.columns", "no updated_at", WARN, "updated_at", missing(_020_columns=gap("updated_at"))),
    Case(
        "schema.columns",
        "no default",
        WARN,
        "not complete",
        missing(_040_defaults=gap("created_at", "no default")),
    ),
    Case(
        "schema.columns",
        "no default of is_active",
        FAIL,
        "not complete",
        missing(_040_defaults=gap("is_active", "none")),
    ),
    Case(
        "schema.columns",
        "of tokens",
        FAIL,
        "access_tokens.created_by",
        missing(_170_access_tokens_columns=gap("access_tokens.created_by")),
    ),
    Case(
        "schema.columns",
        "another default",
        FAIL,
        "no access",
        missing(_042_other_defaults=gap("is_active", "false", "alter")),
    ),
    Case(
        "schema.columns",
        "another default elsewhere",
        WARN,
        "metadata",
        missing(_042_other_defaults=gap("metadata", "x", "alter")),
    ),
    Case(
        "schema.columns",
        "must be filled",
        FAIL,
        "never fills: shop",
        database("checks/must_be_filled", {"name": "shop"}),
    ),
    Case(
        "schema.columns",
        "must be filled, and a trigger may",
        WARN,
        "shop",
        {
            **database("checks/must_be_filled", {"name": "shop"}),
            **database("checks/refusals", {"name": "trigger t"}),
        },
    ),
    Case(
        "schema.columns",
        "must be filled, and has no default",
        FAIL,
        "23502",
        {
            **missing(_040_defaults=gap("id", "no default")),
            **database("checks/must_be_filled", {"name": "id"}),
        },
    ),
    # Types.
    Case(
        "schema.types",
        "a module that does not fit",
        FAIL,
        "module_id",
        missing(_050_module_type=gap("module_id", "uuid")),
    ),
    Case(
        "schema.types",
        "ids that nothing makes fit",
        FAIL,
        "module_id",
        {
            **missing(_050_module_type=gap("module_id", "integer")),
            **rows("checks/strange_modules", {"module_id": "chess"}),
        },
    ),
    Case(
        "schema.types",
        "an owner that is uuid",
        WARN,
        "user_id",
        missing(_060_owner_type=gap("user_id", "uuid")),
    ),
    Case(
        "schema.types",
        "tokens of another type",
        FAIL,
        "token_",
        missing(_180_access_tokens_id=gap("access_tokens.id", "uuid")),
    ),
    *(
        Case(
            "schema.types",
            f"tokens by uuid, {waiting} wait",
            FAIL if waiting else OK,
            "uuid",
            {
                **standing(
                    access_tokens=replace(shop.table("access_tokens"), columns={"created_by": "uuid"})
                ),
                **rows(
                    "backfill/classified+backfill/plan",
                    {"verdict": "to_create", "tokens": waiting, "unknown_user": 0},
                ),
            },
        )
        for waiting in (0, 1, 2)
    ),
    Case(
        "schema.types",
        "an end without its hour",
        WARN,
        "date",
        standing(
            module_access=replace(shop.table("module_access", "user_id"), columns={"expires_at": "date"})
        ),
    ),
    *(
        Case(
            "schema.types",
            f"an end of a later version that is {kind}",
            status,
            f"user_applications.expires_at is {kind}, and not timestamp with time zone",
            {
                **standing(
                    user_applications=replace(shop.table("user_applications"), columns={"expires_at": kind})
                ),
                **given(other_table.surveyed, be=dict.fromkeys(other_table.CARRIED, ())),
            },
            settings=replace(shop.settings(), profile=USER_APPLICATIONS_YEAR),
            hint=hint,
        )
        for kind, status, hint in (
            ("text", UNKNOWN, "using expires_at::timestamp with time zone; a policy"),
            ("bigint", FAIL, "who changed it"),
        )
    ),
    # Hygiene, and what counts rows.
    Case("schema.foreign-key", "none", WARN, "no foreign key", missing(_070_foreign_key=gap("module_id"))),
    Case(
        "schema.foreign-key",
        "of others",
        WARN,
        "another",
        missing(_072_other_foreign_keys=gap("fk", "set null", "alter")),
    ),
    Case("schema.foreign-key", "not held", WARN, "not held", missing(_075_foreign_key_checked=gap("fk"))),
    Case("schema.indexes", "half-built", WARN, "half-built", missing(_087_half_built_indexes=gap("i"))),
    Case("schema.indexes", "missing", WARN, "missing: i", missing(_100_indexes=gap("i"))),
    Case(
        "schema.indexes",
        "twice",
        WARN,
        "i: the same",
        missing(_107_indexes_of_others=gap("i", "the same", "drop")),
    ),
    Case("schema.one-active-access", "doubled", FAIL, "1 pair", missing(_080_duplicates=gap("a 15"))),
    Case(
        "schema.one-active-access",
        "counts inactive rows",
        FAIL,
        "every renewal",
        missing(_085_renewals=gap("i", "x", "drop")),
    ),
    Case(
        "schema.one-active-access", "no index", WARN, "no unique index", missing(_090_unique_index=gap("i"))
    ),
    Case("schema.sequence", "behind", FAIL, "behind", missing(_110_sequence=gap("s", "3 of 9"))),
    Case(
        "schema.sequence",
        "at its end",
        FAIL,
        "at its end",
        database(
            "checks/sequence_end", {"name": "s", "last_value": 32767, "max_value": 32767, "type": "smallint"}
        ),
    ),
    # What the Data API serves.
    Case("schema.cache", "declared absent", SKIPPED, settings=settings(IAHOME_FIX_NO_DATA_API="none")),
    *(
        Case("schema.cache", code, status, facts=given(data_api.served, be=Reply(code, "words")))
        for code, status in (
            ("PGRST205", FAIL),
            ("42P01", FAIL),
            ("PGRST106", FAIL),
            ("503", UNKNOWN),
            ("network", UNKNOWN),
            ("42501", OK),
        )
    ),
    Case(
        "schema.cache",
        "a column is not known",
        FAIL,
        "module_access.metadata",
        given(data_api.served_columns, be={"module_access": frozenset(("id",))}),
    ),
    Case("schema.payments", "gone", WARN, "does not exist", standing(payments=GONE)),
    Case(
        "schema.payments",
        "of another shape",
        WARN,
        "neither",
        standing(payments=shop.table("payments", "id")),
    ),
    Case(
        "schema.payments",
        "the later shape",
        OK,
        "",
        standing(payments=shop.table("payments", "stripe_session_id")),
    ),
    Case(
        "schema.payments",
        "rehearsed and refused",
        WARN,
        "P0001",
        rehearsed(one_sale(failed=step("payment", REFUSED))),
        rehearsing=REHEARSE,
    ),
]
