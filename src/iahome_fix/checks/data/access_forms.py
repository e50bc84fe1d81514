"""Checks of link data about rows that are there, but that the page does not show: `data.ended-early` and
`data.owner-form`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from iahome_fix.checks import needed, remarks, statements
from iahome_fix.checks.data.token_facts import NEEDS
from iahome_fix.checks.registry import check
from iahome_fix.checks.schema.grant_accepted import hides_new_rows
from iahome_fix.domain.money import partly_settled
from iahome_fix.domain.verdicts import storable
from iahome_fix.facts import sales
from iahome_fix.facts.queries import of_rows
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, blocked, fail, ok, warn

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MOST = 1000
_MOST_SHOWN = 10


@check(
    "data.ended-early",
    N_("no paid access ended before its term"),
    needs=needed.READING,
    beside=("schema.grant-accepted",),
    queries=("checks/ended_early", "domain/terms"),
)
def ended_early(ctx: Seen) -> Finding:
    """A row that was written with the wrong end (another time zone, seconds for milliseconds, a default) is
    there, and still its customer sees nothing.

    Found by: active rows with a session's id that are over, while the term that was bought is not,
    and no other access of the customer is in force. It is a fault where the payment stands (neither refunded
    nor disputed, nor refunded in part for one of several modules) and the row does not say that it was meant.
    Repair: by hand: set the end that was sold, counted from the payment.
    Never: extend what reached its end as sold; set no end at all.
    """
    due, now = sales.due(ctx), sales.now(ctx)
    terms = sales.sold_terms(ctx) if due else sales.terms(ctx)
    # Of several modules the one that was sold for the shortest time.
    ends = ((s.id, min(terms.covered_from(s.moment, m) for m in s.modules or (None,))) for s in due)
    listed = [{"session_id": storable(key), "until": end.isoformat()} for key, end in ends if end > now]
    if not listed:
        return ok(_("no payment is younger than its term"))
    rows = of_rows(
        ctx,
        "checks/ended_early",
        {"sales": json.dumps(listed), "most": _MOST},
        patient=True,
    )
    if not rows:
        return ok(_("every paid access lasts as long as it was sold for"))
    if hides_new_rows(ctx):
        return blocked(_("new rows are hidden as they are written"), "schema.grant-accepted")
    settled = {s.id for s in due if partly_settled(s)}
    owed = [row for row in rows if not row["explained"] and row["session_id"] not in settled]
    if not owed:
        return warn(
            ngettext(
                "{count} paid access ended before its term, and was meant: it says so, or a part of its"
                " payment was refunded",
                "{count} paid accesses ended before their term, and were meant: they say so, or a part of"
                " their payments was refunded",
                len(rows),
            ).format(count=len(rows)),
            count=len(rows),
        )
    return fail(
        ngettext(
            "{count} paid access is over although its term is not (it ended {ends}, sold until {until}, UTC):"
            " its customer sees nothing",
            "{count} paid accesses are over although their terms are not (one ended {ends}, sold until"
            " {until}, UTC): their customers see nothing",
            len(owed),
        ).format(count=len(owed), ends=str(owed[0]["ends"])[:16], until=str(owed[0]["until"])[:16]),
        hint=remarks.triggers_first(
            ctx,
            _("look at what writes expires_at, then, in the SQL editor: {statements}").format(
                statements="; ".join(
                    statements.right_end(str(row["id"]), str(row["until"])[:19]) for row in owed[:_MOST_SHOWN]
                )
            ),
        ),
        sessions=sorted({str(row["session_id"]) for row in owed})[:_MOST_SHOWN],
        count=len(owed),
    )


@check(
    "data.owner-form",
    N_("owners are written as the profiles' ids are"),
    needs=NEEDS,
    queries=("checks/owner_form",),
)
def owner_form(ctx: Seen) -> Finding:
    """The app compares owners letter by letter: an id in capitals, or with a blank behind it, is nobody's.

    Found by: owners of accesses in force and of active tokens that are a profile's id only after capitals and
    blanks are removed, where the customer has no access under the right id.
    Repair: by hand, as the hint says. Never: add a second row beside the wrong one.
    """
    rows = of_rows(ctx, "checks/owner_form", patient=True)
    count = sum(int(row["found"]) for row in rows)
    if not count:
        return ok(_("every access and every token has the id of its owner as profiles writes it"))
    mending = [statements.right_owners(row["table"]) for row in rows if row["table"] in statements.OWNED]
    return fail(
        ngettext(
            "{count} access or token has its owner's id in other letters (capitals, blanks): its customer"
            " sees nothing",
            "{count} accesses or tokens have their owners' ids in other letters (capitals, blanks): their"
            " customers see nothing",
            count,
        ).format(count=count),
        hint=_("in the SQL editor: {statements}").format(statements="; ".join(mending)),
        count=count,
    )
