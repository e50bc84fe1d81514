"""What Stripe and the site say of the version of the app, and which way that points. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from iahome_fix.i18n import _
from iahome_fix.profile.module_access import MODULE_ACCESS
from iahome_fix.profile.user_applications import USER_APPLICATIONS_MONTH

if TYPE_CHECKING:
    from collections.abc import Collection

EARLY_PATHS = frozenset((MODULE_ACCESS.handler.path,))
"""Where the first versions take Stripe's events: that of the guide, and the one that sold for a year."""
LATE_PATHS = frozenset(USER_APPLICATIONS_MONTH.handler.paths) - EARLY_PATHS
"""Where only the last versions do."""
EARLY_KEYS = frozenset(MODULE_ACCESS.checkout.read)
LATE_KEYS = frozenset(USER_APPLICATIONS_MONTH.checkout.read)
"""By which keys of the metadata they sell."""


class Way(Enum):
    """To which versions something points."""

    EARLY = auto()
    LATE = auto()


@dataclass(frozen=True)
class Outside:
    """What Stripe and the site say. What nobody told is None, which is not an empty answer.

    Attributes:
        sends_to: at which paths of a webhook of the app Stripe's enabled endpoints for this site are.
        sold_by: by which keys of the metadata the newest Checkout Sessions name what was sold.
        answers_at: at which of these paths the site answers as a webhook does.
        silent: who was asked and did not tell: Stripe, and then the site, if it did not either. Who is not
            configured is not asked. A site that alone says nothing may not be there yet.
    """

    sends_to: frozenset[str] | None = None
    sold_by: frozenset[str] | None = None
    answers_at: frozenset[str] | None = None
    silent: tuple[str, ...] = ()

    @property
    def sends(self) -> Way | None:
        """Where the endpoints point."""
        return _way(self.sends_to, EARLY_PATHS, LATE_PATHS)

    @property
    def sells(self) -> Way | None:
        """Where the newest sessions point."""
        return _way(self.sold_by, EARLY_KEYS, LATE_KEYS)

    @property
    def answers(self) -> Way | None:
        """Where the site's answers point."""
        return _way(self.answers_at, EARLY_PATHS, LATE_PATHS)


@dataclass(frozen=True)
class Pointing:
    """Which way all of it points.

    Attributes:
        way: None where nothing does, or one thing speaks against the other.
        said: what speaks for it, as half a sentence; empty where nothing was told.
        certain: False where it contradicts itself, where only an endpoint or only the keys of the sessions
            speak for the last versions, and where who was asked did not tell.
    """

    way: Way | None
    said: str
    certain: bool


def pointing(outside: Outside, table: Way | None = None) -> Pointing:
    """What follows from it: what all of it says, or what the deployed app answers where the rest is not
    against it. Whose route does not answer at a path of the last versions has not deployed one of them.

    `table`: the version whose columns the table of accesses has. That alone says nothing: the empty table of
    a version may be left over. By its keys alone nothing is of the last versions: a checkout may name what it
    sells otherwise than its handler reads it. Nor is it by an endpoint alone: that may be a wrong address.
    """
    words = said(outside)
    ways = [way for way in (outside.answers, outside.sells, outside.sends) if way is not None]
    if not ways:
        return Pointing(None, words, certain=not (outside.silent or words))
    ways += [table] if table is not None else []
    early, late = ways.count(Way.EARLY), ways.count(Way.LATE)
    if not late:
        return Pointing(Way.EARLY, words, certain=True)
    if not early:
        alone = late == 1 and outside.answers is None
        return Pointing(None if alone and outside.sells else Way.LATE, words, certain=not alone)
    if outside.answers is Way.EARLY and early >= late:
        return Pointing(Way.EARLY, words, certain=True)
    if outside.answers is None and outside.sells is Way.EARLY and late == 1 and table is None:
        # The endpoint alone is against it.
        return Pointing(Way.EARLY, words, certain=True)
    if outside.answers is Way.LATE and late > early:
        return Pointing(Way.LATE, words, certain=True)
    return Pointing(None, words, certain=False)


def said(outside: Outside) -> str:
    """All that was found, as half a sentence."""
    words = []
    if outside.sold_by:
        words.append(
            _("its newest Checkout Sessions name what was sold by {keys}").format(
                keys=_listed(outside.sold_by)
            )
        )
    if outside.answers_at:
        words.append(_("its site takes events at {paths}").format(paths=_listed(outside.answers_at)))
    if outside.sends_to:
        words.append(_("Stripe sends to {paths}").format(paths=_listed(outside.sends_to)))
    return ", ".join(words)


def at_odds(outside: Outside, *, early: bool, of_site: bool) -> str | None:
    """What of it speaks against a shop that is of an early version, or is not, as half a sentence.

    `of_site`: whether the site may take events where Stripe sends them. Where it is known that it does not,
    that address is only wrong, and link stripe says so.
    """
    own = Way.EARLY if early else Way.LATE
    words = []
    if outside.sends not in (None, own) and of_site:
        words.append(_("Stripe sends to {paths}").format(paths=_listed(outside.sends_to)))
    if outside.sells not in (None, own):
        words.append(
            _("its newest Checkout Sessions name what was sold by {keys}").format(
                keys=_listed(outside.sold_by)
            )
        )
    return ", ".join(words) or None


def _way(found: Collection[str] | None, early: Collection[str], late: Collection[str]) -> Way | None:
    is_early = any(one in early for one in found or ())
    is_late = any(one in late for one in found or ())
    if is_early == is_late:
        return None
    return Way.EARLY if is_early else Way.LATE


def _listed(found: Collection[str] | None) -> str:
    return ", ".join(sorted(found or ()))
