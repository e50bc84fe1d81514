"""What the deployed app of the guide's time does in its database: its webhook handler and its page.

Each call of the app to the Data API is a transaction of its own here, in the role and with the claims that
the app sends. The statements are in sql/sandbox/handler_*.sql and page_*.sql.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import psycopg

from iahome_fix import sql

ACCESS_LASTS = timedelta(hours=72)

GUIDE: Final = "module_access"
YEAR: Final = "user_applications_year"
MONTH: Final = "user_applications_month"

_READS = {
    "handler_profile": "profiles",
    "handler_module": "modules",
    "handler_active": "module_access",
    "handler_grant": "module_access",
    "handler_active_application": "user_applications",
    "handler_grant_application": "user_applications",
    "handler_grant_month": "user_applications",
    "handler_payment": "payments",
    "page_probe": "module_access",
    "page_list": "module_access",
    "page_list_application": "user_applications",
    "page_modules": "modules",
}
"""The table behind each statement, as the app names it to the Data API."""

Row = tuple[Any, ...]


class StepError(Exception):
    """A step of the app did not get what it asked for. `text` is `step:SQLSTATE`, or a code of PostgREST."""

    def __init__(self, step: str, code: str) -> None:
        super().__init__(f"{step}:{code}")
        self.text = f"{step}:{code}"


@dataclass
class Caller:
    """One visitor or server of the app on one connection (a role that may become the API's roles).

    `hidden`: tables that the Data API does not know; a call that names one of them ends in PGRST205.
    """

    connection: psycopg.Connection
    role: str
    claims: dict[str, str]
    hidden: frozenset[str] = frozenset()

    def rows(self, step: str, statement: str, values: dict[str, Any] | None = None) -> list[Row]:
        """Run one of the app's statements. Raises StepError for every error of the database."""
        if _READS[statement] in self.hidden:
            raise StepError(step, "PGRST205")
        acting = {"role": self.role, "claims": json.dumps({**self.claims, "role": self.role})}
        try:
            with self.connection.transaction():
                self.connection.execute(sql.load("sandbox/act_as").encode(), acting)
                return self.connection.execute(sql.load(f"sandbox/{statement}").encode(), values).fetchall()
        except psycopg.Error as error:
            raise StepError(step, error.sqlstate or "connection") from error

    def single(self, step: str, statement: str, values: dict[str, Any]) -> Row:
        """Exactly one row, as the app's `.single()` wants it; any other number is PGRST116."""
        found = self.rows(step, statement, values)
        if len(found) != 1:
            raise StepError(step, f"PGRST116({len(found)})")
        return found[0]


def parse_int(text: str) -> str | None:
    """What JavaScript's parseInt makes of a text: its leading digits, or nothing."""
    match = re.match(r"\s*([-+]?\d+)", text)
    return match[1] if match else None


def fulfil(caller: Caller, session: dict[str, Any], log: list[str], *, version: str = GUIDE) -> None:
    """The handler for `checkout.session.completed`: grants 72 hours, notes the payment, only logs errors.

    `version`: the name of the app profile whose handler it is. Those of `user_applications` grant a year, or
    30 days; these read another key, and note no payment.
    """
    grant = _GRANTS[version]
    metadata = session.get("metadata") or {}
    email = (
        metadata.get("customer_email") or metadata.get("customerEmail") or session.get("customer_email") or ""
    )
    items = str(metadata.get("moduleId" if version == MONTH else "items_ids") or "")
    try:
        user_id = caller.single("profile", "handler_profile", {"email": email})[0]
    except StepError as failure:
        log.append(f"user not found: {failure.text}")
        return
    if not items:
        log.append("no items")
        return
    for item in items.split(","):
        try:
            log.append(f"{item}: {grant(caller, str(user_id), item, session)}")
        except StepError as failure:
            log.append(f"{item}: {failure.text}")
    if version == MONTH:
        return
    payment = {
        "session_id": session.get("id"),
        "email": email,
        "amount": session.get("amount_total"),
        "currency": session.get("currency"),
        "module_id": items.split(",")[0],
        "metadata": json.dumps(metadata),
    }
    try:
        caller.rows("payments", "handler_payment", payment)
    except StepError as failure:
        log.append(failure.text)


def _grant(caller: Caller, user_id: str, item: str, session: dict[str, Any]) -> str:
    caller.single("module", "handler_module", {"module_id": item})
    owner = {"user_id": user_id, "module_id": parse_int(item)}
    try:
        caller.single("active", "handler_active", owner)
    except StepError:
        pass  # the app takes every failure here, several rows included, for "has no access yet"
    else:
        return "already"
    ends = (datetime.now(UTC) + ACCESS_LASTS).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    noted = {"session_id": session.get("id"), "payment_method": "stripe"}
    caller.single("insert", "handler_grant", {**owner, "expires_at": ends, "metadata": json.dumps(noted)})
    return "granted"


def _grant_application(
    caller: Caller, user_id: str, item: str, _session: dict[str, Any], *, statement: str
) -> str:
    caller.single("module", "handler_module", {"module_id": item})
    owner = {"user_id": user_id, "module_id": item}
    try:
        caller.single("active", "handler_active_application", owner)
    except StepError:
        pass
    else:
        return "already"
    caller.single("insert", statement, owner)
    return "granted"


_GRANTS: dict[str, Callable[[Caller, str, str, dict[str, Any]], str]] = {
    GUIDE: _grant,
    YEAR: partial(_grant_application, statement="handler_grant_application"),
    MONTH: partial(_grant_application, statement="handler_grant_month"),
}


def listed_modules(
    connection: psycopg.Connection, email: str, hidden: frozenset[str] = frozenset(), version: str = GUIDE
) -> tuple[list[Any], str | None]:
    """What `/encours` lists for this login, and the step that failed if one did (`step:SQLSTATE`).

    `version`: the name of the app profile whose page it is; those of 2026 go by the login, not by a profile.
    """
    logins = connection.execute(sql.load("sandbox/page_login").encode(), {"email": email}).fetchall()
    if len(logins) != 1:
        return [], f"login:PGRST116({len(logins)})"
    login, known_as = str(logins[0][0]), str(logins[0][1])
    visitor = Caller(connection, "authenticated", {"sub": login, "email": known_as}, hidden)
    try:
        owner = {"user_id": login}
        if version != MONTH:
            owner = {"user_id": visitor.single("profile", "handler_profile", {"email": known_as})[0]}
        if version == GUIDE:
            visitor.rows("table", "page_probe")
        listing = "page_list" if version == GUIDE else "page_list_application"
        modules = [row[0] for row in visitor.rows("list", listing, owner)]
        visitor.rows("modules", "page_modules", {"ids": [str(module) for module in modules]})
    except StepError as failure:
        return [], failure.text
    return modules, None
