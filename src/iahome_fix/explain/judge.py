"""Judges a story: one question after the other, module by module, the certain answers first.

What is owed, and what was served, the verdicts decide (`facts/sales.py`), here as in the doctor's checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.domain.verdicts import storable
from iahome_fix.explain import due, lost, past, present, strangers
from iahome_fix.explain.case import Case, Tools
from iahome_fix.explain.verdict import Judged

if TYPE_CHECKING:
    from iahome_fix.explain.story import Story


def judge(story: Story, tools: Tools) -> tuple[Judged, ...]:
    """Every module that was asked for, paid for, given or shown, in this order."""
    found = tuple(_one(Case(story, module, tools)) for module in _named(story))
    return (*found, *lost.nameless(story))


def _one(case: Case) -> Judged:
    story = case.story
    if story.page is not None and case.module in story.page.modules:
        return lost.renewal(case) or present.visible(case)
    return (
        present.hidden(case)
        or past.blind(case)
        or due.astray(case)
        or lost.payment(case)
        or due.astray(case, of_twin=True)
        or due.ended_early(case)
        or due.waiting(case)
        or due.switched_off(case)
        or strangers.stranger(case)
        or lost.under_way(case)
        or past.past(case)
        or past.nothing(case)
    )


def _named(story: Story) -> tuple[str, ...]:
    named: list[str] = [story.asked] if story.asked else []
    for one in story.bought or ():
        if not one.session.is_token_pack:
            named += one.session.modules
    named += [token.module for token in story.tokens or () if token.module]
    named += [row.module for row in story.accesses or () if row.module]
    named += story.page.modules if story.page else ()
    return tuple(dict.fromkeys(storable(module) for module in named))
