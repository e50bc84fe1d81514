"""How long the verdict on all sales takes, held against half as many: nothing in it may be quadratic.

    python -m benchmarks.verdicts [--sales 50000] [--accesses 500000]

On the embedded PostgreSQL, in a temporary folder that is removed; a sale is a module of a Checkout Session.
Goal: on the same rows twice the sales take at most 2.2 times as long.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from benchmarks.measure import judged, table
from benchmarks.server import embedded, say
from iahome_fix.domain.terms import usual
from iahome_fix.domain.verdicts import judge
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.repairs.requirements import requirements
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.systems.embedded.postgres import SUPERUSER
from iahome_fix.systems.postgres import PostgresDatabase
from iahome_fix.systems.stripe_payments import Session

GOAL = 2.2
_CHUNK = 4_000
_HERE = Path(__file__).parent


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    arguments.add_argument("--sales", type=int, default=50_000, help="how many sales (default 50000)")
    arguments.add_argument("--accesses", type=int, default=500_000, help="how many rows (default 500000)")
    given = arguments.parse_args()
    if given.sales < 2 or given.accesses < 1:
        arguments.error("--sales and --accesses take positive numbers")
    with embedded() as (_folder, server):
        dsn = _prepared(DatabaseFactory(server.dsn(user=SUPERUSER)), given.sales, given.accesses)
        measured = [(count, *_measured(dsn, count)) for count in (given.sales // 2, given.sales)]
    print(f"\n{given.accesses:,} accesses\n")
    rows = [("sales", "seconds", "owed", "client memory, bytes a sale")]
    rows += [(f"{n:,}", f"{took:.2f}", f"{owed:,}", f"{peak / n:.0f}") for n, took, owed, peak in measured]
    print(table(rows))
    ratio = measured[1][1] / measured[0][1]
    print(f"\nratio   {ratio:.3f}   goal ≤ {GOAL}: {judged(ratio, GOAL)}")


def _prepared(factory: DatabaseFactory, customers: int, accesses: int) -> str:
    say(f"making {customers:,} customers and {accesses:,} accesses …")
    dsn = factory.create("since", "iahome")
    with psycopg.connect(factory.superuser(dsn)) as connection:
        connection.execute(b"set local statement_timeout = 0")
        connection.execute("\n".join(each.repair for each in requirements()).encode())
        cursor = psycopg.ClientCursor(connection)
        text = (_HERE / "customers.sql").read_text(encoding="utf-8")
        cursor.execute(text, {"customers": customers, "accesses": accesses})
    return dsn


def _sessions(count: int, now: datetime) -> Iterator[Session]:
    for number in range(count):
        paid = int((now - timedelta(hours=1 + number % 60)).timestamp())
        yield Session.of(
            {
                "id": f"cs_new_{number}",
                "created": paid,
                "livemode": True,
                "mode": "payment",
                "status": "complete",
                "payment_status": "paid",
                "amount_total": 990,
                "currency": "eur",
                "customer_email": f"Customer{1 + number}@example.test",
                "metadata": {"items_ids": str(1 + number % 20)},
                "payment_intent": {"latest_charge": {"created": paid, "amount": 990, "amount_refunded": 0}},
            },
            MODULE_ACCESS.checkout,
        )


def _measured(dsn: str, count: int) -> tuple[float, int, int]:
    """Seconds, how many are owed, and the client's highest memory meanwhile (bytes)."""
    say(f"{count:,} sales …")
    now = datetime.now(UTC)
    owed, waiting = 0, list[Session]()
    database = PostgresDatabase(dsn, label="benchmark", timeout=120)
    tracemalloc.start()
    began = time.perf_counter()
    for session in _sessions(count, now):
        waiting.append(session)
        if len(waiting) == _CHUNK:
            owed += _owed(database, waiting, now)
            waiting.clear()
    owed += _owed(database, waiting, now)
    took = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    database.close()
    return took, owed, peak


def _owed(database: PostgresDatabase, sessions: Sequence[Session], now: datetime) -> int:
    found = judge(
        database,
        sessions,
        usual(now, MODULE_ACCESS.term.usual),
        MODULE_ACCESS,
        now=now,
        mode="live",
        tokens=True,
    )
    return sum(sale.owed for sale in found)


if __name__ == "__main__":
    main()
