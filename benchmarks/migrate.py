"""How long a sale waits while `iahome-fix migrate --yes` works on a large table, and while the same files of
sql/module_access are pasted into an SQL editor as one.

    python -m benchmarks.migrate [--rows 500000]

On the embedded PostgreSQL, in a temporary folder that is removed. One customer after the other buys all the
time; what counts is the longest wait of one of them. Goal: at most a fifth of what pasting makes them wait.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from benchmarks.measure import judged, table
from benchmarks.server import command, embedded, say
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.schema.requirements import requirements
from iahome_fix.systems.embedded.postgres import SUPERUSER

GOAL = 0.2
_HERE = Path(__file__).parent


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    arguments.add_argument("--rows", type=int, default=500_000, help="how many accesses (default 500000)")
    given = arguments.parse_args()
    if given.rows < 1:
        arguments.error("--rows takes a positive number")
    with embedded() as (folder, server):
        factory = DatabaseFactory(server.dsn(user=SUPERUSER), server.databases)
        pasted, ours = (_prepared(factory, given.rows) for _ in range(2))
        say("pasted as one …")
        theirs = _longest_wait(pasted, lambda: _paste(pasted))
        say("iahome-fix migrate --yes …")
        mine = _longest_wait(ours, lambda: command(folder, ours, "migrate"))
    print(f"\n{given.rows:,} accesses\n")
    rows = [("", "seconds", "sales", "longest wait (s)")]
    for name, (seconds, sales, longest) in (("pasted as one", theirs), ("iahome-fix migrate --yes", mine)):
        rows.append((name, f"{seconds:.2f}", f"{sales:,}", f"{longest:.3f}"))
    print(table(rows))
    ratio = mine[2] / theirs[2]
    print(f"\nratio   {ratio:.3f}   goal ≤ {GOAL}: {judged(ratio, GOAL)}")


def _prepared(factory: DatabaseFactory, rows: int) -> str:
    say(f"making {rows:,} accesses …")
    dsn = factory.create("since", "iahome")
    with psycopg.connect(dsn) as connection:
        connection.execute(b"set local statement_timeout = 0")
        cursor = psycopg.ClientCursor(connection)
        cursor.execute((_HERE / "table.sql").read_text(encoding="utf-8"), {"rows": rows})
    return dsn


def _paste(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("\n".join(each.repair for each in requirements()).encode())


def _longest_wait(dsn: str, work: Callable[[], object]) -> tuple[float, int, float]:
    """How long the work took, how many bought meanwhile, and how long the unluckiest of them waited."""
    waits: list[float] = []
    over = threading.Event()

    def sell() -> None:
        sale = (_HERE / "sale.sql").read_bytes()
        with psycopg.connect(dsn, autocommit=True) as connection:
            while not over.wait(0.01):
                began = time.perf_counter()
                connection.execute(sale)
                waits.append(time.perf_counter() - began)

    customers = threading.Thread(target=sell)
    customers.start()
    began = time.perf_counter()
    try:
        work()
    finally:
        seconds = time.perf_counter() - began
        over.set()
        customers.join()
    return seconds, len(waits), max(waits)


if __name__ == "__main__":
    main()
