"""What refuses the rows of some sales, in words, and the statement that takes it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import statements
from iahome_fix.i18n import _
from iahome_fix.identifiers import quoted
from iahome_fix.masks import scrub

if TYPE_CHECKING:
    from iahome_fix.facts.refusals import Refused

_STATES = {"check": "23514", "unique": "23505", "exclude": "23P01", "key": "23503"}


def words(found: Refused) -> str:
    """What refuses them, and with which error."""
    names = {
        "name": found.name,
        "state": _STATES[found.kind],
        "table": found.table,
        "condition": found.condition,
    }
    return {
        "check": _("the constraint {name} ({state}): {condition}"),
        "key": _("the foreign key {name}, whose table {table} does not have them ({state})"),
        "unique": _("the unique index {name}, which another row fills ({state})"),
        "exclude": _("the exclusion {name}, which another row fills ({state})"),
    }[found.kind].format(**{key: scrub(text) for key, text in names.items()})


def statement(found: Refused) -> str:
    """What would take it away, for a person who asked first what it is for."""
    if found.kind == "unique":
        return statements.drop_index(found.name)
    return f"alter table public.module_access drop constraint {quoted(found.name)}"
