"""Which profile a shop goes by, from what was seen of it. Pure: facts in, a choice out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from iahome_fix.errors import MissingCredential
from iahome_fix.i18n import _
from iahome_fix.profile.module_access import MODULE_ACCESS
from iahome_fix.profile.seen import (
    FIRST,
    GUIDE,
    LATER,
    ONLY_MONTH,
    Seen,
    only_one,
    read_by_customers,
    untold_table,
    used,
)
from iahome_fix.profile.signs import EARLY_KEYS, EARLY_PATHS, LATE_KEYS, Outside, Way, at_odds, pointing
from iahome_fix.profile.user_applications import USER_APPLICATIONS_MONTH, USER_APPLICATIONS_YEAR

if TYPE_CHECKING:
    from iahome_fix.profile.model import AppProfile

_TOOK_OVER = timedelta(days=30)
"""How long nothing was written in the one table while the other was, for the change to be over."""


@dataclass(frozen=True)
class Shop:
    """The profile that a run goes by.

    Attributes:
        profile: itself.
        why: half a sentence for a person.
        other: the table of another version that may be the one just as well, None where nothing speaks for
            it.
        page_seen: whether the page was seen to read the profile's table, by its source or its statements.
        chosen: where the operator said so; None where it was found.
        certain: False where what would tell could not be read, or contradicts itself: then nothing is
            written.
        settles: what would settle it, as a half sentence for a person; None where nothing is known to.
    """

    profile: AppProfile
    why: str
    other: str | None = None
    page_seen: bool = False
    chosen: str | None = None
    certain: bool = True
    settles: str | None = None


def shop_of(seen: Seen) -> Shop:
    """The profile by which a shop that looks so is judged; that of the guide where nothing says otherwise."""
    if not seen.told:
        why = _("nothing could be read of its tables, so it is taken for the guide's")
        # Where no credential is there for it, the command says so by itself.
        certain = isinstance(seen.failure, MissingCredential)
        return Shop(MODULE_ACCESS, why, certain=certain, settles=_("run the same command again in a minute"))
    by_source = _by_source(seen)
    if by_source is not None:
        return by_source
    untold = untold_table(seen)
    if untold is not None:
        return _by_others(seen, untold)
    return _by_rows(seen) or _by_tables(seen)


def contradiction(shop: Shop, seen: Seen, outside: Outside, *, of_site: bool = True) -> str | None:
    """What of the evidence is of another version than the shop is judged by, as half a sentence.

    `of_site`: see `signs.at_odds`.
    """
    words = []
    handler = only_one(seen.handler)
    if handler is not None and handler != shop.profile.table.name:
        words.append(_("the source of its handler writes {table}").format(table=handler))
    early = shop.profile.handler.path in EARLY_PATHS
    words.append(at_odds(outside, early=early, of_site=of_site) or "")
    return ", ".join(filter(None, words)) or None


def _by_source(seen: Seen) -> Shop | None:
    """By the source of the app, where it was given: what the page reads, else what the handler writes."""
    read, written = only_one(seen.page), only_one(seen.handler)
    if read is not None:
        other = written if written not in (None, read) else None
        return _of(read, seen, _("the source of its page reads {table}"), other=other, page_seen=True)
    if written is not None:
        return _of(written, seen, _("the source of its handler writes {table}"))
    return None


def _by_others(seen: Seen, table: str) -> Shop:
    """By Stripe and the site, where the rows of a table cannot be read: only the last versions are told so.

    The others sell by the same keys, at the same address.
    """
    told = pointing(seen.outside) if seen.outside else None
    if told is not None and told.way is Way.LATE and told.certain:
        return Shop(USER_APPLICATIONS_MONTH, told.said)
    if seen.table(table).hidden:
        why = _(
            "row level security hides rows of {table} from this user of the database, so it is not"
            " known which version writes"
        )
        settles = _("give the database URL of a user who sees them (postgres)")
    else:
        why = _("the rows of {table} could not be read, so it is not known which version writes")
        settles = _("run the same command again in a minute")
    why = why.format(table=table)
    return Shop(MODULE_ACCESS, why, other=LATER, certain=False, settles=settles)


def _by_rows(seen: Seen) -> Shop | None:
    """By what the handlers wrote; None where neither table has a row of one."""
    guide, later = seen.table(GUIDE), seen.table(LATER)
    customers = read_by_customers(seen)
    if guide.newest is not None:
        fresh = later.unmatched if later.unmatched and later.unmatched > guide.newest else None
        if fresh is None:
            return _of(GUIDE, seen, _("its webhook wrote {table} last"), page_seen=customers == GUIDE)
        if customers is not None:
            return _of(customers, seen, _("its customers are seen to read {table}"), page_seen=True)
        if fresh - guide.newest > _TOOK_OVER:
            why = _("its webhook writes {table}, and has not written {other} for {days} days")
            days = (fresh - guide.newest).days
            return _of(LATER, seen, why.replace("{days}", str(days)), other=GUIDE)
        why = _("{table} has rows of its webhook, as has {other}, whose newest are newer")
        return _of(GUIDE, seen, why, other=LATER)
    if later.newest is None:
        return None
    if customers == GUIDE:
        why = _("its customers are seen to read {table}, while its webhook writes {other}")
        return _of(GUIDE, seen, why, other=LATER, page_seen=True)
    why = (
        _("its webhook writes {table}, and nothing in {other} is of it")
        if guide.kind
        else _("its webhook writes {table}, and there is no {other}")
    )
    other = GUIDE if guide.kind and guide.rows and customers is None else None
    return _of(LATER, seen, why, other=other, page_seen=customers == LATER)


def _by_tables(seen: Seen) -> Shop:
    """Where no row tells: by who is seen to use which table, which there are, Stripe and the site."""
    guide, later = seen.table(GUIDE), seen.table(LATER)
    table = used(seen)
    if table is not None:
        customers = read_by_customers(seen)
        why = (
            _("its customers are seen to read {table}")
            if customers
            else _("its server is seen to write {table}")
        )
        return _of(table, seen, why, page_seen=customers is not None)
    if guide.kind is None and later.columns >= ONLY_MONTH:
        return _of(LATER, seen, _("it has {table} as the versions of 2026 have it, and no {other}"))
    if _is_the_first(seen):
        words = _("it has {first}, which the first version wrote, and neither {table} nor {other}")
        advice = _("this tool has no profile for the first version: deploy a later one")
        found = _of(GUIDE, seen, words.replace("{first}", FIRST), other=FIRST)
        return replace(found, certain=False, settles=advice)
    told = pointing(seen.outside or Outside(), Way.LATE if later.columns >= ONLY_MONTH else None)
    held = GUIDE if guide.rows else None
    if told.way is Way.LATE:
        words = _("no row of a webhook is there, and {what}").format(what=told.said)
        settles = None if told.certain else _settles_source()
        return Shop(USER_APPLICATIONS_MONTH, words, other=held, certain=told.certain, settles=settles)
    why = (
        _("there is no {table}, and nothing in {other} is of a webhook")
        if guide.kind is None and later.kind is not None
        else _("nothing speaks for another version than the guide's, with {table}")
    )
    if told.way is Way.EARLY:
        why = f"{why}, {_escaped(told.said)}"
    other = LATER if later.rows and guide.kind is None else None
    # Rows are there already: whoever wrote them, one more does not make a table that nobody reads.
    if told.certain or guide.rows:
        return _of(GUIDE, seen, why, other=other)
    if not told.said and not later.rows:
        # Silence is no sign of a version that nobody was seen to use: the guide's app has both tables.
        return _of(GUIDE, seen, f"{why}; {_escaped(_not_said(seen))}")
    if told.said:
        why = _("no row of a webhook is there, and what is seen contradicts itself: {what}")
        why = why.replace("{what}", _escaped(told.said))
        return replace(_of(GUIDE, seen, why, other=LATER), certain=False, settles=_settles_source())
    why = _escaped(_("no row of a webhook is there, and {what}").format(what=_not_said(seen)))
    again = _("run the same command again when they answer")
    return replace(_of(GUIDE, seen, why, other=LATER), certain=False, settles=again)


def _is_the_first(seen: Seen) -> bool:
    """Whether only the table of the first version is there, and the checkout sells by no key of another."""
    if seen.table(GUIDE).kind or seen.table(LATER).kind or seen.table(FIRST).kind is None:
        return False
    sold_by = seen.outside.sold_by if seen.outside else None
    return not (sold_by and sold_by & (EARLY_KEYS | LATE_KEYS))


def _not_said(seen: Seen) -> str:
    """Who was asked and did not say which version it is, as half a sentence."""
    who = ", ".join(seen.outside.silent if seen.outside else ())
    return _("{who} did not say where payments are sent").format(who=who)


def _settles_source() -> str:
    return _("the source of the app says so: --app FOLDER of doctor and migrate")


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _of(name: str, seen: Seen, why: str, *, other: str | None = None, page_seen: bool = False) -> Shop:
    second = LATER if name == GUIDE else GUIDE
    words = why.format(table=name, other=second)
    return Shop(_profile(name, seen), words, other=other, page_seen=page_seen)


def _profile(name: str, seen: Seen) -> AppProfile:
    if name == GUIDE:
        return MODULE_ACCESS
    later = seen.table(LATER)
    if later.version is not None:
        return USER_APPLICATIONS_MONTH if later.version == "month" else USER_APPLICATIONS_YEAR
    return USER_APPLICATIONS_MONTH if later.columns >= ONLY_MONTH else USER_APPLICATIONS_YEAR
