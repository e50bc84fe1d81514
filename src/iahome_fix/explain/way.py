"""The way of what one customer is owed: the nine steps, and who has to act next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from iahome_fix.checks.steps import general, step_of
from iahome_fix.domain.trace import Said, Stage, State, Step, trace
from iahome_fix.explain.looking import DATABASE
from iahome_fix.explain.payments import Delivery
from iahome_fix.explain.verdict import OWED
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.explain.account import Bought
    from iahome_fix.explain.story import Story
    from iahome_fix.explain.verdict import Judged

_IN_THE_DATABASE = (Step.CUSTOMER, Step.MODULE, Step.FREE, Step.WRITTEN, Step.KEPT, Step.SHOWN)


def way_of(story: Story, one: Judged) -> tuple[Stage, ...]:
    """The steps of the newest payment for a module that is owed; empty for anything else."""
    if one.state not in OWED:
        return ()
    bought = next((b for b in story.bought or () if one.module in (*b.session.modules, None)), None)
    if bought is None:
        return ()
    return trace(general(story.structure.report), _own(story, one, bought))


def next_of(one: Judged) -> str:
    """What happens next with a module that is owed, and who does it."""
    if one.command:
        return _(
            "run the command above; where there are several, in their order: the last one gives the access"
        )
    if one.hint:
        return _("a person has to act first, as said above")
    return _("a person has to look at it: no command of this tool gives it")


def _own(story: Story, one: Judged, bought: Bought) -> Iterator[Said]:
    step = step_of(one.because) if one.because else None
    if step is not None:
        yield Said(step, State.STOPS, one.because, one.sentence)
    yield from _delivered(story, bought)
    known = story.people is not None and story.people.profile is not None
    if known and story.page is not None and story.page.error:
        error = _("the page ends in an error for this login: {error}").format(error=story.page.error)
        yield Said(Step.SHOWN, State.STOPS, None, error)
    unseen = story.why_unseen(DATABASE)
    if unseen is not None or story.sold is None:
        for unread in _IN_THE_DATABASE:
            yield Said(unread, State.UNKNOWN, None, unseen.reason if unseen else None)


def _delivered(story: Story, bought: Bought) -> Iterator[Said]:
    session, endpoint = bought.session, story.events.endpoint
    if endpoint is not None and endpoint.created is not None and session.moment < endpoint.created:
        detail = _("the endpoint is newer than the payment: what there was before it, Stripe does not say")
        yield Said(Step.SENT, State.UNKNOWN, None, detail)
    untold = {
        Delivery.FORGOTTEN: _("its event is older than the 30 days that Stripe keeps"),
        Delivery.NO_EVENT: _("Stripe has no event for it: one can fail to be generated"),
        Delivery.UNKNOWN: _("its event could not be read"),
    }
    delivery = story.events.delivery(session)
    if delivery in untold:
        yield Said(Step.SENT, State.UNKNOWN, None, untold[delivery])
    elif delivery is Delivery.PENDING:
        yield Said(Step.ACCEPTED, State.UNKNOWN, None, _("its event still waits for an endpoint"))
