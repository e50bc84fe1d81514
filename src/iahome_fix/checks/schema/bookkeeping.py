"""The check `schema.payments`: is there the table in which the app notes its sales?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.registry import check
from iahome_fix.checks.rehearsed import words as rehearsal_words
from iahome_fix.checks.schema import row_triggers
from iahome_fix.facts import rehearsals
from iahome_fix.facts.tables import tables
from iahome_fix.i18n import N_, _
from iahome_fix.model import Finding, Kind, ok, warn

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen


@check(
    "schema.payments",
    N_("the bookkeeping table payments is there"),
    kind=Kind.HYGIENE,
    needs=("supabase.database",),
    beside=("supabase.writable",),
    queries=(
        "checks/tables",
        "domain/terms",
        *rehearsals.QUERIES,
        *rehearsal_words.QUERIES,
        *row_triggers.QUERIES,
    ),
)
def payments(ctx: Seen) -> Finding:
    """The handler notes each payment in `payments` after the grant, and logs it when that fails.

    Found by: the catalog. Two shapes are known: with `session_id`, and with `stripe_session_id`. With
    `--rehearse` such a note is made as the webhook's role, and rolled back.
    Repair: by hand, if the admin pages need it; what was not noted is in Stripe.
    Never: take it for the reason of a missing module; the grant is written first.
    """
    table = tables(ctx)["payments"]
    if table.kind is None:
        return warn(
            _("the table payments does not exist: sales are not noted; no module is kept back by that"),
            hint=_("what was sold is in Stripe; the app's pages that list payments stay empty"),
        )
    if not {"session_id", "stripe_session_id"} & set(table.columns):
        return warn(
            _("payments has neither session_id nor stripe_session_id: sales are not noted there"),
            hint=_("no module is kept back by that"),
        )
    return _refused(ctx) or ok(_("payments is there"))


def _refused(ctx: Seen) -> Finding | None:
    """A note that was tried and taken back, where the table did not take it."""
    tried = rehearsals.of_new_sales(ctx)
    met = next((one.of_note for one in tried.ones if one.of_note is not None), None) if tried else None
    if tried is None or met is None:
        return None
    reason = f"{met.error.said} ({met.error.sqlstate})" if met.error else _("no row, without an error")
    return warn(
        _("the handler's note in payments is refused: {reason}; no module is kept back by that").format(
            reason=reason
        ),
        hint=rehearsal_words.hint(ctx, met, tried.role) if met.error else None,
    )
