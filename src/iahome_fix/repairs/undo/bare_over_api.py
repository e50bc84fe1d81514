"""Takes back the rows of a run in a later version's table over the Data API, where no SQL can be run.

A row is as the run left it while the journal has its id and it carries the number of one of the run's
transactions, or, where the run was killed before it heard these, the moment and the values that it noted
before it sent them. Each request is a transaction of its own that changes a row only as it was judged; run
again, it goes on with what is left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import Refused, ToolError
from iahome_fix.i18n import _
from iahome_fix.repairs.api.bare.refusals import refused
from iahome_fix.repairs.api.bare.table import BareTable
from iahome_fix.repairs.moments import moment
from iahome_fix.repairs.undo.undone import Undone, UndoneInPart
from iahome_fix.systems.api_rows import ApiRefusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from iahome_fix.repairs.api.bare.table import Held
    from iahome_fix.repairs.undo.bare_rows import Bare
    from iahome_fix.repairs.undo.rows import Rows
    from iahome_fix.systems.data_api import DataApi

_CLOCKS = timedelta(minutes=5)
"""By how much the clocks of two machines may differ."""


@dataclass(frozen=True)
class _Judged:
    """The rows as the run left them: made, deactivated, and lengthened (with what they held before)."""

    made: tuple[Held, ...]
    ended: tuple[Held, ...]
    lengthened: tuple[tuple[Held, Mapping[str, Any]], ...]
    blocked: frozenset[str]

    @property
    def restorable(self) -> int:
        return len(self.ended) - len(self.blocked) + len(self.lengthened)


def look(api: DataApi, bare: Bare, versions: str) -> dict[str, Any]:
    """As `bare_rows.look`. Raises Refused, CouldNotTell."""
    try:
        judged = _judge(BareTable(api, bare.profile), bare, json.loads(versions))
    except ApiRefusal as refusal:
        raise refused(refusal) from None
    return {
        "created": max(bare.inserted, len(judged.made)),
        "deletable": len(judged.made),
        "ended": len(judged.ended) + len(bare.lengthened),
        "restorable": judged.restorable,
        "lengthened": len(bare.lengthened),
        "to_shorten": len(judged.lengthened),
        "blocked": len(judged.blocked),
    }


def take_back(api: DataApi, agreed: Rows) -> Undone:
    """Take back what the plan shows. Less may come of it, where somebody changed a row meanwhile.

    Raises Refused where there is more to take back than was shown, UndoneInPart where a part was taken back.
    """
    done, bare = Undone(), agreed.bare
    if bare is None:
        return done
    table = BareTable(api, bare.profile)
    try:
        judged = _judge(table, bare, json.loads(agreed.versions))
        if len(judged.made) > agreed.deletable or judged.restorable > agreed.restorable:
            raise Refused(
                "changed",
                _("more of that run can be undone now than the plan showed; nothing was changed"),
                _("if that run is still under way, wait for its end; then run the same command again"),
            )
        for version in dict.fromkeys(row.version for row in judged.made):
            keys = [row.key for row in judged.made if row.version == version]
            gone = table.delete(version, keys)
            done += Undone(deleted=len(gone), deleted_ids=tuple(gone))
        for row, values in _to_restore(table, judged):
            reply = table.change(row, values)
            if reply.code is not None:
                raise ApiRefusal(table.name, reply)
            done += Undone(restored=len(reply.rows), restored_ids=(row.key,) if reply.rows else ())
    except ToolError as error:
        why = refused(error) if isinstance(error, ApiRefusal) else error
        raise (UndoneInPart(done, why) if done.in_database else why) from None
    return done


def _to_restore(table: BareTable, judged: _Judged) -> Iterator[tuple[Held, dict[str, Any]]]:
    columns = table.columns
    for row, image in judged.lengthened:
        yield row, {columns.ends.name: image["ends"], columns.created.name: image["created"]}
    for row in judged.ended:
        if row.key not in judged.blocked:
            yield row, {columns.active.name: True}


def _judge(table: BareTable, bare: Bare, versions: list[str]) -> _Judged:
    table.require_versions()
    images = {str(image["id"]): image for image in bare.lengthened}
    of_run = {row.key: row for row in table.written_by(versions)}
    unheard = {row.key: row for row in _unheard(table, bare)}
    ids = {*bare.made, *(unheard.keys() - images.keys())}
    switched_off = {*bare.ended}
    if bare.unlisted is not None:
        ids |= {row.key for row in of_run.values() if row.active and _is_of_then(row, bare.unlisted)}
        switched_off |= {row.key for row in of_run.values() if row.active is False}
    there = of_run | unheard
    made = tuple(row for key, row in there.items() if key in ids)
    off = tuple(row for key, row in there.items() if key in switched_off - ids and row.active is not True)
    lengthened = tuple((row, images[key]) for key, row in there.items() if key in images and row.active)
    return _Judged(made, off, lengthened, _blocked(table, off, {row.key for row in made}))


def _is_of_then(row: Held, then: tuple[str, str]) -> bool:
    """Whether a row that the journal does not list was made while the run was under way (as
    sql/undo/bare_unlisted.sql)."""
    made, began, ended = (moment(text) for text in (row.created, *then))
    return made is None or began is None or ended is None or began - _CLOCKS <= made <= ended + _CLOCKS


def _unheard(table: BareTable, bare: Bare) -> Iterator[Held]:
    """The rows of a request whose answer the run did not hear: as it noted them before it was sent."""
    if bare.pending is not None:
        at = bare.pending["at"]
        wanted = {(owner, module, moment(ends)) for owner, module, ends in bare.pending["rows"]}
        for row in table.made_at(at):
            is_theirs = (row.owner, row.module, moment(row.ends)) in wanted
            if row.active and is_theirs and row.said == table.written:
                yield row
    last = bare.lengthened[-1] if bare.lengthened else None
    if last is not None and "at" in last:
        for row in table.made_at(last["at"]):
            same = row.key == str(last["id"]) and moment(row.ends) == moment(last["to"])
            if row.active and same:
                yield row


def _blocked(table: BareTable, ended: tuple[Held, ...], going: set[str]) -> frozenset[str]:
    """The deactivated rows whose customer has another active access to the module by now."""
    owners = sorted({row.owner for row in ended if row.owner})
    there = {(row.owner, row.module) for row in table.active(owners) if row.key not in going}
    return frozenset(row.key for row in ended if (row.owner, row.module) in there)
