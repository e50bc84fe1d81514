"""The rights that a run gave and took, one by one: each goes back by itself, and one that somebody changed
since, passed on, or gave as well, stays alone.

`revoke all` would take back nothing at all where one right was passed on (2BP01), and with CASCADE would take
what others gave.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _
from iahome_fix.repairs.schema import forms as schema_forms
from iahome_fix.repairs.undo.part import PartBack

if TYPE_CHECKING:
    from iahome_fix.repairs.schema.forms import Item
    from iahome_fix.systems.database import Row

_Rights = dict[str, frozenset[bool]]


@dataclass(frozen=True)
class Ties:
    """Who holds one right from the role that has it, and who gave it to that role besides the owner."""

    holders: tuple[str, ...] = ()
    givers: tuple[str, ...] = ()


def ties_of(rows: Sequence[Row]) -> dict[tuple[str, str], Ties]:
    """By part and right, of the rows of sql/undo/ties.sql."""
    return {
        (str(row["item"]), str(row["right"])): Ties(
            tuple(json.loads(row["holders"])), tuple(json.loads(row["givers"]))
        )
        for row in rows
    }


def back(
    item: Item, change: Mapping[str, Any], here: Row, ties: Mapping[tuple[str, str], Ties]
) -> Iterator[PartBack]:
    """The rights of one role that go back, as one part, and each that stays, with the reason.

    `change`: of the journal; `here`: what the role has now. Raises NotRebuilt where one does not parse.
    """
    name = str(change["item"])
    was, became, now = (
        schema_forms.rights_of(text) for text in (change["before"], change["after"], here["state"])
    )
    target, lost, gained = dict(now), [], []
    for right in sorted(was.keys() | became.keys()):
        if was.get(right) == became.get(right):
            continue
        obstacle = _obstacle(right, was, became, now, ties.get((name, right), Ties()))
        if obstacle:
            yield PartBack(f"{name} ({right})", change["after"], change["before"], (), obstacle=obstacle)
        elif right not in was:
            lost.append(right)
            del target[right]
        elif right in became and True not in was[right]:
            lost.append(right)
            target[right] = frozenset({False})
        else:
            gained.append(right)
            target[right] = frozenset({True in was[right]})
    # With a right to the whole table its owner's grants of the same to columns go, too.
    again = [right for right in target if any(right.startswith(f"{whole} (") for whole in lost)]
    statements = (
        *(schema_forms.revoke(item, right) for right in lost),
        *(
            schema_forms.grant(item, right, passed_on=True in target[right])
            for right in sorted({*gained, *again, *(right for right in lost if right in target)})
        ),
    )
    if statements:
        yield PartBack(
            name, str(here["state"]), schema_forms.rights_text(target), statements, str(here["identity"])
        )


def _obstacle(right: str, was: _Rights, became: _Rights, now: _Rights, ties: Ties) -> str | None:
    weaker = right in became and (right not in was or True not in was[right])
    if weaker and ties.holders:
        return _("stays, since it was passed on to {roles}, who would lose it").format(
            roles=", ".join(ties.holders)
        )
    if now.get(right) != became.get(right):
        return _("changed by somebody since, and stays")
    if weaker and ties.givers:
        return _("stays, since {roles} gave it, too").format(roles=", ".join(ties.givers))
    return None
