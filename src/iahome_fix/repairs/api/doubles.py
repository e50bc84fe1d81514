"""Accesses that were made twice at the same moment, where no unique index stood in the way.

Over the Data API it cannot be seen whether module_access has its unique index. With it nothing is ever found
here. Without it a sale that comes in while a run inserts gives a second active access: the run's own is
switched off again, unless it lasts longer than the other, which then only `migrate` may settle.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iahome_fix.repairs.api.images import IMAGE, deactivated
from iahome_fix.repairs.api.tables import ACCESSES
from iahome_fix.repairs.moments import moment
from iahome_fix.systems import api_rows
from iahome_fix.systems.api_rows import ApiRefusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from iahome_fix.repairs.api.tables import Access
    from iahome_fix.systems.data_api import DataApi


def surplus(rows: Iterable[Access]) -> tuple[tuple[Any, ...], int]:
    """What is too much of these active accesses.

    The ids of the rows that this tool made beside one that lasts at least as long, and how many customers
    (with a module) have several active rows even without those.
    """
    pairs: dict[tuple[str | None, str | None], list[Access]] = defaultdict(list)
    for access in rows:
        if access.owner is not None and access.module_id is not None:
            pairs[access.owner, access.module_id].append(access)
    ours: list[Any] = []
    left = 0
    for several in pairs.values():
        # The one that stays: it lasts longest, then it is not ours, then it was there first.
        stays = max(several, key=lambda a: (_end(a), a.run_id is None))
        over = [a.row_id for a in several if a is not stays and a.run_id is not None]
        ours += over
        left += len(several) - len(over) > 1
    return tuple(ours), left


def end(api: DataApi, row_ids: Sequence[Any], run_id: str) -> int:
    """Switch off these rows, as far as nobody changed them meanwhile; returns how many.

    Raises ApiRefusal, UnexpectedResponse.
    """
    ended = 0
    for row in list(api_rows.by_ids(api, ACCESSES, IMAGE, row_ids)) if row_ids else ():
        if row["is_active"] is not True:
            continue
        values, unchanged = deactivated(row, "duplicate", run_id)
        reply = api_rows.update(api, ACCESSES, values, unchanged)
        if reply.code is not None:
            raise ApiRefusal(ACCESSES, reply)
        ended += len(reply.rows)
    return ended


def _end(access: Access) -> datetime:
    return moment(access.expires_at) or datetime.max
