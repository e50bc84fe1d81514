"""What is copied of the app's tables where no SQL can be run: which columns, and in which order.

Never `jwt_token`, or anything else that opens a door.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iahome_fix.profile import AppProfile, Column


def _columns(text: str) -> tuple[Column, ...]:
    """Names with kinds: `name`, `name:kind`; `?` in front where it is optional."""
    parts = ((*part.removeprefix("?").partition(":"), part.startswith("?")) for part in text.split())
    return tuple(Column(name, kind or "text", optional) for name, _colon, kind, optional in parts)


def tables_of(profile: AppProfile) -> Mapping[str, tuple[Column, ...]]:
    """What is copied of each table, in the order in which they are read.

    Whoever refers comes before what is referred to: what is written while they are read is never a row whose
    customer, or module, is not there.
    """
    accesses = profile.table
    return {
        "access_tokens": _columns(
            "id created_by module_id is_active:boolean expires_at:time created_at:time"
        ),
        accesses.name: accesses.columns,
        "payments": _columns("id ?session_id ?stripe_session_id"),
        **{name: columns for name, columns in _ELSEWHERE.items() if name != accesses.name},
        "profiles": _columns("id email"),
        "modules": _columns("id ?title ?price"),
    }


_ELSEWHERE = {
    "user_applications": _columns(
        "id user_id module_id is_active:boolean ?access_level ?expires_at:time ?created_at:time"
    )
}
"""Where the handlers of other versions of the app write."""

READ_LATER = frozenset(("payments", *_ELSEWHERE))
"""Tables that are read only when a query names them."""


def key_of(table: str, profile: AppProfile) -> str:
    """The column by which the rows of a table are told apart."""
    return profile.table.id.name if table == profile.table.name else "id"


def asked(table: str, profile: AppProfile) -> str:
    """What is asked of a table that has all of the columns (`select`)."""
    return select_of(tables_of(profile)[table], key_of(table, profile))


def select_of(columns: Sequence[Column], key: str) -> str:
    """What is asked of a table: texts by a cast, JSON as text, too, since numbers change on their way."""
    parts = [key]
    for column in columns:
        if column.name == key:
            parts.append(f"key:{key}::text")
        elif column.kind == "text":
            parts.append(f"{column.name}::text")
        elif column.kind == "json":
            parts += [column.name, f"{column.name}_text:{column.name}::text"]
        else:
            parts.append(column.name)
    return ",".join(parts)
