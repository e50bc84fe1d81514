"""Writes a world into the app's database, as its own statements would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.checks.app_support import App
    from tests.domain.worlds import World


def write(app: App, world: World) -> None:
    ids, emails = list(world.profiles), list(world.profiles.values())
    # Where an access has to be a login's, there are logins without a profile.
    logins = sorted({*ids, *(row.owner for row in world.held)}) if world.slugs else ids
    app.sql(
        "insert into auth.users (id, email) select i::uuid, i || '@login.test' from unnest(%s::text[]) i",
        logins,
    )
    app.sql("delete from public.profiles where id <> all(%s::uuid[])", ids)
    app.sql(
        "update public.profiles p set email = x.email from unnest(%s::uuid[], %s::text[]) x (id, email)"
        " where p.id = x.id",
        ids,
        emails,
    )
    if world.bare:
        _write_bare(app, world)
        return
    app.sql(
        "insert into public.module_access"
        " (user_id, module_id, expires_at, is_active, metadata, created_at, updated_at)"
        " select x.owner, x.module::int, x.ends::timestamptz at time zone 'utc', x.active,"
        " jsonb_strip_nulls(jsonb_build_object('session_id', x.session, 'payment_id', x.invoice)),"
        " x.made::timestamptz at time zone 'utc', x.changed::timestamptz at time zone 'utc'"
        " from jsonb_to_recordset(%s::jsonb)"
        " x (owner text, module text, ends text, active boolean, session text, invoice text, made text,"
        " changed text)",
        json.dumps(list(_rows(world))),
    )
    app.sql(
        "insert into public.access_tokens"
        " (id, name, module_id, module_name, is_active, created_by, expires_at, created_at)"
        " select 'token_' || row_number() over (), 't', x.module::int, 'm', x.active, x.owner,"
        " x.ends::timestamptz at time zone 'utc', x.made::timestamptz at time zone 'utc'"
        " from jsonb_to_recordset(%s::jsonb)"
        " x (owner text, module text, ends text, active boolean, made text)",
        json.dumps(
            [
                {
                    "owner": token.owner,
                    "module": token.module,
                    "ends": token.ends.isoformat() if token.ends else None,
                    "active": token.active,
                    "made": token.made.isoformat(),
                }
                for token in world.tokens
            ]
        ),
    )


def _write_bare(app: App, world: World) -> None:
    """The accesses in the table of a later version, which says no more than whose they are and until when."""
    app.sql(
        "insert into public.user_applications"
        " (user_id, module_id, module_title, access_level, expires_at, is_active, created_at)"
        " select r.user_id, r.module_id, 'm', %s, r.expires_at, r.is_active, r.created_at"
        " from jsonb_to_recordset(%s::jsonb)"
        " x (owner text, module text, ends text, active boolean, made text),"
        # In whatever types the table has: the texts are UTC, with their zone.
        " lateral jsonb_populate_record(null::public.user_applications, jsonb_build_object("
        "'user_id', x.owner, 'module_id', x.module, 'expires_at', x.ends, 'is_active', x.active,"
        " 'created_at', x.made)) r",
        world.profile.handler.origin,
        json.dumps(list(_rows(world))),
    )


def _rows(world: World) -> Iterator[dict[str, Any]]:
    began = {one.id: one.began for one in world.bought if one.began}
    for row in world.held:
        yield {
            "owner": row.owner,
            "module": world.slugs.get(row.module, row.module),
            "ends": row.ends.isoformat() if row.ends else None,
            "active": row.active,
            "session": began.get(row.cites or "", row.cites),
            "invoice": row.cites if row.cites in began else None,
            "made": row.made.isoformat(),
            "changed": (row.changed or row.made).isoformat(),
        }
