"""Which version of the app the shop runs, found before anything else of it is judged: in one round, and where
tables and rows do not tell, by what Stripe and the site say.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from iahome_fix import sql
from iahome_fix.errors import ToolError
from iahome_fix.facts.connection import data_api_serves
from iahome_fix.facts.data_api import first_reply
from iahome_fix.facts.seen import fact
from iahome_fix.facts.shop_signs import outside
from iahome_fix.i18n import _
from iahome_fix.profile import MODULE_ACCESS
from iahome_fix.profile.seen import FIRST, GUIDE, LATER, Seen, TableSeen
from iahome_fix.profile.shop import Shop, shop_of
from iahome_fix.systems.api_rows import ABSENT, NO_COLUMN, ApiRefusal, is_of_postgres
from iahome_fix.systems.database import Question
from iahome_fix.systems.database_errors import DatabaseUnreachable, SqlError
from iahome_fix.systems.fallback import as_closed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from iahome_fix.facts.context import Context
    from iahome_fix.systems.database import Row

PAGE_READS = "page-reads"
HANDLER_WRITES = "handler-writes"
"""The facts that say which tables page and handler use, where the app's source was given."""
QUERIES = (
    "shop/tables",
    "shop/module_access",
    "shop/user_applications",
    "shop/without_twin",
    "shop/statements",
)
"""What is read for it."""
_MARGIN = 4.0
"""Seconds beyond its own deadline that a system may take to say that it did not answer."""
_COPY = 120.0
"""Seconds for the rows to be copied to this machine, where a server has to be started for them: each answer
of the Data API has its own deadline, and what is copied is what the checks read."""
_EVERY = "true"
_DENIED = "42501"
_LATE = ("55P03", "57014")
"""What PostgreSQL says of a lock that is not to be had, and of a question that took too long."""


@fact
def shop(ctx: Context) -> Shop:
    """The profile of this run, and why. Never raises: what could not be read speaks for no other version."""
    chosen = ctx.settings.profile_chosen
    if chosen is not None:
        return Shop(ctx.settings.profile, _("{where} says so").format(where=chosen), chosen=chosen)
    return shop_of(seen(ctx))


@fact
def seen(ctx: Context) -> Seen:
    """What was seen of the shop: its tables of accesses, and the rest where these do not tell.

    What is found within the time of one answer, or of a copy of the rows where there is no SQL: a system that
    gives none must not hold up the others.
    """
    page, handler = (ctx.known(name) or frozenset() for name in (PAGE_READS, HANDLER_WRITES))
    found: _Found = queue.Queue()
    work = partial(_look, ctx.for_checks(), found)
    threading.Thread(target=work, daemon=True, name="shop").start()
    tables: Mapping[str, TableSeen] | ToolError | _Copying | None
    try:
        tables = found.get(timeout=ctx.timeout + _MARGIN)
        if isinstance(tables, _Copying):
            tables = found.get(timeout=_COPY)
    except queue.Empty:
        tables = None
    if tables is None or isinstance(tables, (ToolError, _Copying)):
        return Seen(
            page=page, handler=handler, told=False, failure=tables if isinstance(tables, ToolError) else None
        )
    first = Seen(tables, page, handler)
    return first if first.settled else replace(first, outside=outside(ctx))


class _Copying:
    """What is waited for is a copy of the rows."""


_Found = queue.Queue["Mapping[str, TableSeen] | ToolError | _Copying | None"]


def _look(looking: Context, found: _Found) -> None:
    try:
        found.put(_copied(looking, found) if looking.only_data_api else _asked(looking, found))
    except ToolError as error:
        found.put(error)
    except Exception:  # noqa: BLE001 - what cannot be looked at speaks for no version
        found.put(None)


def _asked(looking: Context, found: _Found) -> Mapping[str, TableSeen]:
    """Over SQL; where that way is closed, over the Data API, as all that comes after it."""
    try:
        return _over_sql(looking)
    except ToolError as error:
        if isinstance(error, DatabaseUnreachable) and error.reason == "timeout":
            looking.gave_no_answer(error)
        if as_closed(error) is None or not data_api_serves(looking):
            raise
    return _copied(looking, found)


