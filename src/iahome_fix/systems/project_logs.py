"""The project's own logs, read through the Management API: what failed on the tables of the payment flow.

The logs hold what callers sent: addresses with e-mail addresses in them, statements with values. Nothing of
that leaves this module: a path without its query, the words of an error without anything secret.

Source: Supabase, "Logging" and "Get project's logs": ClickHouse's SQL over one table, a window of at most 24
hours whose ends are written in UTC with a Z.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from iahome_fix import sql
from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.masks import scrub
from iahome_fix.systems import expected

if TYPE_CHECKING:
    from iahome_fix.systems.management_http import ManagementApi

LONGEST = timedelta(days=7)
"""What the platform keeps at most on most plans; one request covers a day, and 30 requests fit a minute."""

_WINDOW = timedelta(hours=24)
_MOST_PER_WINDOW = 200  # the limit in sql/logs/recent.sql
_PERMISSION = "analytics_logs_read"
_ROLES = ("anon", "authenticated", "service_role")
_KEY_ROLES = (("sb_publishable_", "anon"), ("sb_secret_", "service_role"))
_CODE = re.compile(r"error=([A-Z0-9]{3,12})")
_WORD = expected.Kind((str, int), nullable=True)
_RESULT = expected.Shape({"result": expected.LIST})
_ROW = expected.Shape(
    {"timestamp": expected.Kind((str, int, float))},
    dict.fromkeys(
        ("source", "event_message", "method", "path", "status", "token_role", "key_role", "key_prefix"), _WORD
    ),
)
_UUID = re.compile(r"(?i)\b([0-9a-f]{4})[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


@dataclass(frozen=True)
class Entry:
    """One thing that failed.

    Attributes:
        time: when, UTC.
        source: `api` (the gateway answered a request) or `database` (a statement failed).
        role: who asked: a role of the Data API, or the database user; None where the log does not say.
        method, path, status: of the request, for `api`; the path has no query.
        code: SQLSTATE, PostgREST's code, or the gateway's.
        message: the error's words, for `database`; no secret, no e-mail address.
    """

    time: datetime
    source: str
    role: str | None
    method: str | None
    path: str | None
    status: int | None
    code: str | None
    message: str | None

    def as_json(self) -> dict[str, Any]:
        return {
            "time": self.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "source": self.source,
            "role": self.role,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }


@dataclass(frozen=True)
class Asked:
    """One request to the Data API.

    Attributes:
        time: when, UTC.
        role: as whom: `anon`, `authenticated` or `service_role`.
        method: POST for a row that is written, GET for a look at a table, PATCH for an update.
        table: the table.
        status: of the answer; None where the log does not say.
    """

    time: datetime
    role: str
    method: str
    table: str
    status: int | None


@dataclass(frozen=True)
class Found:
    """The entries, newest first; `cut` when there were more than are told."""

    entries: tuple[Entry, ...]
    cut: bool


def read(api: ManagementApi, since: datetime, until: datetime) -> Found:
    """What failed between two moments (UTC).

    Raises ManagementError for a refusal (403 names the permission), CouldNotTell for what is no log.
    """
    entries: list[Entry] = []
    cut = False
    for start, end in _windows(since, until):
        rows = _ask(api, sql.load("logs/recent"), start, end)
        cut = cut or len(rows) >= _MOST_PER_WINDOW
        entries += [entry for row in rows if (entry := _entry(row)) is not None]
    return Found(tuple(sorted(entries, key=lambda entry: entry.time, reverse=True)), cut)


def by_the_server(api: ManagementApi, until: datetime, days: int) -> Iterator[tuple[Asked, ...]]:
    """What the site's server, no browser, asked for: day by day back from `until`, each newest first.

    `days`: how many days back to look, 7 at most; each is one request. Raises as `read` does.
    """
    return _day_by_day(api, sql.load("logs/writers"), until, days)


def changes(api: ManagementApi, until: datetime, days: int) -> Iterator[tuple[Asked, ...]]:
    """What others than the server changed of module_access over the Data API, as `by_the_server` tells it."""
    return _day_by_day(api, sql.load("logs/changes"), until, days)


def _day_by_day(api: ManagementApi, query: str, until: datetime, days: int) -> Iterator[tuple[Asked, ...]]:
    for start, end in _windows(until - min(timedelta(days=days), LONGEST), until):
        rows = _ask(api, query, start, end)
        found = [asked for row in rows if (asked := _asked(row)) is not None]
        yield tuple(sorted(found, key=lambda asked: asked.time, reverse=True))


def who_asked_for(api: ManagementApi, mark: str, since: datetime, until: datetime) -> frozenset[str]:
    """The roles that asked for an address with `mark` (letters and digits) in it. Raises as `read` does."""
    rows = _ask(api, sql.load("logs/asked").replace("{mark}", mark), since, until)
    return frozenset(role for row in rows if (role := _role(row)) is not None)


def _windows(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    end = until
    while end > since:
        start = max(since, end - _WINDOW)
        yield start, end
        end = start


def _ask(api: ManagementApi, query: str, start: datetime, end: datetime) -> list[Mapping[str, Any]]:
    from iahome_fix.systems.management_http import AnswerLost

    try:
        answer = api.call(
            "GET",
            "/analytics/endpoints/logs",
            permission=_PERMISSION,
            query={
                "sql": query,
                "iso_timestamp_start": _zulu(start),
                "iso_timestamp_end": _zulu(end),
            },
            patience=20,
            holds=_held,
        )
    except AnswerLost as lost:
        raise lost.failure from None
    if isinstance(answer, str):
        raise CouldNotTell(
            "logs", _("the logs could not be read: {reason}").format(reason=scrub(answer)[:300])
        )
    return answer


def _held(document: Any) -> list[Mapping[str, Any]] | str:
    """The entries, or the error, which comes with status 200, too. Raises Misfit."""
    answer = expected.require(document, expected.Shape({}))
    if answer.get("error"):
        return str(answer["error"])
    rows = expected.rows(expected.require(answer, _RESULT)["result"], _ROW)
    _require_times(rows)
    return list(rows)


def _require_times(rows: Sequence[Mapping[str, Any]]) -> None:
    if any(_moment(row["timestamp"]) is None for row in rows):
        raise expected.Misfit(_("an object without {field}").format(field="timestamp"))


def _entry(row: Mapping[str, Any]) -> Entry | None:
    time = _moment(row.get("timestamp"))
    if time is None:
        return None
    if row.get("source") == "edge_logs":
        return Entry(
            time=time,
            source="api",
            role=_role(row),
            method=_word(row, "method"),
            path=_path(_word(row, "path")),
            status=int(status) if (status := _word(row, "status")) and status.isdecimal() else None,
            code=_code(row),
            message=None,
        )
    return Entry(
        time=time,
        source="database",
        role=_word(row, "user_name"),
        method=None,
        path=None,
        status=None,
        code=_word(row, "sql_state"),
        message=_message(str(row.get("event_message") or "")),
    )


def _asked(row: Mapping[str, Any]) -> Asked | None:
    time, role = _moment(row.get("timestamp")), _role(row)
    method, path, status = (_word(row, name) for name in ("method", "path", "status"))
    if time is None or role is None or method is None or path is None:
        return None
    table = path.rpartition("/")[2]
    return Asked(time, role, method, table, int(status) if status and status.isdecimal() else None)


def _word(row: Mapping[str, Any], name: str) -> str | None:
    value = row.get(name)
    text = scrub(str(value)) if value not in (None, "") else ""
    return text[:200] or None


def _role(row: Mapping[str, Any]) -> str | None:
    for name in ("token_role", "key_role"):
        if row.get(name) in _ROLES:
            return str(row[name])
    prefix = str(row.get("key_prefix") or "")
    return next((role for begin, role in _KEY_ROLES if prefix.startswith(begin)), None)


def _code(row: Mapping[str, Any]) -> str | None:
    found = _CODE.search(str(row.get("proxy_status") or ""))
    return found[1] if found else _word(row, "gateway_code")


def _path(path: str | None) -> str | None:
    if path is None:
        return None
    bare = re.split(r"[?#]", path, maxsplit=1)[0]
    return _UUID.sub(r"\1…", scrub(unquote(bare)))


def _message(text: str) -> str | None:
    line = text.strip().partition("\n")[0]
    return _UUID.sub(r"\1…", scrub(line))[:300] or None


def _moment(value: Any) -> datetime | None:
    """A time of the log: ISO in UTC, or microseconds since 1970."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1_000_000, UTC)
        moment = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
