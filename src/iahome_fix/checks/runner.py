"""Runs checks: needs first, independent ones at the same time, and never for ever."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from iahome_fix.checks import in_words
from iahome_fix.checks.order import Order
from iahome_fix.checks.over_api import is_no_obstacle, needs_of
from iahome_fix.checks.site.deliveries import BY_DELIVERIES
from iahome_fix.errors import MissingCredential, MissingExtra, ToolError
from iahome_fix.facts import sales
from iahome_fix.facts.context import Context
from iahome_fix.i18n import _
from iahome_fix.model import DEPENDS_ON, Check, Finding, Report, Result, Status, blocked, skipped, unknown

_WORKERS = 24
_BAD = (Status.FAIL, Status.BLOCKED)


class Stopped(KeyboardInterrupt):
    """Ctrl-C in the middle of a run: what was seen until then, and the rest by name."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def budget_of(timeout: float) -> float:
    """Seconds that one check may take: the deadlines (`timeout`, seconds) of all its systems together."""
    return 6 * timeout + 5


def run_checks(
    checks: Sequence[Check],
    ctx: Context,
    on_result: Callable[[Result], None] = lambda _result: None,
    *,
    budget: float | None = None,
) -> Report:
    """The report over `checks`, in their order. A need that is not among them is taken as met.

    `budget`: seconds for one check, `budget_of` the context's timeout if none; whatever takes longer is
    given up as `unknown`. Raises Stopped for Ctrl-C.
    """
    results: dict[str, Result] = {}
    ctx.results = results
    try:
        _run(checks, ctx, results, on_result, budget_of(ctx.timeout) if budget is None else budget)
    except KeyboardInterrupt:
        seen = dict(results)
        unseen = unknown(_("the run was interrupted before this was looked at"))
        raise Stopped(Report(tuple(seen.get(one.id) or Result(one, unseen) for one in checks))) from None
    return Report(tuple(results[check.id] for check in checks))


def _run(
    checks: Sequence[Check],
    ctx: Context,
    results: dict[str, Result],
    on_result: Callable[[Result], None],
    budget: float,
) -> None:
    known = {check.id for check in checks}
    ctx = ctx.for_checks({query for check in checks for query in check.queries})
    order = Order(checks, ctx)
    done: queue.Queue[Result] = queue.Queue()
    running: dict[str, tuple[Check, float]] = {}
    more_is_known = True

    def settle(result: Result) -> None:
        nonlocal more_is_known
        if result.check.id not in results:
            more_is_known = True
            results[result.check.id] = result
            order.settled(result.check.id)
            on_result(result)

    if any(set(sales.QUERIES) <= {*check.queries} for check in checks):
        threading.Thread(target=_ask_for_payments, args=(ctx,), daemon=True).start()
    ahead = [check for check in checks if check.beside]
    while len(results) < len(checks):
        waiting, more_is_known = (ahead if more_is_known else []), False
        for one in [one for one in waiting if _waits_only_beside(ctx, one, known, results)]:
            ahead.remove(one)
            if one.id not in running and _obstacle(ctx, one, results) is None:
                threading.Thread(target=_ask_ahead, args=(one, ctx.with_results({})), daemon=True).start()
        check = order.next() if len(running) < _WORKERS else None
        if check is not None:
            obstacle = _obstacle(ctx, check, results)
            if obstacle is not None:
                settle(Result(check, obstacle))
                continue
            running[check.id] = (check, time.monotonic())
            view = ctx.with_results(_bearing(ctx, check, results))
            # A daemon: a system that never answers must not keep the process alive.
            threading.Thread(target=_work, args=(check, view, done), daemon=True, name=check.id).start()
            continue
        try:
            result = done.get(timeout=0.2)
        except queue.Empty:
            _give_up(running, budget, settle)
        else:
            running.pop(result.check.id, None)
            settle(result)


