"""The check `payments.no-module`: does every payment name a module, and one that there is?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import needed
from iahome_fix.checks.registry import check
from iahome_fix.domain.sale import Verdict
from iahome_fix.facts import sales
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.model import Finding, blocked, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from iahome_fix.domain.sale import Sale
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10


@check(
    "payments.no-module",
    N_("every payment names a module that exists"),
    needs=needed.READING,
    after=("schema.types",),
    queries=sales.QUERIES,
)
def no_module(ctx: Seen) -> Finding:
    """The handler learns what was bought from the session's metadata; what it cannot read it cannot grant.

    Found by: paid sessions that name no module, or one that `modules` does not have, and that left no row.
    Token packs name none rightly. Only mentioned is what was sold elsewhere in this Stripe account (sessions
    without any key of the app's checkout, paid by nobody it knows, and renewals without such a key), and
    what is over of a module that is gone while others were sold since: its accesses went with it.
    Repair: restore the module under its old id, or align the metadata keys of checkout and handler.
    Never: make a module with a new id; edit the metadata of paid sessions.
    """
    found = sales.unserved(ctx)
    nameless = [s for s in found if s.verdict is Verdict.NO_MODULE]
    elsewhere = [s for s in nameless if _is_elsewhere(s)]
    nameless = [s for s in nameless if not _is_elsewhere(s)]
    unknown_ids = [
        s
        for s in found
        # A session with as many rows as modules was served under other ids: somebody mapped them.
        if s.module and not s.known_module and s.granted < len(s.session.modules)
    ]
    newest = _newest_of_known(ctx) if unknown_ids else None
    retired = [s for s in unknown_ids if not s.module_in_use and _is_retired(s, newest)]
    unexplained = [s for s in unknown_ids if not s.module_in_use and s not in retired]
    if nameless or unexplained:
        return _unnamed(ctx, nameless, unexplained)
    in_use = [s for s in unknown_ids if s.module_in_use]
    if in_use:
        return blocked(
            _("payments for a module that was removed: {modules}").format(modules=_modules(in_use)),
            "data.orphans",
            modules=sorted({s.module for s in in_use if s.module}),
        )
    if retired:
        return warn(
            _("payments, whose terms are over, for modules that are gone: {modules}").format(
                modules=_modules(retired)
            ),
            hint=_(
                "nothing to do where a module was taken out of sale: its accesses went with it, so none of"
                " them tells whether these payments were served"
            ),
            sessions=sorted({s.session.id for s in retired})[:_MOST_SHOWN],
            modules=sorted({s.module for s in retired if s.module}),
        )
    if elsewhere:
        return warn(
            ngettext(
                "{count} payment of this Stripe account was not made in the app's checkout",
                "{count} payments of this Stripe account were not made in the app's checkout",
                len(elsewhere),
            ).format(count=len(elsewhere)),
            hint=_("fine if something else is sold with the same account"),
            sessions=[s.session.id for s in elsewhere][:_MOST_SHOWN],
        )
    return ok(_("every payment names a module that exists"))


def _newest_of_known(ctx: Seen) -> datetime | None:
    """When a module that is there was sold last (UTC)."""
    return max((s.session.moment for s in sales.sales(ctx) if s.known_module), default=None)


def _is_retired(sale: Sale, newest: datetime | None) -> bool:
    """Whether its module was taken out of sale meanwhile: the term is over, and modules that are there were
    sold since (`newest`), so that checkout and table agree on the ids."""
    return sale.over and newest is not None and newest > sale.session.moment


def _is_elsewhere(sale: Sale) -> bool:
    """Whether this sale without a module was not made in the app's checkout."""
    return not sale.session.from_app and (sale.is_renewal or (sale.owner is None and not sale.crowded))


def _unnamed(ctx: Seen, nameless: Sequence[Sale], unexplained: Sequence[Sale]) -> Finding:
    parts = []
    if nameless:
        parts.append(
            ngettext(
                "{count} payment names no module in its metadata",
                "{count} payments name no module in their metadata",
                len(nameless),
            ).format(count=len(nameless))
        )
    if unexplained:
        parts.append(
            _("payments for modules that do not exist: {modules}").format(modules=_modules(unexplained))
        )
    return fail(
        joined(*parts),
        hint=_("checkout and handler may disagree on the metadata keys; understood here are {keys}").format(
            keys=", ".join(ctx.profile.checkout.modules)
        )
        if nameless
        else _("restore the module under its old id, or map it to its successor by hand"),
        sessions=sorted({s.session.id for s in (*nameless, *unexplained)})[:_MOST_SHOWN],
        keys=sorted({key for s in nameless for key in s.session.metadata})[:_MOST_SHOWN],
        modules=sorted({s.module for s in unexplained if s.module}),
    )


def _modules(found: Iterable[Sale]) -> str:
    return ", ".join(sorted({s.module for s in found if s.module})[:_MOST_SHOWN])
