"""The plan of `check-stripe --resend` on the terminal, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from iahome_fix.i18n import _, ngettext
from iahome_fix.output.screen import Screen
from iahome_fix.repairs.resend import RECONCILE, SEND, Missed, ResendPlan, Sent

_MOST_SHOWN = 20


def show_resend(screen: Screen, plan: ResendPlan, now: datetime, *, everything: bool) -> None:
    """The events that wait, by what becomes of them, and what sending means; `everything`: each by its id."""
    screen.line(
        ngettext(
            "plan: {count} payment event waits for a delivery",
            "plan: {count} payment events wait for a delivery",
            len(plan.events),
        ).format(count=len(plan.events)),
        "title",
    )
    for case, count in plan.counts.items():
        if count or case == SEND:
            style = "ok" if case == SEND else "warn" if case in RECONCILE else None
            screen.count(count, case_in_words(case), style)
    if plan.to_send:
        _what_sending_means(screen, plan)
    for event in plan.events if everything else plan.to_send[:_MOST_SHOWN]:
        age = _("{hours} h old").format(hours=round((now - event.created).total_seconds() / 3600))
        words = [event.event_id, f"({event.session_id or '?'}),", age]
        if event.case != SEND:
            words.append(f"({case_in_words(event.case)})")
        screen.line(" ".join(words), "quiet", indent=2)
        if everything:
            screen.page(event.event_id, indent=4)
    if any(plan.counts[case] for case in RECONCILE):
        screen.line(_("reconcile serves those that are not sent, once each"))


def show_sent(screen: Screen, sent: Sequence[Sent], run_id: str) -> None:
    """Each event with the site's answer and the proof."""
    for one in sent:
        screen.line(
            _("{event}: {outcome}").format(event=one.event_id, outcome=outcome_in_words(one)),
            "ok" if one.is_well else "fail",
            indent=2,
            first=f"{screen.mark('ok' if one.is_well else 'fail')} ",
        )
    screen.line(
        _("run {run}; Stripe goes on counting these events as undelivered").format(run=run_id), "quiet"
    )


def case_in_words(case: str) -> str:
    """What becomes of an event, and why."""
    return {
        SEND: _("sent again, to the handler that has not seen it"),
        "renewal": _(
            "not sent: an active row of the module is there, or was deactivated; reconcile judges it"
        ),
        "subscription": _("not sent: a subscription would be credited twice; reconcile instead"),
        "over": _("not sent: the term is over, the handler would give a new one; reconcile --from now"),
        "paid_late": _("not sent: it says unpaid, the money came later; reconcile instead"),
        "other_letters": _("not sent: the handler does not find an address in other letters; reconcile"),
        "unclear": _("not sent: whether it was refunded is not known; reconcile lists it"),
        "token_pack": _("not sent: a token pack would be credited twice; look at its customer's balance"),
        "served": _("nothing owed: the access is there; another endpoint is the one that fails"),
        "withdrawn": _("nothing owed: a person withdrew the access; reconcile --restore restores it"),
        "partly_withdrawn": _("not sent: a person withdrew a part of it; reconcile gives the rest"),
        "twice": _("a second event for the same payment"),
        "refunded": _("nothing owed: refunded"),
        "disputed": _("nothing owed: disputed"),
        "unpaid": _("nothing owed: not paid yet"),
        "young": _("younger than 5 minutes: on its way"),
        "nobody": _("no such customer or module: the handler would write nothing"),
        "no_module": _("its payment names no module"),
        "unknown": _("its payment is not among the completed ones of the last 90 days"),
        "refused": _("the table refuses the row of its customer: see schema.customers-refused"),
    }[case]


def outcome_in_words(sent: Sent) -> str:
    """What came of one event."""
    return {
        "granted": _("answered {status}, the access is there"),
        "already": _("not needed any more: the access is there"),
        "refused": _("the site answered {status}: nothing was given"),
        "not-granted": _("answered {status}, but there is no access: the handler wrote nothing"),
    }[sent.outcome].format(status=sent.status if sent.status is not None else _("nothing"))


def _what_sending_means(screen: Screen, plan: ResendPlan) -> None:
    screen.line(
        _(
            "Stripe's API cannot deliver an event again: each is read from Stripe, signed with the local"
            " STRIPE_WEBHOOK_SECRET and posted to {url} from here, oldest first"
        ).format(url=plan.url),
        indent=2,
    )
    screen.line(
        _(
            "the handler counts the term from now and does all else that it does for a payment (a row"
            " in payments, an e-mail); undo does not reverse that"
        ),
        indent=2,
    )
    if plan.endpoint_id:
        screen.line(_("the Stripe CLI does the same through Stripe, one event at a time:"), "quiet", indent=2)
        first: Missed = plan.to_send[0]
        live = " --live" if plan.mode == "live" else ""
        screen.command(
            f"stripe events resend {first.event_id} --webhook-endpoint={plan.endpoint_id}{live}", indent=4
        )
