"""The JSON documents of the public contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from iahome_fix import __version__
from iahome_fix.errors import ToolError
from iahome_fix.i18n import _
from iahome_fix.model import Report, Result


def frame(
    command: str | None,
    *,
    target: Mapping[str, Any],
    started: datetime,
    verdict: str,
    error: ToolError | None,
    body: Mapping[str, Any],
) -> dict[str, Any]:
    """One whole document: what every command says, then what this one adds."""
    return {
        "schema": 1,
        "tool": "iahome-fix",
        "version": __version__,
        "command": command,
        "target": dict(target),
        "started": started.isoformat(timespec="milliseconds"),
        "duration_ms": round((datetime.now(UTC) - started).total_seconds() * 1000),
        "verdict": verdict,
        "error": None
        if error is None
        else {"code": error.code, "message": error.message, "hint": error.hint},
        **body,
    }


def report_body(report: Report) -> dict[str, Any]:
    """What `doctor` and `check-stripe` add."""
    return {
        "causes": list(report.causes),
        "summary": report.summary,
        "sales": report.sales.as_json() if report.sales else None,
        "paid": report.paid.as_json() if report.paid else None,
        "checks": [_check(result) for result in report.results],
    }


def empty_report_body() -> dict[str, Any]:
    """The same keys when there is no report."""
    return report_body(Report(()))


def text(document: Mapping[str, Any]) -> str:
    """The document as text; ASCII only, so that it survives every console and pipe."""
    return json.dumps(document, indent=2, ensure_ascii=True, default=str)


def _check(result: Result) -> dict[str, Any]:
    finding = result.finding
    return {
        "id": result.check.id,
        "link": result.check.link.value,
        "kind": result.check.kind.value,
        "title": _(result.check.title),
        "status": finding.status.value,
        "detail": finding.detail,
        "because_of": list(finding.because_of),
        "evidence": dict(finding.evidence),
        "hint": finding.hint,
        "acknowledged": None
        if result.acknowledged is None
        else {"until": result.acknowledged.until.isoformat(), "why": result.acknowledged.why},
        "fix": None
        if finding.fix is None
        else {"command": finding.fix.command, "undoable": finding.fix.undoable},
    }
