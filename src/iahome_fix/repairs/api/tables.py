"""What a backfill over the Data API reads of `module_access` beside the copy: its active rows, live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.systems import api_rows

if TYPE_CHECKING:
    from iahome_fix.systems.data_api import DataApi

ACCESSES = "module_access"
_ACTIVE = "id,key:id::text,user_id::text,module_id::text,expires_at,run_id:metadata->>run_id"


@dataclass(frozen=True)
class Access:
    """An active row, over or not: ids as text, its end in ISO 8601; `run_id`: the run that made it."""

    row_id: str
    owner: str | None
    module_id: str | None
    expires_at: str | None
    run_id: str | None


def active(api: DataApi) -> tuple[Access, ...]:
    """All active rows. Raises ApiRefusal, UnexpectedResponse."""
    return tuple(
        Access(row["key"], row["user_id"], row["module_id"], row["expires_at"], row["run_id"] or None)
        for page in api_rows.pages(api, ACCESSES, _ACTIVE, where={"is_active": "true"})
        for row in page
    )
