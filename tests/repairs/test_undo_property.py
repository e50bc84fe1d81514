"""Whatever a run wrote: undo gives the same rows; what somebody changed in between stays as they left it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.backfill import backfill
from iahome_fix.repairs.backfill import over_api as backfill_api
from iahome_fix.repairs.journal.run import new_run_id
from iahome_fix.repairs.units import Wrote
from iahome_fix.sandbox.databases import MakeDatabase
from iahome_fix.systems.data_api import DataApi
from iahome_fix.systems.postgres import PostgresDatabase
from tests.conftest import ServeApi
from tests.repairs.backfill_support import WIDE_OWNERS, shop
from tests.repairs.undo_support import (
    DEEDS,
    HELD,
    Deed,
    Row,
    Token,
    bounded,
    check,
    deeds,
    existing,
    on_record,
    put,
    snapshot,
    take_back,
    tokens,
)
from tests.sessions import execute


@pytest.fixture
def dsn(make_database: MakeDatabase, tmp_path: Path) -> str:
    made = shop(make_database, tmp_path)
    execute(made, *WIDE_OWNERS)
    return made


@pytest.fixture
def db(dsn: str) -> Iterator[PostgresDatabase]:
    with closing(PostgresDatabase(dsn, label="test", timeout=10)) as database:
        yield database


@bounded
@given(
    given_tokens=tokens, rows=existing, done=deeds | st.just([]), expired=st.booleans(), journal=st.booleans()
)
def test_a_backfill_with_sql(
    given_tokens: list[Token],
    rows: list[Row],
    done: list[Deed],
    expired: bool,
    journal: bool,
    dsn: str,
    db: PostgresDatabase,
) -> None:
    put(dsn, given_tokens, rows)

    def apply() -> tuple[str, list[str]]:
        run_id, wrote = new_run_id(), Wrote()
        plan = backfill.plan(db, MODULE_ACCESS, include_expired=expired)
        backfill.apply(db, plan, run_id, wrote=wrote)
        assert len(wrote.versions) == 1
        return run_id, wrote.versions

    check(dsn, db, done, apply, journal=journal)


@pytest.mark.parametrize("journal", [True, False])
def test_a_change_of_any_column_is_seen_in_any_row(journal: bool, dsn: str, db: PostgresDatabase) -> None:
    """One row that the run made, and one that it deactivated, for each thing that somebody may do to it."""
    kinds = sorted(DEEDS)
    put(
        dsn,
        [Token(f"{side} {number}", 6, None) for side in ("new", "old") for number in range(len(kinds))],
        [Row(f"old {number}", 6, -1.0, True, HELD[2]) for number in range(len(kinds))],
    )
    before = snapshot(dsn)["module_access"]
    run_id, wrote = new_run_id(), Wrote()
    assert backfill.apply(db, backfill.plan(db, MODULE_ACCESS), run_id, wrote=wrote) == 2 * len(kinds)
    for number, kind in enumerate(kinds):
        execute(
            dsn,
            f"update public.module_access set {DEEDS[kind]} where user_id = 'new {number}'"
            f" or user_id = 'old {number}' and metadata ->> 'deactivated_run_id' = '{run_id}'",
        )
    between = snapshot(dsn)["module_access"]

    plan = take_back(db, run_id, on_record(run_id, wrote.versions) if journal else None)
    after = snapshot(dsn)["module_access"]
    assert set(before) <= set(after)
    assert all(after[row] == between[row] for row in after)
    # The new row beside each old one goes, unless the old one was known to be changed: both stay as they are.
    assert (plan.rows.deletable, plan.rows.restorable) == (len(kinds), 0)
    assert plan.rows.changed == plan.rows.created + plan.rows.ended - len(kinds)


@pytest.fixture
def api(dsn: str, serve_api: ServeApi) -> DataApi:
    gateway = serve_api(dsn)
    return DataApi(gateway.url, gateway.service_key, timeout=10)


@settings(bounded, max_examples=10)
@given(
    given_tokens=tokens, rows=existing, done=deeds | st.just([]), expired=st.booleans(), journal=st.booleans()
)
def test_a_backfill_over_the_data_api(
    given_tokens: list[Token],
    rows: list[Row],
    done: list[Deed],
    expired: bool,
    journal: bool,
    dsn: str,
    db: PostgresDatabase,
    api: DataApi,
) -> None:
    put(dsn, given_tokens, rows)

    def apply() -> tuple[str, list[str]]:
        run_id = new_run_id()
        written = backfill_api.apply(
            api, backfill_api.plan(api, MODULE_ACCESS, include_expired=expired), run_id
        )
        assert written.stop is None
        assert len(written.versions) == min(written.created, 1)
        return run_id, written.versions

    check(dsn, db, done, apply, journal=journal)
