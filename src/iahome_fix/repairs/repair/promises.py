"""The four promises of the operator's guide, held against a report: kept, broken, or not proved and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iahome_fix.i18n import N_, _, labelled
from iahome_fix.model import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from iahome_fix.model import Report, Result

KEPT, BROKEN, NOT_PROVED = "kept", "broken", "not-proved"


@dataclass(frozen=True)
class Promise:
    """One promise: its id, the sentence, and whether it is kept; `why` names what stands against it."""

    id: str
    title: str
    state: str
    why: str | None = None


_EACH = (
    (
        "table",
        N_("the table {table} exists, in the shape that the app needs"),
        ("schema.module-access", "schema.columns", "schema.types", "schema.one-active-access"),
    ),
    (
        "existing",
        N_("modules that were paid for or given appear"),
        ("data.tokens-without-access", "payments.unfulfilled"),
    ),
    (
        "new",
        N_("new payments create access"),
        (
            "permissions.service-role",
            "permissions.webhook-role",
            "schema.grant-accepted",
            "schema.customers-refused",
            "schema.sequence",
            "stripe.endpoint",
            "stripe.endpoint-url",
            "stripe.endpoint-enabled",
            "stripe.endpoint-events",
            "stripe.endpoint-mode",
            "site.webhook-route",
            "site.webhook-secret",
            "site.webhook-handler",
        ),
    ),
    (
        "at-once",
        N_("modules appear at once, on the customer's own page"),
        ("permissions.owner-reads", "schema.cache", "site.encours"),
    ),
)


def promises(
    report: Report,
    command: Callable[..., str],
    *,
    table: str,
    since: datetime,
    terms: tuple[str, ...] = (),
) -> tuple[Promise, ...]:
    """What the report says of each. `since` (UTC): a payment after it that left its row proves the third, and
    so do sales that were made as the webhook makes them and taken back. `table`: that of the accesses.

    `command`: words of a command to the whole of it, as it is typed for this project; `terms`: the options by
    which doctor looks at the same payments.

    Without one, a chain that holds link by link is no proof: the handler answers 200 even when it writes
    nothing (tests/faults, F51).
    """
    proved = _last_written(report) >= since or _rehearsed(report)
    return tuple(
        _promise(key, _(title).format(table=table), checks, report, command, terms, proved=proved)
        for key, title, checks in _EACH
    )


def _last_written(report: Report) -> datetime:
    """When the newest payment was made whose row the app's own handler wrote."""
    for result in report.results:
        if result.check.id == "site.webhook-handler":
            last = result.finding.evidence.get("last")
            if isinstance(last, str):
                return datetime.fromisoformat(last)
    return datetime.min.replace(tzinfo=UTC)


def _rehearsed(report: Report) -> bool:
    """Were sales made as the webhook's role and taken back, and was each of them taken?"""
    for result in report.results:
        if result.check.id == "schema.grant-accepted" and result.status is Status.OK:
            tried = result.finding.evidence.get("rehearsed")
            return isinstance(tried, dict) and 0 < tried["sales"] == tried["accepted"]
    return False


def _promise(
    key: str,
    title: str,
    checks: tuple[str, ...],
    report: Report,
    command: Callable[..., str],
    terms: tuple[str, ...],
    *,
    proved: bool,
) -> Promise:
    results = [result for result in report.results if result.check.id in checks]
    failing = _first(results, Status.FAIL, Status.BLOCKED)
    if failing is not None:
        return Promise(key, title, BROKEN, _why(failing))
    untold = _first([r for r in results if not r.finding.not_asked], Status.UNKNOWN, Status.SKIPPED)
    if untold is not None:
        return Promise(key, title, NOT_PROVED, _why(untold))
    if key == "new" and not proved:
        return Promise(
            key,
            title,
            NOT_PROVED,
            _(
                "every link holds, and only a payment proves it; this command makes a test payment,"
                " and asks for the customer and the module: `{verify}`"
            ).format(verify=command("verify")),
        )
    if key == "at-once" and any(
        r.check.id == "site.source-read" and r.status is Status.SKIPPED for r in report.results
    ):
        return Promise(
            key,
            title,
            NOT_PROVED,
            _(
                "customers can read their accesses; what the page asks for, only its source shows"
                " (`{doctor}`), or a look at the page"
            ).format(doctor=command("doctor", "--app", "FOLDER", *terms)),
        )
    return Promise(key, title, KEPT)


def _first(results: list[Result], *statuses: Status) -> Result | None:
    for status in statuses:
        for result in results:
            if result.status is status:
                return result
    return None


def _why(result: Result) -> str:
    known = result.acknowledged
    return known.said_of(result.check.id) if known else labelled(result.check.id, result.finding.detail)
