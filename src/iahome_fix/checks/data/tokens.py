"""The checks of link data about tokens that wait: `data.tokens-without-access` and `data.duplicates`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.checks.data.token_facts import NEEDS, QUERIES, owners, tokens
from iahome_fix.checks.payments.taken_away import taken_away
from iahome_fix.checks.registry import check
from iahome_fix.i18n import N_, _, joined, ngettext
from iahome_fix.model import Finding, Status, blocked, fail, ok

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

_ALL_GONE = "data.rows-lost"
_NOT_COUNTED = ("data.owner-form", "data.deactivated", "data.ended-early")
_INSTEAD = (_ALL_GONE, *_NOT_COUNTED)
"""Checks of this link that may say why tokens wait."""


@check(
    "data.tokens-without-access",
    N_("every active token has its access"),
    needs=(*NEEDS, "schema.one-active-access"),
    after=("schema.grant-accepted",),
    beside=_INSTEAD,
    queries=QUERIES,
)
def tokens_without_access(ctx: Seen) -> Finding:
    """A customer who holds a valid token but no access row opens the module by link, yet the page is empty.

    Found by: the same query that `backfill` plans with. Another check of this link is named instead where it
    says why they wait: all rows are gone, or do not count, a token without an owner is among them, or all of
    them are duplicates. What a person withdrew waits for nothing: it is counted, and `backfill` lists it.
    Repair: `backfill`.
    Never: revive expired or withdrawn tokens on the way.
    """
    if not ctx.profile.is_guides:
        return _of_its_own(ctx)
    facts = tokens(ctx)
    due = int(facts["due"]) - int(facts["due_email_owner"])
    if not due and int(owners(ctx)["tokens_with_email_owner"]):
        return _waiting(int(facts["due_email_owner"]), "data.orphans")
    if not due:
        said, taken = _("every active token to which an access is due has one"), int(facts["withdrawn"])
        if taken:
            said = joined(said, taken_away(taken, ctx.settings.command("backfill", "--dry-run")))
        return ok(said, covered=int(facts["covered"]), withdrawn=taken)
    instead = _named_instead(ctx)
    if instead is None and int(facts["due_doubled"]) == int(facts["due"]):
        instead = "data.duplicates"
    if instead is not None:
        return _waiting(due, instead)
    return fail(
        ngettext(
            "{count} active token has no access: its customer sees nothing",
            "{count} active tokens have no access: their customers see nothing",
            due,
        ).format(count=due),
        hint=_("nothing keeps accesses from being written today; backfill gives each its own, once"),
        fix=ctx.fix("backfill", undoable=True),
        count=due,
    )


def _of_its_own(ctx: Seen) -> Finding:
    return ok(
        _("a token gives no row of {table} in this version of the app").format(table=ctx.profile.table.name)
    )


@check(
    "data.duplicates",
    N_("no customer waits behind a duplicate token"),
    needs=NEEDS,
    beside=_INSTEAD,
    queries=QUERIES,
)
def duplicates(ctx: Seen) -> Finding:
    """Several active tokens for one customer and module abort an SQL statement that copies all tokens.

    Found by: pairs with more than one active token. It is the cause only where nobody else waits.
    Repair: `backfill` gives one access per pair, from the token that lasts longest.
    Never: delete the tokens; drop the unique index to let an INSERT pass.
    """
    if not ctx.profile.is_guides:
        return _of_its_own(ctx)
    facts = tokens(ctx)
    doubled = int(facts["due_doubled"])
    if not doubled or doubled != int(facts["due"]):
        return ok(_("duplicate tokens keep nobody waiting"), waiting=doubled)
    instead = _named_instead(ctx)
    if instead is not None:
        return _waiting(doubled, instead)
    return fail(
        ngettext(
            "{count} customer holds several active tokens for a module and has no access to it:"
            " an SQL statement that copies all tokens would stop at them",
            "{count} customers hold several active tokens for a module and have no access to it:"
            " an SQL statement that copies all tokens would stop at them",
            doubled,
        ).format(count=doubled),
        hint=_("the token that lasts longest wins; the others stay as they are"),
        fix=ctx.fix("backfill", undoable=True),
        count=doubled,
    )


def _named_instead(ctx: Seen) -> str | None:
    """The check of this link that says why tokens wait, whoever they belong to."""
    if ctx.status(_ALL_GONE) is Status.FAIL:
        return _ALL_GONE
    if int(tokens(ctx)["due"]) == int(tokens(ctx).get("due_odd", 0)):
        # Each has its row, which does not count, or an owner that is nobody letter by letter: said elsewhere.
        for other in _NOT_COUNTED:
            if ctx.status(other) is Status.FAIL:
                return other
    return "data.orphans" if int(owners(ctx)["tokens_without_owner"]) else None


def _waiting(count: int, because_of: str) -> Finding:
    return blocked(
        ngettext(
            "{count} active token waits for its access, explained by {check}",
            "{count} active tokens wait for their access, explained by {check}",
            count,
        ).format(count=count, check=because_of),
        because_of,
        count=count,
    )
