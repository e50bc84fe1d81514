"""What refuses the row of a grant for another row beside it: unique indexes and exclusions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from iahome_fix.checks import statements
from iahome_fix.errors import ToolError
from iahome_fix.facts import grants as grant_facts
from iahome_fix.facts import refusals, sales
from iahome_fix.i18n import N_, _

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_BESIDE = {
    "module": N_("a second module for the same customer"),
    "customer": N_("the same module for another customer"),
    "session": N_("the second module of one payment"),
    "renewal": N_("a renewal"),
}


@dataclass(frozen=True)
class Obstacle:
    """What refuses the row, in words, and the statement that takes it away, for a person to look at.

    `latent`: only for a kind of sale that nobody made yet.
    """

    words: str
    statement: str
    hides: bool = False
    latent: bool = False


def unique(ctx: Seen, rows: Mapping[str, str], row: Mapping[str, Any], name: str) -> Obstacle | None:
    keys = ", ".join(json.loads(row["keys"]))
    known = (
        "true" if row["drops"] else " and ".join(f"({key}) is not null" for key in json.loads(row["keys"]))
    )
    marks = {"keys": keys, "known": known, "condition": row["condition"], "columns": rows["grant"]}
    asked = [{**marks, "others": rows[other]} for other in _BESIDE]
    answers = ctx.at_once([partial(grant_facts.ask, ctx, "checks/grant_collides", each) for each in asked])
    holding = [other for other, answer in zip(_BESIDE, answers, strict=True) if answer["holds"]]
    if not holding:
        return None
    return Obstacle(
        _("the unique index {name} refuses {what} (23505)").format(name=name, what=_(_BESIDE[holding[0]])),
        statements.drop_index(name),
        # Of what somebody waits for, schema.customers-refused speaks.
        latent=(holding == ["session"] and not _sold_together(ctx))
        or (holding == ["renewal"] and not ctx.profile.is_guides),
    )


def exclude(
    ctx: Seen, rows: Mapping[str, str], row: Mapping[str, Any], name: str, in_sql: str
) -> Obstacle | None:
    marks = {**refusals.excluded(row), "columns": rows["grant"]}
    for what in ("module", "customer", "session"):
        if grant_facts.ask(ctx, "checks/grant_excludes", {**marks, "others": rows[what]})["holds"]:
            return Obstacle(
                _("the exclusion {name} refuses {what} (23P01)").format(name=name, what=_(_BESIDE[what])),
                f"alter table public.module_access drop constraint {in_sql}",
                latent=what == "session" and not _sold_together(ctx),
            )
    return None


def _sold_together(ctx: Seen) -> bool:
    """Whether one payment may be for several modules: some are, or it is not known."""
    paid = sales.payments.or_why(ctx)
    return isinstance(paid, ToolError) or not paid or any(len(one.modules) > 1 for one in paid)
