"""The plan of a reconcile on the terminal: who gets what, who gets nothing, what a person must look at."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix import figures
from iahome_fix.checks.money import amounts
from iahome_fix.domain.sums import Sums
from iahome_fix.i18n import _, ngettext
from iahome_fix.masks import mask_email, printable
from iahome_fix.output.reconcile_left import show_left
from iahome_fix.output.screen import Screen
from iahome_fix.output.summary import of_reconcile
from iahome_fix.repairs.reconcile.plan import (
    COVERED,
    SKIPPED,
    TO_CREATE,
    ReconcilePlan,
    Sold,
    SoldFor,
    money,
)

_MOST_SHOWN = 20
_INDENT = 12
# What needs nobody's eye is listed only when everything is.
_QUIET_CASES = ("unpaid", "refunded", "disputed", "withdrawn", "under_way")


def show_reconcile(
    screen: Screen,
    plan: ReconcilePlan,
    *,
    everything: bool,
    emails: bool,
    test_site: str | None = None,
    in_short: bool = True,
) -> None:
    """The counts, which add up, each with its money and age; lists (`everything`: whole); what comes next.

    `in_short`: what it comes to stands first. `emails`: addresses in full instead of masked. `test_site`: the
    site that test payments would count on.
    """
    show_test_site(screen, test_site)
    screen.line(_heading(plan), "title")
    if in_short and plan.to_create:
        of_reconcile(plan).show(screen)
    _row(screen, plan.to_create, _("get an access now"), plan, TO_CREATE, "ok")
    _note(screen, plan.warnings.get("replaces", 0), _("in place of an access that ends earlier"))
    _note(
        screen,
        plan.warnings.get("moves", 0),
        _("moved from a former id of the customer, whose access is deactivated; the end stays"),
    )
    _row(screen, plan.counts.get(COVERED, 0), _("have what was paid for"), plan)
    _note(
        screen,
        plan.warnings.get("waiting_token", 0),
        _("by a token that has no access yet: backfill gives it"),
    )
    for reason in SKIPPED:
        count = plan.counts.get(reason, 0)
        if count:
            _row(screen, count, _("get nothing: {why}").format(why=_why(reason)), plan, reason, "warn")
    _left_out(screen, plan)
    if plan.to_create:
        for line in _terms(plan):
            screen.line(line, "quiet")
    for case in (TO_CREATE, *SKIPPED):
        if everything or case not in _QUIET_CASES:
            _list(screen, plan, case, None if everything else _MOST_SHOWN, emails=emails)
    show_left(screen, plan)


def gained(sums: Sums) -> str:
    """Who has what they paid for now."""
    return ngettext(
        "{count} customer has now what was paid for ({amount})",
        "{count} customers have now what they paid for ({amount})",
        sums.customers,
    ).format(count=sums.customers, amount=amounts(sums.amount) or _("free of charge"))


def show_test_site(screen: Screen, test_site: str | None) -> None:
    """The warning that belongs to test payments on a site that is not one's own machine."""
    if test_site is not None:
        screen.line(_("warning: {text}").format(text=test_payments(test_site)), "warn")


def test_payments(site: str) -> str:
    """What has to be known before test payments count on a site that others can reach; a sentence."""
    return _(
        "the Stripe key is of test mode. Nobody really paid for what follows, and {site} would show the"
        " modules all the same."
    ).format(site=site)


def listed(plan: ReconcilePlan, *, emails: bool) -> list[dict[str, object]]:
    """Every module that gets an access or nothing, for the JSON document."""
    return [
        {
            "session_id": sold.session_id,
            "module_id": sold.module,
            "case": sold.case,
            "remark": sold.remark,
            "email": _address(sold.email, emails=emails) if sold.email else None,
            "user_id": sold.user_id,
            "amount": sold.amount,
            "currency": sold.currency,
            "purchased_at": sold.bought.isoformat(),
            "expires_at": sold.ends.isoformat(),
            "may_last": list(sold.candidates),
        }
        for case in (TO_CREATE, *SKIPPED)
        for sold in plan.of(case)
    ]


def _heading(plan: ReconcilePlan) -> str:
    return ngettext(
        "plan: {count} module paid for since {day} (UTC), Stripe {mode}",
        "plan: {count} modules paid for since {day} (UTC), Stripe {mode}",
        plan.sessions,
    ).format(
        count=figures.number(plan.sessions),
        day=figures.minute(plan.terms.since),
        mode=plan.mode or _("mode ?"),
    )


def _why(case: str) -> str:
    return {
        "unpaid": _("the money has not arrived (a delayed method, or it failed)"),
        "refunded": _("refunded in full"),
        "disputed": _("disputed by the buyer, now or once"),
        "over": _("the term that was bought is over"),
        "no_email": _("no e-mail address"),
        "unknown_customer": _("no profile has the e-mail address"),
        "ambiguous_customer": _("the payment leads to several profiles"),
        "no_module": _("no module named"),
        "unknown_module": _("a module that does not exist"),
        "withdrawn": _("withdrawn by a person: that stays so (--restore restores one)"),
        "unclear": _("whether it was refunded is not known"),
        "under_way": _("younger than 5 minutes: the webhook may still bring it"),
        "needs_sql": _("has to be moved from an id that is gone: needs SQL"),
        "unknown_term": _("how long it was sold for is not known"),
    }[case]


