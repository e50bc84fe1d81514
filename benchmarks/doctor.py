"""`iahome-fix doctor` with every system 100 ms away, against the same doctor with them beside it.

    python -m benchmarks.doctor [--runs 3] [--delay 100]

On an embedded IAHome that is repaired, in a temporary folder that is removed. What one waits for more, in
round trips of that length, by the fastest runs. Goal: at most 12.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values
from psycopg.conninfo import conninfo_to_dict

from benchmarks.away import Pair, Roads, Server, roads
from benchmarks.measure import environment, judged, run, table
from benchmarks.server import say
from iahome_fix.sandbox.house import House
from iahome_fix.systems.embedded.dsn import dsn_with

GOAL = 12.0
_ADDRESSES = ("SUPABASE_API_URL", "STRIPE_API_BASE", "NEXT_PUBLIC_APP_URL")


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    arguments.add_argument("--runs", type=int, default=3, help="runs of each, in turn (default 3)")
    arguments.add_argument(
        "--delay", type=float, default=100.0, help="milliseconds there and back (default 100)"
    )
    given = arguments.parse_args()
    if given.runs < 1 or given.delay <= 0:
        arguments.error("--runs and --delay take positive numbers")
    with tempfile.TemporaryDirectory(prefix="iahome-bench-", ignore_cleanup_errors=True) as name:
        say("starting the embedded IAHome …")
        with House(Path(name)) as house, roads() as way:
            file = _through(house, way)
            run(_words("repair", file, "--yes"), environment())
            seconds: dict[float, list[float]] = {0.0: [], given.delay: []}
            for number in range(given.runs + 1):
                for delay, taken in seconds.items():
                    way.delay = delay / 1000
                    took = run(_words("doctor", file), environment()).seconds
                    if number:  # the first round fills the caches
                        taken.append(took)
    fastest = {delay: min(taken) for delay, taken in seconds.items()}
    rows = [("every system is away", "fastest, s")]
    print(table([*rows, *((f"{delay:.0f} ms", f"{took:.2f}") for delay, took in fastest.items())]))
    trips = (fastest[given.delay] - fastest[0.0]) / (given.delay / 1000)
    print(f"\nround trips   {trips:.1f}   goal ≤ {GOAL:.0f}: {judged(trips, GOAL)}")


def _words(command: str, file: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "iahome_fix", command, "--json", "--env-file", str(file), *more]


def _through(house: House, way: Roads) -> Path:
    """An env file with the same systems behind roads."""
    values = {key: value or "" for key, value in dotenv_values(house.env_file).items()}
    for key in _ADDRESSES:
        if key in values:
            values[key] = f"http://127.0.0.1:{way.to(_http(values[key]))}"
    values["SUPABASE_DB_URL"] = dsn_with(
        f"host=127.0.0.1 port={way.to(_database(house.dsn))}",
        user="postgres",
        database=str(conninfo_to_dict(house.dsn)["dbname"]),
    )
    file = house.folder / "away.env"
    file.write_text("".join(f"{key}='{value}'\n" for key, value in values.items()), encoding="utf-8")
    return file


def _http(url: str) -> Server:
    parts = urlsplit(url)

    async def connect() -> Pair:
        return await asyncio.open_connection(parts.hostname, parts.port)

    return connect


def _database(dsn: str) -> Server:
    parts = conninfo_to_dict(dsn)
    host, port = str(parts["host"]), int(parts.get("port") or 5432)

    async def connect() -> Pair:
        if host.startswith("/"):
            return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        return await asyncio.open_connection(host, port)

    return connect


if __name__ == "__main__":
    main()
