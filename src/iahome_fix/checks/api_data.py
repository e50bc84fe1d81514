"""What the queries of link data answer, worked out over the rows of the Data API.

Each function gives the rows of one file of sql/checks/, by the same rules; a test holds them against it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from iahome_fix.addresses import folded
from iahome_fix.checks.api_rows_read import plain
from iahome_fix.repairs.moments import is_past
from iahome_fix.repairs.token_rules import Judged, classify

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from iahome_fix.checks.api_rows_read import Rows
    from iahome_fix.systems.database import Params, Row

_MEANT = re.compile("deactivat|revok|withdr|refund|cancell?ed|removed|disabled", re.IGNORECASE)
_MOST_NAMED = 10


def judged(rows: Rows) -> tuple[Judged, ...]:
    """Each active token with what it is due (backfill/classified.sql)."""
    accesses = [held.access for held in rows.accesses()]
    return classify(rows.tokens(), rows.modules(), accesses, rows.now(), token_ends=rows.token_ends())


def tokens(rows: Rows, _params: Params) -> list[Row]:
    """backfill/classified.sql with checks/tokens.sql."""
    every = judged(rows)
    profiles = rows.profiles()
    ids = {p.user_id for p in profiles}
    emails = {p.email for p in profiles}
    due = [j for j in every if j.verdict == "to_create"]
    pairs = Counter(j.pair for j in every if j.verdict in ("to_create", "duplicate"))
    held = {(plain(owner), module) for owner, module in (h.pair for h in rows.accesses())}
    return [
        {
            "due": len(due),
            "due_email_owner": sum(folded(j.pair[0]) in emails and j.token.owner not in ids for j in due),
            "due_doubled": sum(pairs[j.pair] > 1 for j in due),
            "due_odd": sum(
                (j.pair[0].lower(), j.pair[1]) in held
                or (j.token.owner not in ids and j.pair[0].lower() in ids)
                for j in due
            ),
            "covered": sum(j.verdict == "covered" for j in every),
            "withdrawn": sum(j.verdict == "withdrawn" for j in every),
        }
    ]


def plan(rows: Rows, _params: Params) -> list[Row]:
    """backfill/classified.sql with backfill/plan.sql, as far as checks read it."""
    return [{"verdict": v, "tokens": n} for v, n in Counter(j.verdict for j in judged(rows)).items()]


def owners(rows: Rows, _params: Params) -> list[Row]:
    """checks/owners.sql."""
    now, profiles, modules = rows.now(), rows.profiles(), rows.modules()
    ids = {p.user_id for p in profiles}
    by_email = _unique_emails(rows)
    accesses = rows.accesses()
    in_force = {held.pair for held in accesses if held.in_force(now)}
    tokens = rows.tokens()
    owned = [(t, (t.created_by or "").strip(" ")) for t in tokens]
    active = [held for held in accesses if held.access.is_active]
    gone = Counter(
        held.access.module_id
        for held in active
        if held.in_force(now) and held.access.module_id is not None and held.access.module_id not in modules
    )
    return [
        {
            "tokens_without_owner": sum(not owner for _t, owner in owned),
            "tokens_with_email_owner": sum(
                (login := by_email.get(folded(owner))) is not None
                and not is_past(t.expires_at, now)
                and (login, t.module_id) not in in_force
                for t, owner in owned
            ),
            "tokens_of_strangers": sum(
                bool(owner) and owner not in ids and folded(owner) not in by_email for _t, owner in owned
            ),
            "rows_with_email_owner": sum(
                (login := by_email.get(plain(held.access.owner) or "")) is not None
                and held.in_force(now)
                and (login, held.access.module_id) not in in_force
                for held in accesses
            ),
            "rows_of_strangers": sum(
                held.access.owner not in ids and (plain(held.access.owner) or "") not in by_email
                for held in active
            ),
            "rows_without_module": sum(gone.values()),
            "modules_gone": ", ".join(sorted(sorted(gone, key=lambda m: (-gone[m], m))[:_MOST_NAMED]))
            or None,
        }
    ]


def _as_text(moment: datetime) -> str:
    """A time as the database writes it: no zeros at the end of the fraction."""
    text = moment.isoformat(" ")
    return text.rstrip("0").rstrip(".") if "." in text else text


def expired(rows: Rows, _params: Params) -> list[Row]:
    """checks/expired.sql."""
    now = rows.now()
    over = [held for held in rows.accesses() if held.access.is_active and held.access.is_over(now)]
    ends = [end for held in over if (end := held.ends) is not None]
    return [{"found": len(over), "oldest": _as_text(min(ends)) if ends else None}]


def email_case(rows: Rows, _params: Params) -> list[Row]:
    """checks/email_case.sql."""
    forms = Counter(p.email for p in rows.profiles())
    odd = [p for p in rows.profiles() if p.written is not None and p.written != p.email]
    return [
        {
            "found": len(odd),
            "free": sum(forms[p.email] == 1 for p in odd),
            "example": min((p.written or "" for p in odd), default=None),
        }
    ]


def deactivated(rows: Rows, params: Params) -> list[Row]:
    """checks/deactivated.sql."""
    now = rows.now()
    in_force = {held.pair for held in rows.accesses() if held.in_force(now)}
    found = [
        held
        for held in rows.accesses()
        if held.access.is_active is not True
        and None not in held.pair
        and not held.access.is_over(now)
        and held.pair not in in_force
    ]
    listed = [
        {
            "session_id": held.session_id,
            "row_id": str(held.access.row_id),
            "closed": held.access.is_active is False,
            "explained": _is_explained(held.metadata),
            "found": len(found),
        }
        for held in found
    ]
    listed.sort(key=lambda row: (row["explained"], row["session_id"] is None, row["session_id"] or ""))
    return listed[: int(params["most"])]


def refunded(rows: Rows, params: Params) -> list[Row]:
    """checks/payments_refunded.sql."""
    now, asked = rows.now(), set(params["sessions"])
    found = {held.session_id for held in rows.accesses() if held.in_force(now)} & asked
    return [{"session_id": session} for session in found]


def strange_modules(rows: Rows, _params: Params) -> list[Row]:
    """checks/strange_modules.sql."""
    known = rows.modules()
    gone = Counter(
        m for held in rows.accesses() if (m := held.access.module_id) is not None and m not in known
    )
    return [{"module_id": m, "rows": gone[m]} for m in sorted(gone, key=lambda m: (-gone[m], m))[:20]]


def doubled(rows: Rows) -> Mapping[tuple[str | None, str | None], int]:
    """Pairs of customer and module with several active rows (module_access/080_duplicates.sql)."""
    pairs = Counter(h.pair for h in rows.accesses() if h.access.is_active and None not in h.pair)
    return {pair: count for pair, count in pairs.items() if count > 1}


def _unique_emails(rows: Rows) -> dict[str, str]:
    """The profile's id by address, of addresses that one profile only has."""
    counted = Counter(p.email for p in rows.profiles())
    return {p.email: p.user_id for p in rows.profiles() if p.email is not None and counted[p.email] == 1}


def _is_explained(metadata: Any) -> bool:
    return isinstance(metadata, dict) and any(_MEANT.search(key) for key in metadata)
