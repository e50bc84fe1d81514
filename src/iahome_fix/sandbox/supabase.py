"""Makes a plain PostgreSQL database look like the database of a Supabase project."""

from __future__ import annotations

from typing import Literal

import psycopg

from iahome_fix import sql

Regime = Literal["before", "since", "revoked"]

_COMMON = (
    "sandbox/roles",
    "sandbox/schemas",
    "sandbox/auth",
    "sandbox/api_watch",
    "sandbox/privileges_before",
)
_ON_TOP: dict[Regime, tuple[str, ...]] = {
    "before": (),
    "since": ("sandbox/privileges_since",),
    "revoked": ("sandbox/privileges_revoked",),
}


def prepare_supabase(superuser_dsn: str, regime: Regime) -> None:
    """Give one database Supabase's roles, schemas, `auth`, event triggers and default privileges.

    Works on the embedded server and on a plain PostgreSQL 15 or newer. Roles belong to the cluster and are
    made when missing, also by several processes at once; a `postgres` that is a superuser stays one. May run
    again.

    Args:
        superuser_dsn: the database, as a superuser.
        regime: what `postgres` gives the API roles on new tables of `public`: everything (`before`
            2026-10-30), only what the platform leaves (`since`), or nothing at all (`revoked`).

    Raises:
        psycopg.Error: no connection, or not a superuser; nothing was changed then.
    """
    with psycopg.connect(superuser_dsn) as connection:
        for name in (*_COMMON, *_ON_TOP[regime]):
            connection.execute(sql.load(name).encode())