def _terms(plan: ReconcilePlan) -> Iterator[str]:
    """How long what is given lasts: in one line, where that is the same for all, and nothing unusual."""
    known = [(one, [s[0] for s in one.lengths if len(s) == 1]) for one in plan.sold_for]
    spans = {span for _one, found in known for span in found}
    if len(spans) == 1 and (spans == {plan.terms.length.text} or not any(one.rows for one, _spans in known)):
        if plan.terms.from_now:
            yield _("each access lasts {span} from now (--access-duration, --from)").format(span=spans.pop())
        else:
            yield _("each access lasts {span} from its purchase (--access-duration, --from)").format(
                span=spans.pop()
            )
        return
    for one, found in [pair for pair in known if pair[1]][:_MOST_SHOWN]:
        yield _module_lasts(one, ", ".join(found))
    more = len([pair for pair in known if pair[1]]) - _MOST_SHOWN
    if more > 0:
        yield _("and {count} more modules (--json has all)").format(count=figures.number(more))
    yield (
        _("these terms begin now")
        if plan.terms.from_now
        else _("these terms begin with the purchase; --access-duration MODULE=SPAN and --from change them")
    )


def _module_lasts(one: SoldFor, spans: str) -> str:
    names = {"module": printable(one.module), "span": spans}
    if not one.rows:
        return _("an access to {module} lasts {span}").format(**names)
    return ngettext(
        "an access to {module} lasts {span}, by {count} row of the webhook",
        "an access to {module} lasts {span}, by {count} rows of the webhook",
        one.rows,
    ).format(**names, count=figures.number(one.rows))


def _row(
    screen: Screen,
    count: int,
    text: str,
    plan: ReconcilePlan,
    case: str | None = None,
    style: str | None = None,
) -> None:
    found = plan.of(case) if case else ()
    facts = [amounts(money(found))] if money(found) else []
    if found:
        facts.append(_("oldest {age} ago").format(age=figures.span(plan.made - found[0].bought)))
    whole = f"{text} ({', '.join(facts)})" if facts else text
    screen.count(count, whole, style)


def _note(screen: Screen, count: int, text: str) -> None:
    if count:
        screen.line(
            _("of these {count}: {what}").format(count=figures.number(count), what=text),
            "warn",
            indent=_INDENT,
        )


def _left_out(screen: Screen, plan: ReconcilePlan) -> None:
    texts = {
        "token_pack": _("sale of usage tokens: no module"),
        "other_mode": _("of the other Stripe mode"),
    }
    for case, text in texts.items():
        count = plan.counts.get(case, 0)
        if count:
            _row(screen, count, _("not counted: {why}").format(why=text), plan, case, "quiet")


def _list(screen: Screen, plan: ReconcilePlan, case: str, most: int | None, *, emails: bool) -> None:
    found = plan.of(case)
    if not found:
        return
    screen.line()
    screen.line(
        _("get an access:") if case == TO_CREATE else _("{heading}:").format(heading=_why(case)), "title"
    )
    for sold in found[:most]:
        _sold(screen, sold, emails=emails, pages=most is None)
    more = len(found) - len(found[:most])
    if more > 0:
        screen.line(
            _("and {count} more (--list shows all)").format(count=figures.number(more)), "quiet", indent=2
        )


def _sold(screen: Screen, sold: Sold, *, emails: bool, pages: bool) -> None:
    who = (
        _address(sold.email, emails=emails, ascii_only=not screen.unicode) if sold.email else _("no address")
    )
    parts = [figures.minute(sold.bought), who, _("module {id}").format(id=printable(sold.module or "-"))]
    if sold.amount and sold.currency:
        parts.append(amounts({printable(sold.currency): sold.amount}))
    if sold.candidates:
        parts.append(_("{candidates}?").format(candidates=_(" or ").join(sold.candidates)))
    if sold.case == TO_CREATE:
        parts.append(_("until {day}").format(day=figures.minute(sold.ends)))
    screen.line("  ".join(parts), indent=2)
    remarks = {
        "not_from_app": _("not sold in the app's checkout"),
        "replaces": _("replaces an access that ends earlier"),
        "moves": _("moved from a former id of this customer; the end stays"),
    }
    remark = remarks.get(sold.remark or "")
    screen.line(printable(sold.session_id, 80), "quiet", indent=4)
    if pages:
        screen.page(sold.session_id, indent=4)
    if remark:
        screen.line(remark, "warn", indent=4)


def _address(email: str, *, emails: bool, ascii_only: bool = False) -> str:
    return printable(email, 254) if emails else mask_email(email, ascii_only=ascii_only)
