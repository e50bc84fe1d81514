"""How a check is declared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from iahome_fix.model import Check, Kind, Link

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Run


def check(
    check_id: str,
    title: str,
    *,
    kind: Kind = Kind.FUNCTION,
    needs: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    beside: tuple[str, ...] = (),
    queries: tuple[str, ...] = (),
) -> Callable[[Run], Check]:
    """Make a function the check `check_id`; its link is the part before the dot.

    The docstring of the function is what `iahome-fix checks` shows: what it means, then `Found by:`,
    `Repair:` and `Never:`.

    Args:
        check_id: `link.name`, public and stable.
        title: the healthy state as a short statement, marked with `N_`.
        kind: what failing means.
        needs: checks without which this one cannot be judged; the runner waits for them and blocks this one
            when one of them fails.
        after: the same for a failure only; skipped or untold, they do not hinder it.
        beside: checks that speak for some of the payments that this one looks at; the runner waits for them,
            and whatever they say, this one is judged.
        queries: every SQL file that it reads, through shared facts, too: `folder/name` for `sql.load`, or
            `module_access/…` for a requirement of the target shape.
    """

    def declare(run: Run) -> Check:
        return Check(
            check_id, Link(check_id.partition(".")[0]), kind, title, needs, run, after, queries, beside
        )

    return declare
