"""The logs endpoint of the Management API stand-in: one table `logs`, asked in ClickHouse's SQL.

SQLite answers the queries, with the few functions and the map access that ClickHouse has and it has not. The
rows are what the gateway and the query endpoint saw. Rules of the platform that are kept: a window of at most
24 hours whose ends are written with a Z, no `select *`, `count()` instead of `count(*)`, always a limit, and
an error may come with status 200.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix.sandbox.loopback import Response, json_response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.sandbox.gateway import Gateway, Seen
    from iahome_fix.sandbox.management_sql import Failed

_ATTRIBUTE = re.compile(r"log_attributes\['([A-Za-z0-9_.]+)'\]")
_LONGEST = timedelta(hours=24)
_SQLSTATE = re.compile(r"[0-9A-Z]{5}")


@dataclass(frozen=True)
class Line:
    """One line of a log."""

    at: datetime
    source: str
    message: str
    severity: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


class LogStore:
    """What was logged, and the endpoint that tells it."""

    def __init__(self, gateway: Gateway | None) -> None:
        self._gateway = gateway
        self._lines: list[Line] = []
        self._lock = threading.Lock()

    def add(self, line: Line) -> None:
        """Log a line that nothing here would have made."""
        with self._lock:
            self._lines.append(line)

    def database_error(self, failed: Failed) -> None:
        """A statement of the query endpoint failed."""
        self.add(_database_line(datetime.now(UTC), failed.state, failed.message, failed.user))

    def answer(self, parameters: Mapping[str, str]) -> Response:
        """The answer to one request."""
        try:
            start, end = _window(parameters)
        except ValueError as error:
            return json_response(400, {"message": str(error)})
        query = parameters.get("sql", "")
        problem = _problem(query)
        if problem:
            return json_response(200, {"result": None, "error": problem})
        try:
            return json_response(200, {"result": self._select(query, start, end), "error": None})
        except sqlite3.Error as error:
            return json_response(200, {"result": None, "error": f"Code: 62. DB::Exception: {error}"})

    def _select(self, query: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
        database = sqlite3.connect(":memory:")
        try:
            database.row_factory = sqlite3.Row
            database.create_function("toInt32OrZero", 1, _number, deterministic=True)
            database.create_function("attribute", 2, _attribute, deterministic=True)
            database.execute(
                "create table logs (id, timestamp, event_message, severity_text, source, log_attributes)"
            )
            database.executemany(
                "insert into logs values (?, ?, ?, ?, ?, ?)",
                [_stored(line) for line in self._all() if start <= line.at < end],
            )
            readable = _ATTRIBUTE.sub(r"attribute(log_attributes, '\1')", query).replace(
                "count()", "count(*)"
            )
            return [dict(row) for row in database.execute(readable)]
        finally:
            database.close()

    def _all(self) -> list[Line]:
        seen = list(self._gateway.seen) if self._gateway else []
        with self._lock:
            return [*self._lines, *(line for one in seen for line in _gateway_lines(one))]


def _gateway_lines(seen: Seen) -> list[Line]:
    """A request in the log of the edge and, where the database refused it, in the database's as well."""
    attributes = {
        "request.method": seen.method,
        "request.path": seen.path,
        "request.search": f"?{seen.query}" if seen.query else "",
        "response.status_code": str(seen.status),
        "response.headers.proxy_status": seen.proxy_status,
        "request.sb.jwt.apikey.payload.role": seen.role if not seen.opaque_key else "",
        "request.sb.jwt.authorization.payload.role": seen.role,
        "request.sb.apikey.apikey.prefix": seen.key_prefix,
        "request.headers.user_agent": seen.user_agent,
    }
    message = f"{seen.method} | {seen.status} | 127.0.0.1 | {seen.path} | {seen.user_agent}"
    lines = [Line(seen.at, "edge_logs", message, attributes={k: v for k, v in attributes.items() if v})]
    code = seen.proxy_status.rpartition("error=")[2]
    if _SQLSTATE.fullmatch(code) and seen.message:
        lines.append(_database_line(seen.at, code, seen.message, "authenticator"))
    return lines


def _database_line(at: datetime, state: str, message: str, user: str) -> Line:
    return Line(
        at,
        "postgres_logs",
        message,
        "ERROR",
        {"parsed.error_severity": "ERROR", "parsed.sql_state_code": state, "parsed.user_name": user},
    )


def _stored(line: Line) -> tuple[str, str, str, str, str, str]:
    at = line.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return (
        str(uuid.uuid4()),
        at,
        line.message,
        line.severity,
        line.source,
        json.dumps(dict(line.attributes)),
    )


def _window(parameters: Mapping[str, str]) -> tuple[datetime, datetime]:
    now = datetime.now(UTC)
    if "iso_timestamp_start" not in parameters and "iso_timestamp_end" not in parameters:
        return now - timedelta(minutes=1), now
    ends = []
    for name in ("iso_timestamp_start", "iso_timestamp_end"):
        text = parameters.get(name, "")
        if not text.endswith("Z"):
            raise ValueError(f"{name}: Invalid ISO datetime")
        ends.append(datetime.fromisoformat(text))
    if ends[1] - ends[0] > _LONGEST:
        raise ValueError("the time range must not be longer than 24 hours")
    return ends[0], ends[1]


def _problem(query: str) -> str | None:
    low = " ".join(query.lower().split())
    if "select *" in low:
        return "wildcard SELECT is not allowed"
    if "count(*)" in low:
        return "use count() instead of count(*)"
    if not re.search(r"\blimit \d+", low):
        return "a LIMIT is required"
    return None


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else 0


def _attribute(attributes: str, name: str) -> str:
    """A key that is not in the map reads as an empty string."""
    return str(json.loads(attributes).get(name, ""))
