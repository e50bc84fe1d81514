"""`iahome-fix --help` against the mere import of Typer, which no command line built on it can undercut.

    python -m benchmarks.help [--runs 15]

The two take turns, so that whatever else the machine does meets both. Goal: at most 2.5 times as long, by the
medians.
"""

from __future__ import annotations

import argparse
import statistics
import sys

from benchmarks.measure import environment, judged, run, table

GOAL = 2.5

PROGRAMS = {
    "python -c pass": ("-c", "pass"),
    "python -c 'import typer'": ("-c", "import typer"),
    "iahome-fix --help": ("-m", "iahome_fix", "--help"),
}


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    arguments.add_argument("--runs", type=int, default=15, help="runs of each, in turn (default 15)")
    arguments.add_argument("--tokens", type=int, help="taken and ignored, as all benchmarks take it")
    given = arguments.parse_args()
    if given.runs < 1:
        arguments.error("--runs takes a positive number")
    variables = environment()
    seconds: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for number in range(given.runs + 1):
        for name, words in PROGRAMS.items():
            taken = run([sys.executable, *words], variables).seconds
            if number:  # the first round fills the caches
                seconds[name].append(taken)
    rows = [("", "median ms", "fastest ms")]
    for name, taken_by in seconds.items():
        rows.append((name, f"{statistics.median(taken_by) * 1000:.0f}", f"{min(taken_by) * 1000:.0f}"))
    print(table(rows))
    _bare, typer, ours = (statistics.median(taken_by) for taken_by in seconds.values())
    print(f"\nratio   {ours / typer:.2f}   goal ≤ {GOAL}: {judged(ours / typer, GOAL)}")


if __name__ == "__main__":
    main()
