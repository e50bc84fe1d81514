"""How the sandboxes of the app's versions differ: tables, what was paid, what is seen at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from iahome_fix import sql
from iahome_fix.sandbox.site_database import GUIDE, MONTH, YEAR
from iahome_fix.sandbox.world import MODULES, SESSIONS, WITHOUT_TOKEN, WorldSession

if TYPE_CHECKING:
    from datetime import datetime

VERSIONS = (GUIDE, YEAR, MONTH)
"""The names of the profiles of which a sandbox can be."""
_FILES = {
    GUIDE: (),
    YEAR: ("sandbox/applications_year_sold",),
    MONTH: ("sandbox/applications_month", "sandbox/applications_month_sold"),
}
_SERVED_BEFORE = {"karim.haddad@example.test": (6,)}
"""Whom the webhook of the later versions served before its events went astray."""


def prepare(dsn: str, version: str) -> None:
    """Bring a database of content `awkward` to that version."""
    with psycopg.connect(dsn) as connection:
        for file in _FILES[version]:
            connection.execute(sql.load(file).encode())


def sold(session: WorldSession, version: str) -> tuple[int, ...]:
    """The modules that a payment is for: the checkout of 2026 sells the first item alone."""
    return session.modules[:1] if version == MONTH else session.modules


def module_id(module: int, version: str) -> str:
    """A module's id as that version has it."""
    return MODULES[module].lower().replace(" ", "") if version == MONTH else str(module)


def arguments(session: WorldSession, now: datetime, version: str) -> dict[str, Any]:
    """What `StripeState.add_session` takes, as the checkout of that version makes it."""
    made = session.arguments(now, livemode=False)
    if version == MONTH:
        (module,) = sold(session, version)
        made["metadata"] = {
            "moduleId": module_id(module, version),
            "moduleTitle": MODULES[module],
            "customerEmail": session.email,
            "testMode": "true",
            "environment": "production",
        }
    return made


def shown_at_the_end(version: str) -> dict[str, frozenset[str]]:
    """What the page lists for whom once all was repaired, by e-mail; for the later versions."""
    found: dict[str, set[str]] = {}
    for session in (*SESSIONS, WITHOUT_TOKEN):
        if session.status == "complete" and not session.refunded:
            listed = found.setdefault(session.email.lower(), set())
            listed.update(module_id(module, version) for module in sold(session, version))
    for email, modules in _SERVED_BEFORE.items():
        found.setdefault(email, set()).update(module_id(module, version) for module in modules)
    return {email: frozenset(modules) for email, modules in found.items()}
