"""`doctor` and `reconcile --dry-run` on very many Checkout Sessions, whose pages take Stripe a while.

    python -m benchmarks.sessions [--sessions 20000] [--delay 400] [--most 100000]

On an embedded IAHome that is repaired, in a temporary folder that is removed. Held against the time in which
Stripe gives as many pages at 20 a second (goal: at most 1.3 times as long), and the peak memory for `--most`
sessions against that for a tenth of them (goal: at most 1.2 times as much).
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
import string
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from dotenv import dotenv_values

from benchmarks.measure import environment, judged, run, table
from benchmarks.pages import Pages, serving
from benchmarks.server import say
from iahome_fix.sandbox.house import House
from iahome_fix.sandbox.loopback_client import loopback_client

GOAL = 1.3
GOAL_MEMORY = 1.2
_PER_SECOND = 20
_DAYS = 80
_MOMENT = 4_111_222_333
"""Stands for when a session was opened."""
_SIGNS = string.ascii_letters + string.digits
_HERE = Path(__file__).parent


def main() -> None:
    """Measure and print the tables."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    arguments.add_argument("--sessions", type=int, default=20_000, help="how many (default 20000)")
    arguments.add_argument("--delay", type=float, default=400.0, help="milliseconds a page (default 400)")
    arguments.add_argument("--most", type=int, default=100_000, help="for the memory (default 100000)")
    given = arguments.parse_args()
    if given.sessions < 100 or given.delay <= 0 or given.most < 1000:
        arguments.error("at least 100 sessions, 1000 for --most, and a positive delay")
    with tempfile.TemporaryDirectory(prefix="iahome-bench-", ignore_cleanup_errors=True) as name:
        say("starting the embedded IAHome …")
        with House(Path(name)) as house:
            run(
                [sys.executable, "-m", "iahome_fix", "repair", "--yes", "--env-file", str(house.env_file)],
                environment(),
            )
            shape = _shape(house)
            with serving(_address(house), given.delay / 1000) as pages:
                file = _with_stripe(house, pages.url)
                _customers(house.dsn, max(given.sessions, given.most) // 2)
                _times(pages, shape, file, given.sessions)
                pages.delay = 0.0
                _memory(pages, shape, file, given.most)


def _times(pages: Pages, shape: dict[str, Any], file: Path, count: int) -> None:
    _fill(pages, shape, count)
    at_best = count / 100 / _PER_SECOND
    rows = [("command", "seconds", "pages", "ratio")]
    ratios = []
    for words in (("doctor",), ("reconcile", "--dry-run")):
        pages.asked = 0
        took = run(_words(file, *words), environment(), codes=(0, 1)).seconds
        ratios.append(took / at_best)
        rows.append((" ".join(words), f"{took:.2f}", str(pages.asked), f"{ratios[-1]:.2f}"))
    print(
        f"\n{count:,} sessions, {pages.delay * 1000:.0f} ms a page; at 20 pages a second: {at_best:.1f} s\n"
    )
    print(table(rows))
    print(f"\nratio   {max(ratios):.2f}   goal ≤ {GOAL}: {judged(max(ratios), GOAL)}")


def _memory(pages: Pages, shape: dict[str, Any], file: Path, most: int) -> None:
    rows = [("sessions", "command", "MiB", "seconds")]
    ratios = []
    for words in (("doctor",), ("reconcile", "--dry-run")):
        found = []
        for count in (most // 10, most):
            _fill(pages, shape, count)
            one = run(_words(file, *words, "--timeout", "60"), environment(), codes=(0, 1))
            found.append(one.memory or 0.0)
            rows.append((f"{count:,}", " ".join(words), f"{found[-1]:.0f}", f"{one.seconds:.1f}"))
        ratios += [found[1] / found[0]] if all(found) else []
    print()
    print(table(rows))
    if ratios:
        print(f"\nratio   {max(ratios):.2f}   goal ≤ {GOAL_MEMORY}: {judged(max(ratios), GOAL_MEMORY)}")


def _words(file: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "iahome_fix", *words, "--json", "--env-file", str(file)]


def _address(house: House) -> str:
    return dotenv_values(house.env_file)["STRIPE_API_BASE"] or ""


def _with_stripe(house: House, url: str) -> Path:
    values = {key: value or "" for key, value in dotenv_values(house.env_file).items()}
    file = house.folder / "many.env"
    lines = (f"{key}='{value}'\n" for key, value in {**values, "STRIPE_API_BASE": url}.items())
    file.write_text("".join(lines), encoding="utf-8")
    return file


def _shape(house: House) -> dict[str, Any]:
    """A paid session as the command asks for it."""
    key = dotenv_values(house.env_file)["STRIPE_SECRET_KEY"]
    query = "limit=1&expand[]=data.payment_intent.latest_charge&expand[]=data.line_items"
    with loopback_client(base_url=_address(house), headers={"Authorization": f"Bearer {key}"}) as client:
        found: dict[str, Any] = client.get(f"/v1/checkout/sessions?{query}").json()["data"][0]
    return found


def _fill(pages: Pages, shape: dict[str, Any], count: int) -> None:
    """So many sessions of customers with an access (customers.sql) over the last days.

    Their ids are as long, and as random, as Stripe's.
    """
    now, step = int(time.time()), _DAYS * 86400 / count
    chance = random.Random(count)  # noqa: S311 - names of sessions
    ids = (f"cs_test_{''.join(chance.choices(_SIGNS, k=50))}{number:08d}" for number in range(count))
    opened = {one: int(now - 3600 - number * step) for number, one in enumerate(ids)}
    pages.fill(opened, _words_of(shape))


def _words_of(shape: dict[str, Any]) -> Callable[[str, int], str]:
    """Writes a session like that one, of the customer whom its number says."""
    one = copy.deepcopy(shape)
    one |= {"id": "cs_@key", "created": _MOMENT, "customer_email": "@email"}
    one["customer_details"] = {**(one.get("customer_details") or {}), "email": "@email"}
    one["metadata"] = {"items_ids": "@module", "customer_email": "@email"}
    intent = one["payment_intent"]
    intent |= {"id": "pi_@key", "created": _MOMENT}
    intent["latest_charge"] |= {"id": "ch_@key", "created": _MOMENT, "payment_intent": "pi_@key"}
    parts = re.split(f"(cs_@key|@key|@email|@module|{_MOMENT})", json.dumps(one))

    def words(name: str, created: int) -> str:
        number = int(name[-8:])
        there = {
            "cs_@key": name,
            "@key": name[8:32],
            "@email": f"customer{1 + number // 2}@example.test",
            "@module": str(1 + number % 2),
            str(_MOMENT): str(created),
        }
        return "".join(there.get(part, part) for part in parts)

    return words


def _customers(dsn: str, count: int) -> None:
    say(f"making {count:,} customers …")
    superuser = dsn.replace("user=postgres", "user=supabase_admin").replace("postgres@", "supabase_admin@")
    with psycopg.connect(superuser) as connection:
        connection.execute(b"set local statement_timeout = 0")
        cursor = psycopg.ClientCursor(connection)
        text = (_HERE / "customers.sql").read_text(encoding="utf-8")
        cursor.execute(text, {"customers": count, "accesses": 2 * count})


if __name__ == "__main__":
    main()
