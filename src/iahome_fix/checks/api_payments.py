"""Payments held against the rows of the Data API, by the rules of sql/domain and sql/checks."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix.checks.api_rows_read import plain
from iahome_fix.repairs.moments import moment
from iahome_fix.repairs.withdrawn_rules import Basis, Speaking, field_of, withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.checks.api_rows_read import Held, Profile, Rows
    from iahome_fix.systems.database import Params, Row

Ends = dict[tuple[str | None, str | None], datetime | None]
_LATE = timedelta(hours=1)
"""An access that starts late by so much still covers the term."""


def judged(rows: Rows, params: Params, *, with_tokens: bool) -> list[Row]:
    """sql/domain/judged.sql behind the verdict query, for where no SQL can be run."""
    books = _Books(rows, with_tokens=with_tokens)
    return [books.judge(sale) for sale in json.loads(params["sales"])]


class _Books:
    """The rows of the Data API, joined as sql/domain has them joined."""

    def __init__(self, rows: Rows, *, with_tokens: bool) -> None:
        self.now = rows.now()
        self.modules = rows.modules()
        self.by_email: dict[str | None, list[Profile]] = defaultdict(list)
        for profile in rows.profiles():
            self.by_email[profile.email].append(profile)
        self.by_id = {profile.user_id: profile for profile in rows.profiles()}
        accesses = rows.accesses()
        gone = withdrawn((h.access for h in accesses), rows.token_ends() if with_tokens else {}, self.now)
        taken = {one.row.row_id for one in gone}
        counting = [h for h in accesses if h.access.row_id not in taken and self._counts(h)]
        self.speaking = Speaking(gone)
        self.in_use = {held.access.module_id for held in accesses if held.in_force(self.now)}
        self.longest = _longest((h.pair, h.ends) for h in counting)
        self.open = {held.pair for held in counting if held.in_force(self.now)}
        self.citing: dict[str, list[tuple[Held, bool]]] = defaultdict(list)
        for held in accesses:
            if held.session_id is not None:
                self.citing[held.session_id].append((held, held in counting))
        # As tokens.sql has it: the owner as it is written.
        self.longest_token = _longest(
            ((t.created_by, t.module_id), moment(t.expires_at))
            for t in (rows.tokens() if with_tokens else ())
            if t.created_by is not None
            and not self.speaking.of(
                Basis("token", t.token_id, t.created_by, t.module_id, moment(t.created_at))
            )
        )

    def _counts(self, held: Held) -> bool:
        access = held.access
        return access.is_active is not False or access.is_over(self.now)

    def judge(self, sale: dict[str, Any]) -> Row:
        module, until, paid = sale["module_id"], _utc(sale["until"]), _utc(sale["paid"])
        led, crowded, as_written = self._led(sale)
        owner = next(iter(led)) if len(led) == 1 else None
        cited = self.citing.get(sale["payment"], [])
        same = [(held, counts) for held, counts in cited if module and held.access.module_id == module]
        carried = any(
            counts and (owner is None or held.access.owner == owner or held.access.owner in self.by_id)
            for held, counts in same
        )
        taken = self.speaking.of(Basis("sale", sale["payment"], owner, module, paid, sale.get("payment_id")))
        over = until <= self.now
        granted = len({held.access.module_id for held, _counts in cited} - {None})

        def verdict() -> str:
            if _covers(self.longest, owner, module, until):
                return "served"
            if taken is not None and not carried:
                return "withdrawn"
            if carried or (module is None and granted):
                return "served"
            if _covers(self.longest_token, owner, module, until):
                return "served" if over else "waiting_token"
            if module is None:
                return "no_module"
            if owner is None:
                if led or crowded:
                    return "ambiguous_customer"
                return "unknown_customer" if sale["addresses"] or sale["user_id"] else "no_email"
            if module not in self.modules:
                return "unknown_module"
            return "over" if _utc(sale["ends"]) <= self.now else "owed"

        return {
            "payment": sale["payment"],
            "module_id": module,
            "verdict": verdict(),
            "owner": owner,
            "over": over,
            "as_written": as_written,
            "odd": any(self.by_id[one].written != self.by_id[one].email for one in led),
            "crowded": crowded,
            "known_module": module is not None and module in self.modules,
            "module_in_use": module is not None and module in self.in_use,
            "by_handler": any(field_of(held.metadata, "reconciled") is None for held, _counts in same),
            "orphaned": owner is not None
            and any(h.access.owner not in self.by_id and h.access.owner != owner for h, _counts in same),
            "granted": granted,
            "open": (owner, module) in self.open,
            "taken_row": None if taken is None else str(taken.row.row_id),
            "taken_from": None if taken is None else taken.row.owner,
            "taken_why": None if taken is None else taken.why,
            "taken_at": None if taken is None or taken.taken_at is None else taken.taken_at.isoformat() + "Z",
        }

    def _led(self, sale: dict[str, Any]) -> tuple[set[str], bool, bool]:
        """The profiles to which it leads, whether an address has several, whether one is in these letters."""
        led = {sale["user_id"]} & self.by_id.keys()
        crowded = as_written = False
        for written in sale["addresses"]:
            found = self.by_email.get(plain(written), [])
            exact = [profile for profile in found if profile.written == written]
            chosen = found if len(found) == 1 else exact
            as_written |= bool(exact)
            if len(chosen) == 1:
                led.add(chosen[0].user_id)
            else:
                crowded |= bool(found)
        return led, crowded, as_written


def noted(rows: Rows, params: Params) -> list[Row]:
    """checks/payments_noted.sql."""
    asked = set(params["sessions"])
    found = {row.get("session_id") or row.get("stripe_session_id") for row in rows.all_of("payments", "*")}
    return [{"session_id": session} for session in found & asked]


def elsewhere(rows: Rows, params: Params) -> list[Row]:
    """checks/payments_elsewhere.sql."""
    owners: dict[str | None, set[str]] = defaultdict(set)
    for profile in rows.profiles():
        owners[profile.email].add(profile.user_id)
    given: dict[tuple[str, str], list[datetime | None]] = defaultdict(list)
    for row in rows.all_of("user_applications", "*"):
        if row["is_active"]:
            given[str(row["user_id"]), str(row["module_id"])].append(moment(row.get("created_at")))
    return [
        {"session_id": sale["session_id"], "module_id": sale["module_id"]}
        for sale in json.loads(params["sales"])
        if any(
            made is None or made >= _utc(sale["created"]) - _LATE
            for owner in owners.get(plain(sale["email"]), ())
            for made in given.get((owner, str(sale["module_id"])), ())
        )
    ]


def _longest(ends: Iterable[tuple[tuple[str | None, str | None], datetime | None]]) -> Ends:
    """How long the rows of each pair last: until then, or without end (None)."""
    found: Ends = {}
    for pair, end in ends:
        if pair not in found:
            found[pair] = end
        else:
            known = found[pair]
            found[pair] = None if end is None or known is None else max(end, known)
    return found


def _covers(ends: Ends, owner: str | None, module: str | None, until: datetime) -> bool:
    if owner is None or module is None or (owner, module) not in ends:
        return False
    end = ends[owner, module]
    return end is None or end >= until - _LATE


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
