"""One customer's story with the answer: told twice, where copied rows would accuse somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iahome_fix.explain.case import Tools
from iahome_fix.explain.judge import judge
from iahome_fix.explain.privacy import Shown
from iahome_fix.explain.story import handler_of, remark_of, tell
from iahome_fix.explain.verdict import Answer, answer

if TYPE_CHECKING:
    from datetime import datetime

    from iahome_fix.explain.story import CustomersContext, Story
    from iahome_fix.explain.verdict import Judged

_ACCUSES = (Answer.MISSING, Answer.NOT_FOUND)


@dataclass(frozen=True)
class Told:
    """A story, what is said of each module, the one word over it, and how texts of it are shown."""

    story: Story
    judged: tuple[Judged, ...]
    answer: Answer
    shown: Shown


def told(ctx: CustomersContext, email: str, *, asked: str | None, since: datetime, emails: bool) -> Told:
    """The story of `email`, judged; `asked`, `since`: as `tell` has them, `emails`: addresses in full.

    Without SQL the rows are a copy of a moment ago: what is missing is looked for once more in rows that are
    read anew.
    """
    found = _once(ctx, email, asked, since, emails=emails)
    if found.answer not in _ACCUSES or not ctx.only_data_api:
        return found
    ctx.look_again()
    return _once(ctx, email, asked, since, emails=emails)


def _once(ctx: CustomersContext, email: str, asked: str | None, since: datetime, *, emails: bool) -> Told:
    story = tell(ctx, email, asked=asked, since=since)
    shown = Shown(emails=emails, known=story.addresses)
    judged = judge(story, Tools(ctx.settings.command, shown, handler_of(ctx), remark_of(ctx)))
    return Told(story, judged, answer(judged, story.unseen, nobody=story.nobody), shown)
