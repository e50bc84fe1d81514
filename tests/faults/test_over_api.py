"""The catalogue looked at with the Data API alone: it tells what SQL tells, the rest is skipped by name.

The whole catalogue takes minutes, so this is what reads rows, columns and payments, and what only SQL sees.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.conftest import OpenWorld
from tests.faults.test_faults import CATALOGUE
from tests.faults.world import World

TOLD = (
    "d07_withdrawn_on_purpose",
    "f04_key_refused",
    "f13_token_id_missing",
    "f18_grants_in_user_applications",
    "f20_owner_uuid_beside_text",
    "f28_token_without_access",
    "f29_token_without_owner",
    "f30_row_owner_is_an_email",
    "f31_double_tokens",
    "f32_duplicate_accesses",
    "f33_access_expired",
    "f34_access_deactivated",
    "f35_module_removed",
    "f36_email_case",
    "f38_paid_with_another_address",
    "f44_event_not_subscribed",
    "f48_past_outage",
    "f57_rows_wiped",
    "g14_ends_are_72_hours_too_early",
    "g15_owner_in_capitals",
    "g15_token_owner_in_capitals",
    "g16_is_active_is_empty",
    "x01_column_nobody_fills",
)
UNTOLD = {
    "f22_sequence_behind": "schema.sequence",
    "f26_no_policy": "permissions.owner-reads",
    "d02_plain_index_missing": "schema.indexes",
}
ONLY_SQL = {
    "supabase.database",
    "supabase.writable",
    "schema.foreign-key",
    "schema.indexes",
    "schema.one-active-access",
    "schema.sequence",
    "schema.grant-accepted",
    "schema.updates-accepted",
    "permissions.service-role",
    "permissions.owner-reads",
    "permissions.webhook-role",
    "permissions.policies",
    "permissions.row-level-security",
    "permissions.anon",
    "permissions.api-roles",
    "data.profiles-missing",
    "data.profile-email",
}
REPAIRED_BY_SQL = {"schema.columns", "data.email-case"}
"""Whose hint says what it takes."""
NAMES = ["SUPABASE_DB_URL", "SUPABASE_ACCESS_TOKEN"]


def broken(open_world: OpenWorld, name: str) -> World:
    fault = CATALOGUE[name]
    world = open_world(fault.regime)
    world.variables["SUPABASE_DB_URL"] = world.variables.pop("SUPABASE_DB_URL")  # the last line of the file
    for step in fault.inject:
        step(world)
    return world


def without_sql(entry: dict[str, Any]) -> bool:
    return bool(entry["status"] == "skipped" and entry["evidence"].get("variables") == NAMES)


@pytest.mark.parametrize("name", TOLD)
def test_what_is_told_is_what_sql_tells(open_world: OpenWorld, name: str) -> None:
    world = broken(open_world, name)
    by_sql = world.look()
    world.variables["SUPABASE_DB_URL"] = None
    over_api = world.look()
    assert over_api.causes == by_sql.causes, over_api.shown()
    for entry in over_api.document["checks"]:
        other = by_sql.check(entry["id"])
        if without_sql(entry):
            assert entry["id"] in ONLY_SQL | {"schema.customers-refused"}
        elif entry["status"] == "blocked":
            assert set(entry["because_of"]) <= set(over_api.with_status("fail"))
        elif entry["id"] == "schema.profile":
            # The rows of a table that lacks a column are not copied, so the reason may be another.
            assert entry["status"] == other["status"]
            assert entry["evidence"]["profile"] == other["evidence"]["profile"]
        else:
            said = (entry["status"], entry["detail"], entry["evidence"])
            assert said == (other["status"], other["detail"], other["evidence"])
            if entry["id"] in REPAIRED_BY_SQL and entry["status"] == "fail":
                # By a command that takes it, or by a statement for the dashboard.
                assert "SUPABASE_DB_URL" in entry["hint"] or "in the SQL editor: " in entry["hint"]
            else:
                assert entry["hint"] == other["hint"]


@pytest.mark.parametrize("name", UNTOLD)
def test_what_only_sql_tells_is_skipped(open_world: OpenWorld, name: str) -> None:
    world = broken(open_world, name)
    world.variables["SUPABASE_DB_URL"] = None
    found = world.doctor()
    assert (found.code, found.document["verdict"], found.causes) == (3, "unknown", []), found.shown()
    assert without_sql(found.check(UNTOLD[name])), found.shown()
    assert "SUPABASE_DB_URL" in found.check(UNTOLD[name])["detail"] + found.check(UNTOLD[name])["hint"]
    assert {e["id"] for e in found.document["checks"] if without_sql(e)} == ONLY_SQL
    assert found.with_status("fail") == found.with_status("blocked") == []


@pytest.mark.parametrize("name", ["f11_module_access_missing", "f16_schema_cache_stale"])
def test_absent_and_not_reloaded_look_the_same(open_world: OpenWorld, name: str) -> None:
    world = broken(open_world, name)
    world.variables["SUPABASE_DB_URL"] = None
    found = world.look()
    assert found.causes == ["schema.module-access"], found.shown()
    entry = found.check("schema.module-access")
    assert "does not serve module_access (absent, or not reloaded" in entry["detail"]
    assert entry["fix"]["command"].startswith("iahome-fix migrate")


@pytest.mark.parametrize("name", ["f27_grants_missing", "x02_schema_not_usable"])
def test_rows_that_may_not_be_read_are_no_second_alarm(open_world: OpenWorld, name: str) -> None:
    world = broken(open_world, name)
    world.variables["SUPABASE_DB_URL"] = None
    found = world.look()
    assert found.causes == ["permissions.service-role"], found.shown()
    assert found.check("data.tokens-without-access")["because_of"] == ["permissions.service-role"]
    assert found.with_status("unknown") == []


@pytest.mark.parametrize("name", ["f03_service_role_key_is_anon", "f56_project_paused"])
def test_without_an_answer_nothing_is_judged(open_world: OpenWorld, name: str) -> None:
    world = broken(open_world, name)
    world.variables["SUPABASE_DB_URL"] = None
    found = world.look()
    assert found.causes == [CATALOGUE[name].cause], found.shown()
    assert found.check("schema.module-access")["because_of"] == [CATALOGUE[name].cause]


def test_the_public_key_proves_what_the_public_reads(open_world: OpenWorld) -> None:
    world = broken(open_world, "d01_row_level_security_off_and_granted")
    world.variables["SUPABASE_DB_URL"] = None
    assert world.look().check("permissions.anon")["status"] == "fail"
    world.variables["NEXT_PUBLIC_SUPABASE_ANON_KEY"] = None
    assert without_sql(world.look().check("permissions.anon"))
