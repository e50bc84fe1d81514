"""How far the server has come with an index that is built beside the running shop, where somebody watches."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.i18n import N_
from iahome_fix.systems.asked import coming_on, current, progress

if TYPE_CHECKING:
    from iahome_fix.systems.database import Database

BUILDING = N_("{done} pages of the table read for its index")
_EVERY = 1.0


@contextmanager
def watching(db: Database) -> Iterator[None]:
    """Ask, while the block runs, how far it has come; once a second, and only where it is shown."""
    if not current().watched:
        yield
        return
    over = threading.Event()
    with coming_on(BUILDING):
        threading.Thread(target=_look, args=(db, over), daemon=True, name="building").start()
        try:
            yield
        finally:
            over.set()


def _look(db: Database, over: threading.Event) -> None:
    while not over.wait(_EVERY):
        try:
            rows = db.read(sql.load("migrate/building"))
        except ToolError:
            return
        for row in rows:
            whole = int(row["whole"])
            progress(BUILDING, int(row["done"]), int(row["done"]) / whole if whole else None)
