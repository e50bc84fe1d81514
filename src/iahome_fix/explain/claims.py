"""One payment as the questions about it look at it: whose it is, how old, and the command that serves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from iahome_fix.domain import money as domain_money
from iahome_fix.domain.lengths import LATE
from iahome_fix.domain.sale import UNASSIGNED
from iahome_fix.domain.verdicts import modules_of
from iahome_fix.explain.address import key, same

if TYPE_CHECKING:
    from iahome_fix.domain.sale import Sale
    from iahome_fix.explain.account import Bought
    from iahome_fix.explain.case import Case, Tools
    from iahome_fix.explain.rows import Token
    from iahome_fix.explain.story import Story
    from iahome_fix.systems.stripe_payments import Payment


def is_under_way(story: Story, one: Bought) -> bool:
    """Too young for anything to be wrong already."""
    return domain_money.is_under_way(one.session, story.now)


def reconcile_command(tools: Tools, story: Story, one: Bought, sale: Sale | None = None) -> str:
    """The command that gives this payment what it bought, with the flags that it takes.

    How long it was bought for, where that is not known, has to be put into it.
    """
    from_now = all(is_over(story, one, module) for module in modules_of(one.session))
    said = ("--access-duration", f"{sale.module}=SPAN") if sale is not None and sale.candidates else ()
    return tools.command("reconcile", *options(story, one.session, from_now=from_now), *said)


def options(story: Story, payment: Payment, *, from_now: bool = False) -> tuple[str, ...]:
    """The options by which another command looks at this payment, too, on the terms of the story;
    `from_now`: what it writes begins now."""
    terms = story.terms
    # Less a day that an operator may take until it is run; one that is older than the look-back was found by
    # its address.
    if payment.created < terms.since + timedelta(days=1):
        terms = replace(terms, since=payment.created.replace(hour=0, minute=0, second=0, microsecond=0))
    return terms.words(story.now, from_now=from_now)


def is_over(story: Story, one: Bought, module: str | None) -> bool:
    """Whether the term for which a module was bought lies in the past."""
    return story.terms.sold_until(one.session.moment, module) <= story.now


def covered(story: Story, token: Token, one: Bought) -> bool:
    """Whether a token opened the module for the term that was bought; asked where there is no verdict."""
    ends = token.term.ends
    term = story.terms.covered_from(one.session.moment, token.module) - LATE
    return token.active is True and (token.term.endless or (ends is not None and ends >= term))


def sale_of(case: Case, one: Bought) -> Sale | None:
    """What the payments checks say of it; None where they could not be asked, or while it is under way."""
    return (case.story.sold or {}).get((one.session.id, case.module))


def is_ours(case: Case, one: Bought) -> bool:
    """Whether the payment counts for the customer: by the verdict, else by its first address."""
    sale = sale_of(case, one)
    if sale is not None and sale.owner is not None and case.owner is not None:
        return sale.owner == case.owner
    return one.session.email is not None and same(one.session.email, case.story.email)


def has_account(case: Case, one: Bought, sale: Sale | None) -> bool:
    """Whether the payment leads to a profile."""
    if sale is not None:
        return sale.verdict not in UNASSIGNED
    return key(one.session.email or "") in case.story.with_profile
