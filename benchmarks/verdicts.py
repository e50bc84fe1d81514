"""How long the verdict on all sales takes: held against half as many (nothing in it may be quadratic), and
its statement against a mere join of payments and accesses (join.sql).

    python -m benchmarks.verdicts [--sales 50000] [--accesses 500000] [--runs 3]

On the embedded PostgreSQL, in a temporary folder that is removed; a sale is a module of a Checkout Session.
Goals: on the same rows twice the sales take at most 2.2 times as long, and the statement, which answers every
question about a sale, at most twice as long as the join. What is compared takes turns, and the medians of
`runs` count.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from benchmarks.measure import judged, table
from benchmarks.server import embedded, say
from iahome_fix import sql
from iahome_fix.domain.terms import usual
from iahome_fix.domain.verdicts import as_json, judge, query
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.schema.requirements import requirements
from iahome_fix.systems.embedded.postgres import SUPERUSER
from iahome_fix.systems.postgres import PostgresDatabase
from iahome_fix.systems.stripe_payments import Session

GOAL = 2.2
GOAL_JOIN = 2.0
_CHUNK = 4_000
_HERE = Path(__file__).parent


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    arguments.add_argument("--sales", type=int, default=50_000, help="how many sales (default 50000)")
    arguments.add_argument("--accesses", type=int, default=500_000, help="how many rows (default 500000)")
    arguments.add_argument("--runs", type=int, default=3, help="runs of each (default 3)")
    given = arguments.parse_args()
    if given.sales < 2 or given.accesses < 1 or given.runs < 1:
        arguments.error("--sales, --accesses and --runs take positive numbers")
    with embedded() as (_folder, server):
        dsn = _prepared(
            DatabaseFactory(server.dsn(user=SUPERUSER), server.databases), given.sales, given.accesses
        )
        counts = (given.sales // 2, given.sales)
        rounds = [[_measured(dsn, count) for count in counts] for _round in range(given.runs)]
        verdicts, join = _statements(dsn, given.sales, given.runs)
    print(f"\n{given.accesses:,} accesses\n")
    rows = [("sales", "seconds", "owed", "client memory, bytes a sale")]
    seconds = [statistics.median(took for took, _owed, _peak in each) for each in zip(*rounds, strict=True)]
    for count, took, (_took, owed, peak) in zip(counts, seconds, rounds[-1], strict=True):
        rows.append((f"{count:,}", f"{took:.2f}", f"{owed:,}", f"{peak / count:.0f}"))
    print(table(rows))
    ratio = seconds[1] / seconds[0]
    print(f"\nratio   {ratio:.3f}   goal ≤ {GOAL}: {judged(ratio, GOAL)}")
    print(f"\nin one statement: {verdicts:.2f} s, the join {join:.2f} s")
    print(f"ratio   {verdicts / join:.3f}   goal ≤ {GOAL_JOIN}: {judged(verdicts / join, GOAL_JOIN)}")


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


def _statements(dsn: str, count: int, runs: int) -> tuple[float, float]:
    """Seconds of the verdict query and of the join over all sales at once, each the median of `runs`."""
    say(f"{count:,} sales in one statement, and by the join …")
    now = datetime.now(UTC)
    terms = usual(now, MODULE_ACCESS.term.usual)
    sales = [one for session in _sessions(count, now) for one in as_json(session, terms, now)]
    given = {"sales": json.dumps(sales), "restore": list[str]()}
    join = (_HERE / "join.sql").read_text(encoding="utf-8").replace("/* taken */", sql.load("domain/taken"))
    statements = (
        query("domain/judged", MODULE_ACCESS, tokens=True),
        sql.load("domain/tokens")
        + ", "
        + sql.load("domain/all_accesses", MODULE_ACCESS)
        + sql.load("domain/withdrawn_rows", MODULE_ACCESS)
        + join,
    )
    database = PostgresDatabase(dsn, label="benchmark", timeout=600)
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(runs + 1):
        for statement, taken in zip(statements, seconds, strict=True):
            began = time.perf_counter()
            found = len(database.read(statement, given, patient=True))
            if found != len(sales):
                raise RuntimeError(f"{found} rows for {len(sales)} sales")
            if number:  # the first round fills the caches
                taken.append(time.perf_counter() - began)
    database.close()
    return statistics.median(seconds[0]), statistics.median(seconds[1])


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
