"""Every check on hand-made facts, in each of the cases of tests/checks/by_hand: how long it takes.

    python -m benchmarks.checks

Nothing is asked. Time of this process, the fastest of five runs of each case. Goal: at most 1 ms.
"""

from __future__ import annotations

from statistics import fmean, median

from benchmarks.measure import judged, table
from tests.checks.by_hand.every import milliseconds

GOAL = 1.0
_SHOWN = 5


def main() -> None:
    """Measure and print the table."""
    taken = sorted(milliseconds(times=5).items(), key=lambda one: -one[1])
    print(table([("the slowest cases", "ms"), *((name, f"{ms:.2f}") for name, ms in taken[:_SHOWN])]))
    values = [ms for _name, ms in taken]
    slow = sum(ms > GOAL for ms in values)
    print(f"\ncases {len(values)}, median {median(values):.2f} ms, {slow} above {GOAL:g} ms")
    print(f"one check   {fmean(values):.2f} ms   goal ≤ {GOAL:g}: {judged(fmean(values), GOAL)}")


if __name__ == "__main__":
    main()