def judge(check: Check, ctx: Context) -> Finding:
    """What the check says; whatever goes wrong in it becomes `skipped` or `unknown`, never an exception."""
    return translated(
        lambda: in_words.of_profile(ctx, check.id, ctx.judged_by(check.id, lambda: check.run(ctx)))
    )


def translated(run: Callable[[], Finding]) -> Finding:
    """What a check finds; where something could not be seen, that, and by itself it takes nothing with it."""
    try:
        return run()
    except MissingCredential as error:
        return skipped(error.message, hint=error.hint, variables=list(error.variables))
    except MissingExtra as error:
        return skipped(error.message, hint=error.hint, code=error.code)
    except ToolError as error:
        return unknown(error.message, hint=error.hint, code=error.code)
    except Exception as error:  # noqa: BLE001 - one check must not take the others with it
        return unknown(
            _("this check failed by itself ({kind}); please report it").format(kind=type(error).__name__)
        )


def _work(check: Check, ctx: Context, done: queue.Queue[Result]) -> None:
    done.put(Result(check, judge(check, ctx)))


def _waits_only_beside(
    ctx: Context, check: Check, known: Collection[str], results: Mapping[str, Result]
) -> bool:
    """Has it all that it cannot do without? What it waits for may change its words, not what it reads."""
    if any(other in known and other not in results for other in (*check.needs, *check.after)):
        return False
    return all(other in results for other in needs_of(ctx, check) if other in known)


def _ask_for_payments(ctx: Context) -> None:
    """Have the longest list there is on its way while everything else is looked at."""
    with suppress(Exception):
        sales.arriving(ctx)


def _ask_ahead(check: Check, ctx: Context) -> None:
    """Have what the check reads on its way: pure as it is, it may be run for that alone."""
    with suppress(Exception):
        check.run(ctx)


def _give_up(
    running: dict[str, tuple[Check, float]], budget: float, settle: Callable[[Result], None]
) -> None:
    for check_id, (check, started) in list(running.items()):
        if time.monotonic() - started > budget:
            del running[check_id]
            settle(
                Result(check, unknown(_("gave no answer within {seconds} s").format(seconds=round(budget))))
            )


def _bearing(ctx: Context, check: Check, results: Mapping[str, Result]) -> dict[str, Result]:
    """What a check may know of the others: what those said that it names."""
    named = (*needs_of(ctx, check), *check.after, *check.beside)
    return {other: results[other] for other in named if other in results}


def _passes(ctx: Context, need: Result) -> bool:
    """A need that stops nothing although it is not met: others prove it, or each check asks for itself."""
    proved = need.status is Status.UNKNOWN and BY_DELIVERIES in need.finding.evidence
    return proved or is_no_obstacle(ctx, need)


def _obstacle(ctx: Context, check: Check, results: Mapping[str, Result]) -> Finding | None:
    """Why a check cannot run: a need failed, could not be told, or was not looked at."""
    needs = [results[need] for need in needs_of(ctx, check) if need in results]
    needs = [need for need in needs if not _passes(ctx, need)]
    after = [results[earlier] for earlier in check.after if earlier in results]
    failing = [need for need in (*needs, *after) if need.status in _BAD]
    if failing:
        roots: dict[str, None] = {}
        for need in failing:
            for root in need.finding.because_of or (need.check.id,):
                roots[root] = None
        return blocked(_("cannot be judged before {checks}").format(checks=", ".join(roots)), *roots)
    for need in needs:
        if need.status is Status.UNKNOWN:
            return unknown(
                _("depends on {check}, of which nothing is known").format(check=need.check.id),
                **{DEPENDS_ON: need.finding.evidence.get(DEPENDS_ON, need.check.id)},
            )
    for need in needs:
        if need.status is Status.SKIPPED:
            return replace(
                skipped(need.finding.detail, hint=need.finding.hint), not_asked=need.finding.not_asked
            )
    return None
