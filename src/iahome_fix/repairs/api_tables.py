"""The tables of a backfill as the Data API gives them, read whole, in pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _
from iahome_fix.repairs.patience import quiet
from iahome_fix.repairs.token_rules import Token
from iahome_fix.repairs.withdrawn_rules import Access
from iahome_fix.systems import api_rows

if TYPE_CHECKING:
    from iahome_fix.systems.data_api import DataApi
    from iahome_fix.systems.database import Row

ACCESSES = "module_access"
_TOKENS = "id,token_id:id::text,created_by::text,module_id::text,expires_at,created_at"
# Each column of the target shape is named, so that a table without one of them is refused here.
_ACCESSES = (
    "id,user_id::text,module_id::text,token_id::text,access_type,expires_at,is_active,created_at,updated_at,"
    "metadata"
)


def tokens(api: DataApi, on_read: Callable[[str], None] = quiet) -> tuple[Token, ...]:
    """All active tokens. Raises ApiRefusal."""
    read = _read(api, "access_tokens", _TOKENS, on_read, where={"is_active": "true"})
    return tuple(
        Token(r["token_id"], r["created_by"], r["module_id"], r["expires_at"], r["created_at"]) for r in read
    )


def accesses(api: DataApi, on_read: Callable[[str], None] = quiet) -> tuple[Access, ...]:
    """All rows of module_access. Raises ApiRefusal."""
    return tuple(
        Access(
            r["id"],
            r["user_id"],
            r["module_id"],
            r["token_id"],
            r["access_type"],
            r["expires_at"],
            r["is_active"],
            r["created_at"],
            r["updated_at"],
            r["metadata"],
        )
        for r in _read(api, ACCESSES, _ACCESSES, on_read)
    )


def token_ends(api: DataApi, on_read: Callable[[str], None] = quiet) -> dict[str, str | None]:
    """The end of every token, active or not, by the first 255 characters of its id. Raises ApiRefusal."""
    read = _read(api, "access_tokens", "id,token_id:id::text,expires_at", on_read)
    return {r["token_id"][:255]: r["expires_at"] for r in read}


def modules(api: DataApi) -> dict[str, Any]:
    """The id of each module, by its text. Raises ApiRefusal."""
    return {row["key"]: row["id"] for row in _read(api, "modules", "id,key:id::text", quiet)}


def profiles(api: DataApi, on_read: Callable[[str], None] = quiet) -> frozenset[str]:
    """The ids of all profiles, as text. Raises ApiRefusal."""
    return frozenset(row["key"] for row in _read(api, "profiles", "id,key:id::text", on_read))


def profile_emails(api: DataApi, ids: Collection[str]) -> dict[str, str]:
    """The addresses of these profiles, by id; the table is read whole. Raises ApiRefusal."""
    if not ids:
        return {}
    found = _read(api, "profiles", "id,key:id::text,email::text", quiet)
    return {row["key"]: row["email"] for row in found if row["email"] and row["key"] in ids}


def _read(
    api: DataApi,
    table: str,
    columns: str,
    on_read: Callable[[str], None],
    where: dict[str, str] | None = None,
) -> Iterator[Row]:
    found = 0
    for page in api_rows.pages(api, table, columns, where=where):
        found += len(page)
        if found % (10 * api_rows.PAGE) == 0:
            on_read(_("read {count} rows of {table} …").format(count=found, table=table))
        yield from page
