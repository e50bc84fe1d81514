"""A project of which only the three variables of the guide are known: commands over its Data API alone."""

from __future__ import annotations

from pathlib import Path

import psycopg

from iahome_fix.sandbox.gateway import Gateway
from iahome_fix.schema.requirements import requirements
from tests.sessions import execute


def env_file(folder: Path, gateway: Gateway, *more: str, key: str | None = None) -> Path:
    """An env file with the address, the service role key and the anon key."""
    lines = (
        f"NEXT_PUBLIC_SUPABASE_URL=https://{gateway.ref}.supabase.co",
        f"NEXT_PUBLIC_SUPABASE_ANON_KEY={gateway.anon_key}",
        f"SUPABASE_SERVICE_ROLE_KEY={key or gateway.service_key}",
        f"SUPABASE_API_URL={gateway.url}",
        "NEXT_PUBLIC_APP_URL=http://127.0.0.1:9",
        *more,
    )
    path = folder / "api.env"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def paste(dsn: str) -> None:
    """The whole schema, as an operator pastes it into the SQL editor."""
    with psycopg.connect(dsn) as connection:
        connection.execute("\n".join(r.repair for r in requirements() if r.repair).encode())


def many_tokens(dsn: str, count: int) -> None:
    """So many active tokens of as many customers, for module 1; every tenth customer has no profile."""
    execute(
        dsn,
        "insert into auth.users (id, email) select"
        " ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'c' || n || '@example.test'"
        f" from generate_series(1, {count}) n where n % 10 <> 0",
        "insert into public.access_tokens (id, name, module_id, module_name, created_by, created_at)"
        " select 'many_' || n, 't', (select min(id) from public.modules), 'm',"
        " '00000000-0000-4000-8000-' || lpad(n::text, 12, '0'), '2026-01-01'"
        f" from generate_series(1, {count}) n",
    )


DOUBLED = (
    "select user_id, module_id from public.module_access where is_active group by 1, 2 having count(*) > 1"
)
