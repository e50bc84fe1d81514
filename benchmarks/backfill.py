"""`iahome-fix backfill --yes` against the guide's plain INSERT … SELECT, on identical databases.

    python -m benchmarks.backfill [--tokens 1000000] [--runs 1]

On the embedded PostgreSQL, in a temporary folder that is removed. Goals: at most 1.3 times as long as the
baseline, the start of the program and the plan included; memory of the client that does not grow with the
number of tokens.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.measure import Run, judged, table
from benchmarks.server import command, embedded, say
from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.embedded.postgres import SUPERUSER, EmbeddedPostgres

RATIO_GOAL = 1.3
MEMORY_GOAL = (
    1.15  # the larger run's peak over the smaller one's; the interpreter alone varies by some percent
)
FEW = 10_000
_HERE = Path(__file__).parent


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    arguments.add_argument("--tokens", type=int, default=1_000_000, help="how many tokens (default 1000000)")
    arguments.add_argument("--runs", type=int, default=1, help="runs of each, in turn (default 1)")
    given = arguments.parse_args()
    if given.tokens < 1 or given.runs < 1:
        arguments.error("--tokens and --runs take positive numbers")
    with _server() as server:
        few = _tool(server, _prepared(server, min(FEW, given.tokens)))
        source = _prepared(server, given.tokens)
        baseline: list[float] = []
        ours: list[Run] = []
        for number in range(1, given.runs + 1):
            say(f"run {number} of {given.runs}: the guide's statement …")
            with server.copy(source) as dsn:
                seconds, rows = _guide(dsn)
                baseline.append(seconds)
            say(f"run {number} of {given.runs}: iahome-fix backfill --yes …")
            with server.copy(source) as dsn:
                ours.append(_tool(server, dsn))
    _report(given.tokens, baseline, rows, ours, few)


def _report(tokens: int, baseline: list[float], rows: int, ours: list[Run], few: Run) -> None:
    plan = json.loads(ours[-1].out)
    skipped = ", ".join(f"{count:,} {reason}" for reason, count in plan["plan"]["skipped"].items() if count)
    theirs = statistics.median(baseline)
    mine = statistics.median(each.seconds for each in ours)
    print(f"\n{tokens:,} tokens; skipped: {skipped}\n")
    rate = [("", "rows", "seconds", "rows/s")]
    for name, count, seconds in (
        ("guide's INSERT … SELECT", rows, theirs),
        ("iahome-fix backfill --yes", plan["applied"]["created"], mine),
    ):
        rate.append((name, f"{count:,}", f"{seconds:.2f}", f"{count / seconds:,.0f}"))
    print(table(rate))
    print(f"\nratio   {mine / theirs:.2f}   goal ≤ {RATIO_GOAL}: {judged(mine / theirs, RATIO_GOAL)}")
    most = max((each.memory for each in ours if each.memory is not None), default=None)
    if most is not None and few.memory is not None:
        grown = most / few.memory
        print(
            f"memory  {most:.0f} MiB for {tokens:,} tokens, {few.memory:.0f} MiB for {min(FEW, tokens):,}:"
            f" {grown:.2f} times   goal ≤ {MEMORY_GOAL}: {judged(grown, MEMORY_GOAL)}"
        )


class _Server:
    """The embedded server, and copies of databases on it."""

    def __init__(self, folder: Path, server: EmbeddedPostgres) -> None:
        self.folder = folder
        self._server = server
        self.factory = DatabaseFactory(server.dsn(user=SUPERUSER), server.databases)

    @contextmanager
    def copy(self, source: str) -> Iterator[str]:
        """A database like `source`, freshly written and known to the planner; dropped after the block."""
        name = "bench_copy"
        self._server.databases.create(name, str(conninfo_to_dict(source)["dbname"]))
        dsn = dsn_with(source, database=name)
        try:
            with psycopg.connect(self.factory.superuser(dsn), autocommit=True) as connection:
                # Not module_access: known to be empty, the guide's statement would scan it once for every
                # token, which would be no fair baseline. A table that was just made is not known.
                connection.execute("vacuum analyze public.access_tokens, public.modules, public.profiles")
                connection.execute("checkpoint")
            yield dsn
        finally:
            self._server.databases.drop(name)


@contextmanager
def _server() -> Iterator[_Server]:
    with embedded() as (folder, server):
        yield _Server(folder, server)


def _prepared(server: _Server, tokens: int) -> str:
    """A database with so many tokens and an empty, migrated module_access."""
    say(f"making {tokens:,} tokens …")
    dsn = server.factory.create("since", "iahome")
    with psycopg.connect(server.factory.superuser(dsn)) as connection:
        connection.execute("set local statement_timeout = 0")
        # Several statements: the values are written in on this side.
        cursor = psycopg.ClientCursor(connection)
        cursor.execute((_HERE / "tokens.sql").read_text(encoding="utf-8"), {"tokens": tokens})
    command(server.folder, dsn, "migrate")
    return dsn


def _guide(dsn: str) -> tuple[float, int]:
    with psycopg.connect(dsn) as connection:
        connection.execute("set local statement_timeout = 0")
        started = time.perf_counter()
        made = connection.execute((_HERE / "guide.sql").read_bytes()).rowcount
        connection.commit()
        return time.perf_counter() - started, made


def _tool(server: _Server, dsn: str) -> Run:
    done = command(server.folder, dsn, "backfill")
    document = json.loads(done.out)
    if document["applied"]["created"] != document["plan"]["to_create"]:
        raise RuntimeError("not everything that was planned was created")
    return done


if __name__ == "__main__":
    main()
