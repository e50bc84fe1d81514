"""Which way to the database: a database URL first, then a Management API token (design, section 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.errors import MissingCredential, UsageError
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.settings import Settings
    from iahome_fix.systems.database import Database


def open_database(settings: Settings, *, timeout: float) -> Database:
    """A channel for SQL; no connection is made yet.

    Raises MissingCredential when nothing is configured, UsageError for a URL that cannot be one.
    """
    if settings.database_url:
        if settings.database_url_problem:
            raise UsageError(
                "database-url",
                settings.database_url_problem,
                _("copy the connection string again from Supabase, Connect"),
            )
        from iahome_fix.systems.postgres import PostgresDatabase

        return PostgresDatabase(
            settings.database_url, label=settings.database_label or _("the database"), timeout=timeout
        )
    raise MissingCredential(
        ("SUPABASE_DB_URL",),
        _("SUPABASE_DB_URL is not set, so no SQL can be run"),
        _("add the connection string from Supabase, Connect, as SUPABASE_DB_URL to the env file"),
    )
