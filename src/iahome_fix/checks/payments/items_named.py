"""The check `payments.items-named`: do the metadata name all that was sold?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks import commands, needed
from iahome_fix.checks.registry import check
from iahome_fix.facts import sales
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.model import Finding, fail, ok

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_MOST_SHOWN = 10
ID = "payments.items-named"


@check(
    ID,
    N_("the metadata name every module that was sold"),
    needs=needed.READING,
    after=needed.WRITING,
    queries=sales.QUERIES,
)
def items_named(ctx: Seen) -> Finding:
    """The handler reads what was bought in the session's metadata. A checkout that puts only the first item
    there sells two modules and gives one.

    Found by: the line items of the session: more of them than modules are named, and one whose title equals
    that of exactly one module which is not named. Fees, bundles and titles that fit nothing accuse nobody.
    Repair: `reconcile` gives the module that is missing; in the code, the checkout has to name all ids.
    Never: call a session fulfilled because one row cites it; guess a module from a title that only looks
    like it.
    """
    found = sales.stopped(ctx, ID)
    if not found:
        return ok(_("the metadata name what the line items show"))
    ids = sorted({sale.session.id for sale in found})
    modules = sorted({str(sale.module) for sale in found})
    return fail(
        ngettext(
            "the metadata name only some of the items of {count} payment; its line items show more"
            " (modules {modules})",
            "the metadata name only some of the items of {count} payments; their line items show more"
            " (modules {modules})",
            len(ids),
        ).format(count=len(ids), modules=", ".join(modules[:_MOST_SHOWN])),
        hint=_(
            "the checkout has to put the ids of all items into the metadata; reconcile gives what is missing"
        ),
        fix=commands.reconcile(ctx, found),
        sessions=ids[:_MOST_SHOWN],
        modules=modules[:_MOST_SHOWN],
    )
