"""Reads the verdicts: one query of sql/domain over all sales that are asked about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from iahome_fix import sql
from iahome_fix.domain.lengths import LATEST
from iahome_fix.domain.money import Money, money_of
from iahome_fix.domain.sale import OWING, Sale, Verdict
from iahome_fix.domain.terms import Terms
from iahome_fix.profile import AppProfile
from iahome_fix.systems.database import Database, Row
from iahome_fix.systems.stripe_payments import Payment

JUDGED = (Money.DUE, Money.UNCLEAR)
"""The sessions that the database is asked about."""

TOKEN_COLUMNS = ("id", "module_id", "created_by", "is_active", "expires_at", "created_at")
"""The columns of access_tokens that the rules read; a table without one of them says nothing of tokens."""

AT_ONCE = 4_000
"""Payments that one query is asked about, where there are many."""

_PARTS = (
    *("domain/sale", "domain/customer", "domain/asked", "domain/withdrawn_rows"),
    *("domain/served", "domain/verdict"),
)


def query(last: str, profile: AppProfile, *, tokens: bool) -> str:
    """The verdict query, ended by sql/<last>.sql, for that version of the app. `tokens`: access_tokens is
    there and whole; in a version whose accesses name no token, none stands for an access."""
    first = "domain/tokens" if tokens and profile.table.token is not None else "domain/no_tokens"
    return "".join(sql.load(name, profile) for name in (first, *_PARTS, last))


def judge(
    db: Database,
    sessions: Iterable[Payment],
    terms: Terms,
    profile: AppProfile,
    *,
    now: datetime,
    mode: str | None,
    tokens: bool,
) -> Iterator[Sale]:
    """The verdict on each module of each payment whose money is there, under way aside.

    `profile`: the version of the app; `now`: the moment of the run (UTC); `mode`: that of the Stripe key;
    `tokens`: access_tokens is whole.
    Raises SqlError and DatabaseUnreachable.
    """
    asked = {
        storable(s.id): (s, money) for s in sessions if (money := money_of(s, now=now, mode=mode)) in JUDGED
    }
    if not asked:
        return
    asked |= {key: (s, asked[key][1]) for key, s in _with_items(db, asked).items()}
    listed = [one for s, _money in asked.values() for one in as_json(s, terms, now)]
    statement = query("domain/judged", profile, tokens=tokens)
    # By way of JSON, since it is one parameter however many there are.
    for row in db.read(
        statement, {"sales": json.dumps(listed), "restore": list(terms.restore)}, patient=True
    ):
        payment, money = asked[row["payment"]]
        yield _sale(payment, row, terms, now, unclear=money is Money.UNCLEAR)


def as_json(payment: Payment, terms: Terms, now: datetime) -> Iterator[dict[str, Any]]:
    """One record of the parameter `sales` of sql/domain/sale.sql for each module that the session names."""
    for module in modules_of(payment):
        yield {
            "payment": storable(payment.id),
            "session_id": storable(payment.session_id) if payment.session_id else None,
            "payment_id": storable(payment.payment_id) if payment.payment_id else None,
            "module_id": module,
            "user_id": storable(payment.user_id) if payment.user_id else None,
            "addresses": [storable(email) for email in payment.emails],
            "asked": storable(payment.asked) if payment.asked else None,
            "amount": payment.amount_total,
            "paid": payment.moment.isoformat(),
            "until": terms.sold_until(payment.moment, module).isoformat(),
            "least": terms.covered_from(payment.moment, module).isoformat(),
            "ends": terms.ends(payment.moment, now, module).isoformat(),
        }


def modules_of(payment: Payment) -> Sequence[str | None]:
    """The modules that a session names, each once; one None where it names none."""
    return tuple(dict.fromkeys(storable(module) for module in payment.modules)) or (None,)


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: the null character and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _with_items(db: Database, asked: Mapping[str, tuple[Payment, Money]]) -> dict[str, Payment]:
    """The sessions that sold more than their metadata name, with the modules that their line items name.

    A line item names a module where its title equals that of exactly one module, and this is not named
    already; only where more items were sold than modules are named. Fees, bundles and titles that fit nothing
    name none.
    """
    more = {key: s for key, (s, _money) in asked.items() if len(s.items) > len(s.modules)}
    titles = sorted({storable(title).strip() for s in more.values() for title in s.items})
    if not titles:
        return {}
    rows = db.read(sql.load("domain/titles"), {"titles": titles}, patient=True)
    by_title = {row["title"]: row["module_id"] for row in rows}
    found = {}
    for key, session in more.items():
        sold = (by_title.get(storable(title).strip()) for title in session.items)
        added = tuple(dict.fromkeys(m for m in sold if m is not None and m not in session.modules))
        if added:
            found[key] = replace(session, modules=(*session.modules, *added), added=added)
    return found


def _sale(payment: Payment, row: Row, terms: Terms, now: datetime, *, unclear: bool) -> Sale:
    verdict = Verdict(row["verdict"])
    if unclear and verdict in OWING and not terms.include_unclear:
        verdict = Verdict.UNCLEAR
    return Sale(
        session=payment,
        module=row["module_id"],
        verdict=verdict,
        owner=row["owner"],
        until=terms.sold_until(payment.moment, row["module_id"]),
        ends=_ends(row, terms.ends(payment.moment, now, row["module_id"])),
        candidates=()
        if row["former_row"] is not None
        else terms.candidates(payment.moment, row["module_id"]),
        added=row["module_id"] in payment.added,
        **_flags(row),
    )


def _ends(row: Row, usual: datetime) -> datetime:
    """When an access ends that is written now: as that of a former id does, if it is moved."""
    if row["former_row"] is None:
        return usual
    return LATEST if row["former_ends"] is None else datetime.fromisoformat(row["former_ends"])


def _flags(row: Mapping[str, Any]) -> dict[str, Any]:
    names = (
        *("over", "as_written", "by_id", "odd", "crowded", "known_module", "module_in_use"),
        *("by_handler", "cited", "given_to", "given_row", "granted", "open"),
        *("altered", "row_in_way", "row_over", "former_row"),
        *("taken_row", "taken_from", "taken_why", "taken_at"),
    )
    return {name: row[name] for name in names}
