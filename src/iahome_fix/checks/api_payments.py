"""Payments held against the rows of the Data API, by the rules of sql/checks/payments_*.sql."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from iahome_fix.checks.api_rows_read import plain
from iahome_fix.repairs.moments import moment
from iahome_fix.repairs.withdrawn_rules import Basis, Speaking, field_of, made_last, withdrawn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iahome_fix.checks.api_rows_read import Profile, Rows
    from iahome_fix.systems.database import Params, Row

Ends = dict[tuple[str | None, str | None], datetime | None]
_LATE = timedelta(hours=1)
"""An access that starts late by so much still covers the term."""


def join(rows: Rows, params: Params, *, with_tokens: bool) -> list[Row]:
    """checks/payments_join.sql behind payments_tokens.sql, or behind payments_no_tokens.sql."""
    term = timedelta(seconds=float(str(params["term"]).removesuffix(" s")))
    now = rows.now()
    accesses = rows.accesses()
    by_email: dict[str | None, list[Profile]] = defaultdict(list)
    for profile in rows.profiles():
        by_email[profile.email].append(profile)
    written = {profile.written for profile in rows.profiles()}
    modules = rows.modules()
    in_use = {held.access.module_id for held in accesses if held.in_force(now)}
    by_handler: dict[tuple[str, str | None], bool] = defaultdict(bool)
    granted: dict[str, set[str | None]] = defaultdict(set)
    for held in accesses:
        if held.session_id is not None:
            key = (held.session_id, held.access.module_id)
            by_handler[key] |= field_of(held.metadata, "reconciled") is None
            granted[held.session_id].add(held.access.module_id)
    gone = withdrawn((h.access for h in accesses), rows.token_ends() if with_tokens else {}, now)
    speaking, taken_rows = Speaking(gone), {taken.row.row_id for taken in gone}
    standing = {(h.session_id, h.access.module_id) for h in accesses if h.access.row_id not in taken_rows}
    lasting = _longest((h.pair, h.ends) for h in accesses if h.access.row_id not in taken_rows)
    tokens = rows.tokens() if with_tokens else ()
    # As payments_tokens.sql has it: the owner as it is written.
    tokened = _longest(
        ((t.created_by, t.module_id), moment(t.expires_at))
        for t in tokens
        if t.created_by is not None
        and not speaking.of(Basis("token", t.token_id, t.created_by, t.module_id, moment(t.created_at)))
    )

    def row(sale: dict[str, Any]) -> Row:
        session, module = sale["session_id"], sale["module_id"]
        email = plain(sale["email"])
        buyers = by_email.get(email, []) if email is not None else []
        others = [plain(address) for address in sale["emails"]]
        until = _utc(sale["created"]) + term - _LATE
        lasts = module is not None and _covers(lasting, buyers, module, until)
        paid = _utc(sale.get("bought") or sale["created"])
        taken = None
        if not lasts and (session, module) not in standing:
            owners: list[str | None] = [buyer.user_id for buyer in buyers] or [None]
            payment = sale.get("payment_id")
            found = (speaking.of(Basis("sale", session, owner, module, paid, payment)) for owner in owners)
            taken = max((one for one in found if one), key=made_last, default=None)
        return {
            "session_id": session,
            "module_id": module,
            "customer": bool(buyers),
            "odd_profile": bool(buyers) and all(p.written != p.email for p in buyers),
            "other_customer": email is not None and any(o != email and o in by_email for o in others),
            "found_as_written": any(address in written for address in sale["emails"]),
            "module": module is not None and module in modules,
            "module_in_use": module is not None and module in in_use,
            "carried": module is not None and (session, module) in by_handler,
            "by_handler": by_handler.get((session, module), False) if module is not None else False,
            "granted": len(granted.get(session, set()) - {None}),
            "lasting": lasts,
            "tokened": module is not None and _covers(tokened, buyers, module, until),
            "taken_row": None if taken is None else str(taken.row.row_id),
        }

    return [row(sale) for sale in json.loads(params["sales"])]


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


def _covers(ends: Ends, buyers: list[Profile], module: str, until: datetime) -> bool:
    return any(
        pair in ends and ((end := ends[pair]) is None or end >= until)
        for pair in ((buyer.user_id, module) for buyer in buyers)
    )


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