def _copied(looking: Context, found: _Found) -> Mapping[str, TableSeen]:
    found.put(_Copying())
    return _over_api(looking)


def texts() -> tuple[str, ...]:
    """The questions over SQL, in their order."""
    rows = sql.load("shop/user_applications")
    return (
        sql.load("shop/tables", MODULE_ACCESS),
        sql.load("shop/module_access"),
        rows.replace("/* which */", _EVERY),
        rows.replace("/* which */", sql.load("shop/without_twin")),
        sql.load("shop/statements", MODULE_ACCESS),
    )


def _over_sql(ctx: Context) -> Mapping[str, TableSeen]:
    answers = ctx.database.read_each([Question(text) for text in texts()])
    told = [answer if isinstance(answer, list) else None for answer in answers]
    if told[0] is None:
        raise answers[0] if isinstance(answers[0], ToolError) else SqlError("57014", "")
    catalog = {str(row["name"]): row for row in told[0]}
    counted = {str(row["name"]): row for row in told[4] or ()}
    found = {GUIDE: _table(told[1]), LATER: _table(told[2], told[3])}
    first = {FIRST: TableSeen(kind=catalog[FIRST]["kind"])} if catalog[FIRST]["kind"] else {}
    return first | {
        name: replace(
            found[name],
            kind=catalog[name]["kind"],
            columns=frozenset(catalog[name]["columns"]),
            unread=catalog[name]["kind"] is not None and _unread(answers[place]),
            hidden=catalog[name]["hidden"],
            reads=int(counted.get(name, {}).get("reads") or 0),
            writes=int(counted.get(name, {}).get("writes") or 0),
        )
        for place, name in ((1, GUIDE), (2, LATER))
    }


def _unread(answer: object) -> bool:
    """Whether the rows of a table that is there could not be read. Who may not read it at all is told so by
    what they were about to do."""
    if isinstance(answer, SqlError):
        return answer.sqlstate != _DENIED
    return not isinstance(answer, list)


def _table(rows: Sequence[Row] | None, unmatched: Sequence[Row] | None = None) -> TableSeen:
    if not rows:
        return TableSeen()
    row = rows[0]
    newest = _moment(row["newest"])
    return TableSeen(
        rows=bool(row["rows"]),
        newest=newest,
        unmatched=_moment(unmatched[0]["newest"]) if unmatched else newest,
        version=row["version"],
    )


def _over_api(ctx: Context) -> Mapping[str, TableSeen]:
    """By a copy of the rows, which is that of the run where the guide's profile is."""
    reply = first_reply(ctx)
    if reply.code is not None and not is_of_postgres(reply.code) and reply.code not in (*ABSENT, *NO_COLUMN):
        raise ApiRefusal("modules", reply)
    copy = ctx.guides_rows
    texts_ = texts()
    unread: set[str] = set()

    def ask(text: str, absent: Callable[[], None]) -> list[Row] | None:
        try:
            return copy.read(text, patient=True)
        except ApiRefusal as refusal:
            if refusal.reply.code in ABSENT:
                absent()
            elif refusal.reply.code in _LATE:
                unread.add(text)
            elif refusal.reply.code == "network":
                raise
            return None

    kinds: dict[str, str | None] = {GUIDE: "r", LATER: "r"}
    guide = ask(texts_[1], lambda: kinds.update({GUIDE: None}))
    later = ask(texts_[2], lambda: kinds.update({LATER: None}))
    unmatched = None
    if all(kinds.values()):
        with suppress(ToolError):
            unmatched = copy.read(texts_[3], patient=True)
    found = {GUIDE: _table(guide), LATER: _table(later, unmatched)}
    asked = {GUIDE: texts_[1], LATER: texts_[2]}
    first = {}
    if not any(kinds.values()):
        with suppress(ToolError):
            if ctx.data_api.serves(FIRST).code in (None, _DENIED):
                first = {FIRST: TableSeen(kind="r")}
    return first | {
        name: replace(one, kind=kinds[name], unread=asked[name] in unread) for name, one in found.items()
    }


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
