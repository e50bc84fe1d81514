"""The plan of `verify` on the terminal, its hops as they end, and what remains."""

from __future__ import annotations

from iahome_fix import figures
from iahome_fix.i18n import _, ngettext
from iahome_fix.masks import mask_email
from iahome_fix.output.screen import Screen
from iahome_fix.verify.plan import VerifyPlan
from iahome_fix.verify.result import TITLES, Hop, Result

_INDENT = 12
_HOP = 13


def show_verify_plan(screen: Screen, plan: VerifyPlan, *, emails: bool) -> None:
    """Who pays for what, where to, in which mode; what the handler does besides; what is removed."""
    email = plan.buyer.email if emails else mask_email(plan.buyer.email, ascii_only=not screen.unicode)
    screen.line(_("plan: a synthetic payment, signed like Stripe's and posted to the site"), "title")
    rows = (
        (
            _("to"),
            _("{url}, {mode} mode (by {what})").format(url=plan.url, mode=plan.mode, what=plan.mode_from),
        ),
        (_("customer"), email),
        (_("module"), _("{id} {title}").format(id=plan.buyer.module, title=plan.buyer.title)),
        (
            _("metadata"),
            _("as the newest sale of the site has them: {keys}").format(keys=_keys(plan))
            if plan.like == "session"
            else _("as the app's checkout sets them: {keys}").format(keys=_keys(plan)),
        ),
    )
    for name, text in rows:
        screen.line(text, indent=_INDENT, first=name)
    screen.line(
        _(
            "the handler does what it does for any payment: it writes the access (removed again), a"
            " row in payments ({payment}), and may send the customer a confirmation e-mail (which"
            " cannot be undone)"
        ).format(
            payment=_("removed again") if plan.remove_payment else _("which stays, because of --keep-payment")
        )
    )
    if plan.leftovers:
        names = ", ".join(f"{row.table} {row.id}" for row in plan.leftovers)
        screen.line(
            ngettext(
                "first {count} row of an earlier run is removed: {names}",
                "first {count} rows of earlier runs are removed: {names}",
                len(plan.leftovers),
            ).format(count=len(plan.leftovers), names=names),
            "warn",
        )
    for note in plan.notes:
        screen.line(note, "warn")


def show_hop(screen: Screen, hop: Hop) -> None:
    """One hop with its mark and its time."""
    text = _("{title}: {detail} ({ms} ms)").format(
        title=_(TITLES[hop.id]), detail=hop.detail, ms=figures.number(hop.ms)
    )
    if hop.status == "skipped":
        text = _("{title}: {detail}").format(title=_(TITLES[hop.id]), detail=hop.detail)
    screen.line(text, hop.status, indent=_HOP, first=f"{screen.mark(hop.status)} {hop.id}")


def show_verified(screen: Screen, result: Result, *, quiet: bool) -> None:
    """The verdict, and what remains of the run."""
    total = sum(hop.ms for hop in result.hops if hop.id != "clean-up")
    if result.seen and result.left:
        screen.line(
            _("PROVED, AND NOT ALL OF IT REMOVED: {count} remain (run {run})").format(
                count=len(result.left), run=result.run_id
            ),
            "exposed",
        )
    elif result.proved:
        screen.line(
            _("PROVED: from the signature to the customer's page in {ms} ms (run {run})").format(
                ms=figures.number(total), run=result.run_id
            ),
            "healthy",
        )
    else:
        first = next(hop for hop in result.hops if hop.status != "ok")
        text = _("NOT PROVED: the way ends at {hop} (run {run})").format(hop=first.id, run=result.run_id)
        if result.left:
            text = _("{text}; {count} remain").format(text=text, count=len(result.left))
        screen.line(text, "broken")
    for thing in result.left if quiet else result.remains:
        words = _("remains: {what} {id}, {detail}") if thing.certain else _("may remain: {detail}")
        screen.line(
            words.format(what=thing.what, id=thing.id or "", detail=thing.detail),
            "warn" if thing.certain else "quiet",
        )
        if thing.remove and not thing.on_purpose:
            screen.command(thing.remove)


def _keys(plan: VerifyPlan) -> str:
    return ", ".join(plan.metadata)
