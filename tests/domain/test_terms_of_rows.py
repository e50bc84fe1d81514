"""sql/domain/terms on a real database: the lengths that it finds are those that domain/lengths counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from iahome_fix import sql
from iahome_fix.domain.lengths import length_of
from iahome_fix.profile import MODULE_ACCESS
from tests.faults.world import fill

if TYPE_CHECKING:
    from iahome_fix.sandbox.databases import DatabaseFactory

NAMES = ("72h", "7d", "14d", "30d", "60d", "90d", "180d", "365d", "month", "year")
MOMENTS = (
    datetime(2024, 1, 31, 21, 30, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=UTC),
    datetime(2025, 6, 15, 8, tzinfo=UTC),
    datetime(2025, 12, 31, tzinfo=UTC),
)
HOUR = timedelta(hours=1)


def test_a_row_of_each_length_is_known_by_it_and_no_other_row_is(databases: DatabaseFactory) -> None:
    dsn = databases.copy("a healthy day", fill)
    try:
        with psycopg.connect(dsn) as connection:
            connection.execute("truncate public.module_access")

            def fits(made: Any, ends: Any, metadata: str = '{"session_id": "cs_live_1"}') -> list[list[str]]:
                connection.execute(
                    "insert into public.module_access (user_id, module_id, created_at, expires_at, metadata)"
                    " values ('somebody', 15, %s::timestamptz at time zone 'utc',"
                    " %s::timestamptz at time zone 'utc', %s)",
                    (made, ends, metadata),
                )
                query = sql.load("domain/terms", MODULE_ACCESS).encode()
                found = [row[1] for row in connection.execute(query).fetchall()]
                connection.execute("truncate public.module_access")
                return found

            for name in NAMES:
                for made in MOMENTS:
                    ends = length_of(name, "").after(made)
                    for late in (timedelta(0), timedelta(minutes=50)):
                        (found,) = fits(made + late, ends)
                        assert name in found, (name, made, late)
                        # What else fits ends at the same time.
                        for other in found:
                            assert abs(length_of(other, "").after(made + late) - ends) <= HOUR, (name, found)
            made = MOMENTS[2]
            for odd in (
                None,
                "infinity",
                made - HOUR,
                made + timedelta(days=30, hours=2),
                made + timedelta(days=33),
            ):
                assert fits(made, odd) == [], odd
            assert fits("-infinity", "infinity") == []
            lasting = made + timedelta(days=30)
            for other in (
                '{"session_id": "cs_1", "run_id": "x"}',
                '{"session_id": "cs_1", "reconciled": true}',
                "{}",
            ):
                assert fits(made, lasting, other) == [], other
    finally:
        databases.drop(dsn)
