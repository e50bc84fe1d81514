"""The rows that earlier test payments left, and whether one of those may be under way."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from iahome_fix.domain.synthetic import Buyer, made_at
from iahome_fix.i18n import _, ngettext
from iahome_fix.verify.rows import PAYMENT, Row, Traces

_OWN_RUN = timedelta(seconds=60)
"""A run that began so lately may still be under way: it gets the time to end by itself."""
_OTHERS_RUN = timedelta(minutes=10)
_LOOK_EVERY = 0.5


def leftovers_of(
    traces: Traces, buyer: Buyer, patience: float, say: Callable[[str], None]
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows to remove first, and a sentence about those that may belong to a run under way."""
    deadline = time.monotonic() + patience
    said = False
    while True:
        found = traces.left_behind()
        mine = [row for row in found if row.table != PAYMENT and _same(row, buyer)]
        if not any(_age(row) < _OWN_RUN for row in mine) or time.monotonic() >= deadline:
            break
        if not said:
            say(_("a run for this customer and module began a moment ago; waiting for its end …"))
            said = True
        time.sleep(_LOOK_EVERY)
    sessions = {row.session_id for row in mine}
    old = [row for row in found if row.session_id in sessions or _age(row) >= _OTHERS_RUN]
    young = len(found) - len(old)
    if not young:
        return tuple(old), ()
    note = ngettext(
        "{count} row of a run that began within the last 10 minutes is left alone: it may be under way",
        "{count} rows of runs that began within the last 10 minutes are left alone: they may be under way",
        young,
    ).format(count=young)
    return tuple(old), (note,)


def _same(row: Row, buyer: Buyer) -> bool:
    return row.user_id == buyer.user_id and row.module_id == buyer.module


def _age(row: Row) -> timedelta:
    made = made_at(row.session_id or "")
    return datetime.now(UTC) - made if made else timedelta.max
