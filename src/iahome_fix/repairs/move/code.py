"""Do page and handler of a shop belong together, and is it the code that has to change? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from iahome_fix.profile.seen import GUIDE, LATER

if TYPE_CHECKING:
    from iahome_fix.profile.seen import Seen
    from iahome_fix.profile.shop import Shop

_TOGETHER = timedelta(minutes=5)


@dataclass(frozen=True)
class Code:
    """The tables that the page reads and the handler writes, None where that was not seen; `page_said`: the
    operator says so of the page."""

    page: str | None
    handler: str | None
    page_said: bool = False

    @property
    def differ(self) -> bool:
        """New sales go where the page does not read."""
        return self.page is not None and self.handler is not None and self.page != self.handler


def code_of(shop: Shop, seen: Seen) -> Code:
    """What was seen of both; the operator's word counts for the page."""
    said = shop.chosen is not None
    page = shop.profile.table.name if said or shop.page_seen else None
    return Code(page, _handlers(seen), page_said=said)


def _handlers(seen: Seen) -> str | None:
    """The table that the handler writes: by its source, else by its newest rows, else by its statements."""
    if len(seen.handler) == 1:
        return next(iter(seen.handler))
    guide, later = seen.table(GUIDE), seen.table(LATER)
    if guide.newest is not None and later.newest is not None:
        # Where an app writes both at once, the guide's is the one that counts.
        return LATER if later.newest > guide.newest + _TOGETHER else GUIDE
    if guide.newest is not None or later.newest is not None:
        return GUIDE if later.newest is None else LATER
    writing = [name for name, table in ((GUIDE, guide), (LATER, later)) if table.writes]
    return writing[0] if len(writing) == 1 else None
