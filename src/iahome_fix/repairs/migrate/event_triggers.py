"""What runs at each change of the schema, and may refuse it: named before anything is applied."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix import sql
from iahome_fix.i18n import _
from iahome_fix.identifiers import quoted
from iahome_fix.systems.database import Database


def noted(db: Database) -> Iterator[str]:
    """A sentence for each event trigger that others made. Raises SqlError."""
    for row in db.read(sql.load("migrate/event_triggers")):
        name, function = str(row["name"]), str(row["function"])
        if row["refuses"]:
            yield _(
                "the event trigger {name} ({function}) runs at each of these changes and may refuse them all;"
                " ask whoever made it; in the SQL editor, before: {before}; after: {after}"
            ).format(
                name=name,
                function=function,
                before=f"alter event trigger {quoted(name)} disable",
                after=f"alter event trigger {quoted(name)} enable",
            )
        else:
            yield _("the event trigger {name} ({function}) runs at each of these changes").format(
                name=name, function=function
            )
