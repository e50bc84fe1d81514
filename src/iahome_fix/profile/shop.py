"""Which profile a shop goes by, from what was seen of it. Pure: facts in, a choice out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from iahome_fix.errors import MissingCredential
from iahome_fix.i18n import _
from iahome_fix.profile.module_access import MODULE_ACCESS
from iahome_fix.profile.signs import EARLY_KEYS, EARLY_PATHS, LATE_KEYS, Outside, Way, at_odds, pointing
from iahome_fix.profile.user_applications import USER_APPLICATIONS_MONTH, USER_APPLICATIONS_YEAR

if TYPE_CHECKING:
    from iahome_fix.errors import ToolError
    from iahome_fix.profile.model import AppProfile

GUIDE = MODULE_ACCESS.table.name
LATER = USER_APPLICATIONS_YEAR.table.name
FIRST = "user_subscriptions"
"""In which the very first version granted; no profile is of it."""
_TOOK_OVER = timedelta(days=30)
"""How long nothing was written in the one table while the other was, for the change to be over."""
ONLY_MONTH = frozenset(("usage_count", "max_usage"))
"""Columns that only the versions of 2026 write."""


@dataclass(frozen=True)
class TableSeen:
    """What was seen of a table of accesses.

    Attributes:
        kind: `r` for a table, another letter for something else of that name, None where there is none.
        columns: which it has.
        rows: whether it has any, None where that could not be read.
        unread: it is there, and its rows could not be read: that is no empty table.
        hidden: row level security keeps rows of it from the database user: one without a row may have some.
        newest: when the app's handler wrote it last, by what the rows say.
        unmatched: the same of rows whose access the other table does not have; None where that is not told.
        version: of the newest row of a handler: year or month.
        reads: how often customers were seen to read their rows in it.
        writes: how often the app's server was seen to write it.
    """

    kind: str | None = None
    columns: frozenset[str] = frozenset()
    rows: bool | None = None
    unread: bool = False
    hidden: bool = False
    newest: datetime | None = None
    unmatched: datetime | None = None
    version: str | None = None
    reads: int = 0
    writes: int = 0

    @property
    def untold(self) -> bool:
        """It is there, and whether a webhook wrote it is not known."""
        return self.newest is None and (self.unread or self.hidden)


@dataclass(frozen=True)
class Seen:
    """What was seen of a shop.

    Attributes:
        tables: its tables of accesses.
        page: from which of these the page's source reads; empty where it was not given.
        handler: into which of these the handler's source writes.
        told: False where nothing could be read of the tables; failure: why, where a system said so.
        outside: what Stripe and the site say; None where they were not asked, as the tables tell.
    """

    tables: Mapping[str, TableSeen] = field(default_factory=dict)
    page: frozenset[str] = frozenset()
    handler: frozenset[str] = frozenset()
    told: bool = True
    failure: ToolError | None = None
    outside: Outside | None = None

    def table(self, name: str) -> TableSeen:
        """What was seen of one; nothing where nothing was."""
        return self.tables.get(name, TableSeen())

    @property
    def settled(self) -> bool:
        """Whether source, tables and rows tell the version, so that nobody else has to be asked."""
        guide, later = self.table(GUIDE), self.table(LATER)
        if not self.told or _one(self.page) or _one(self.handler):
            return True
        if _untold(self) is not None:
            return False
        written = guide.newest or later.newest
        return bool(written or _used(self) or (guide.kind is None and later.columns >= ONLY_MONTH))


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
    untold = _untold(seen)
    if untold is not None:
        return _by_others(seen, untold)
    return _by_rows(seen) or _by_tables(seen)


def contradiction(shop: Shop, seen: Seen, outside: Outside, *, of_site: bool = True) -> str | None:
    """What of the evidence is of another version than the shop is judged by, as half a sentence.

    `of_site`: see `signs.at_odds`.
    """
    words = []
    handler = _one(seen.handler)
    if handler is not None and handler != shop.profile.table.name:
        words.append(_("the source of its handler writes {table}").format(table=handler))
    early = shop.profile.handler.path in EARLY_PATHS
    words.append(at_odds(outside, early=early, of_site=of_site) or "")
    return ", ".join(filter(None, words)) or None


def _by_source(seen: Seen) -> Shop | None:
    """By the source of the app, where it was given: what the page reads, else what the handler writes."""
    read, written = _one(seen.page), _one(seen.handler)
    if read is not None:
        other = written if written not in (None, read) else None
        return _of(read, seen, _("the source of its page reads {table}"), other=other, page_seen=True)
    if written is not None:
        return _of(written, seen, _("the source of its handler writes {table}"))
    return None


def _untold(seen: Seen) -> str | None:
    """The table whose rows would decide and cannot be read; None where it is known what they would say."""
    guide, later = seen.table(GUIDE), seen.table(LATER)
    if guide.untold and later.newest:
        return GUIDE
    return LATER if later.untold and not guide.newest else None


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
    customers = _read_by_customers(seen)
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
    used = _used(seen)
    if used is not None:
        customers = _read_by_customers(seen)
        why = (
            _("its customers are seen to read {table}")
            if customers
            else _("its server is seen to write {table}")
        )
        return _of(used, seen, why, page_seen=customers is not None)
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


def _used(seen: Seen) -> str | None:
    """The one table that customers are seen to read, else that the server is seen to write; None for none."""
    written = [name for name in (GUIDE, LATER) if seen.table(name).writes]
    return _read_by_customers(seen) or (_one(written))


def _one(names: Collection[str]) -> str | None:
    """The one of the tables of accesses that is named; None for none, or both."""
    found = [name for name in (GUIDE, LATER) if name in names]
    return found[0] if len(found) == 1 else None


def _not_said(seen: Seen) -> str:
    """Who was asked and did not say which version it is, as half a sentence."""
    who = ", ".join(seen.outside.silent if seen.outside else ())
    return _("{who} did not say where payments are sent").format(who=who)


def _settles_source() -> str:
    return _("the source of the app says so: --app FOLDER of doctor and migrate")


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _read_by_customers(seen: Seen) -> str | None:
    """The one table in which customers are seen to read their rows; None for none, or both."""
    return _one([name for name in (GUIDE, LATER) if seen.table(name).reads])


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
