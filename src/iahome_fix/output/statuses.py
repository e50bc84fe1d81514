"""The statuses and verdicts as words on a screen; in JSON and in options they stay what they are."""

from __future__ import annotations

from collections.abc import Mapping

from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Status, Verdict

_STATUSES: Mapping[Status, str] = {
    Status.OK: N_("ok"),
    Status.WARN: N_("warn"),
    Status.FAIL: N_("fail"),
    Status.BLOCKED: N_("blocked"),
    Status.SKIPPED: N_("skipped"),
    Status.UNKNOWN: N_("unknown"),
}
_VERDICTS: Mapping[Verdict, str] = {
    Verdict.HEALTHY: N_("HEALTHY"),
    Verdict.EXPOSED: N_("EXPOSED"),
    Verdict.BROKEN: N_("BROKEN"),
    Verdict.UNKNOWN: N_("UNKNOWN"),
}


def how_many(status: Status, count: int) -> str:
    """How many results have this status: `3 ok`."""
    words = {
        Status.OK: ngettext("{count} ok", "{count} ok", count),
        Status.WARN: ngettext("{count} warn", "{count} warn", count),
        Status.FAIL: ngettext("{count} fail", "{count} fail", count),
        Status.BLOCKED: ngettext("{count} blocked", "{count} blocked", count),
        Status.SKIPPED: ngettext("{count} skipped", "{count} skipped", count),
        Status.UNKNOWN: ngettext("{count} unknown", "{count} unknown", count),
    }
    return words[status].format(count=count)


def word(status: Status) -> str:
    """The status in one word."""
    return _(_STATUSES[status])


def verdict_word(verdict: Verdict) -> str:
    """The verdict in capitals."""
    return _(_VERDICTS[verdict])
