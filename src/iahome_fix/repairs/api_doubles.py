"""Accesses that were made twice at the same moment, where no unique index stood in the way.

Over the Data API it cannot be seen whether module_access has its unique index. With it nothing is ever found
here; without it the row that was there first stays, and the run's own is switched off again.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from iahome_fix.repairs.api_images import IMAGE, deactivated
from iahome_fix.repairs.api_tables import ACCESSES, accesses
from iahome_fix.systems import api_rows
from iahome_fix.systems.api_rows import ApiRefusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iahome_fix.systems.data_api import DataApi


def end_doubles(api: DataApi, made: Sequence[Any], run_id: str) -> int:
    """Switch off those of the rows `made` beside an older active one of the same customer and module.

    Returns how many. Raises ApiRefusal.
    """
    if not made:
        return 0
    active: dict[tuple[str | None, str | None], list[Any]] = defaultdict(list)
    for access in accesses(api):
        if access.is_active:
            active[access.owner, access.module_id].append(access.row_id)
    ours = set(made)
    surplus = [row for ids in active.values() for row in sorted(ids)[1:] if row in ours]
    ended = 0
    for row in list(api_rows.by_ids(api, ACCESSES, IMAGE, surplus)) if surplus else ():
        values, unchanged = deactivated(row, "duplicate", run_id)
        reply = api_rows.update(api, ACCESSES, values, unchanged)
        if reply.code is not None:
            raise ApiRefusal(ACCESSES, reply)
        ended += len(reply.rows)
    return ended
