"""What `check-stripe` shows beside its report: the endpoint's plan, events that wait, a key's rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _, labelled, ngettext
from iahome_fix.systems.stripe_permissions import link_to_create

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iahome_fix.output.screen import Screen
    from iahome_fix.repairs.endpoint import EndpointPlan
    from iahome_fix.systems.stripe_permissions import Held


def show_endpoint_plan(screen: Screen, plan: EndpointPlan) -> None:
    """What changes at Stripe, from what to what; what is withheld, and what has to be known."""
    mode = plan.mode or _("the key's")
    if plan.action == "create":
        screen.line(
            _("plan: create an endpoint in {mode} mode for {url}").format(mode=mode, url=plan.url), "title"
        )
    elif plan.action == "update":
        screen.line(
            _("plan: change the endpoint {id} ({mode} mode)").format(id=plan.endpoint_id, mode=mode), "title"
        )
        screen.page(plan.endpoint_id or "", indent=2)
    elif not plan.withheld:
        screen.line(_("the endpoint is as it should be: nothing to change"), "ok")
    for change in plan.changes:
        screen.line(labelled(change.field, f"{_value(change.before)} → {_value(change.after)}"), indent=2)
    for sentence in plan.withheld:
        screen.line(sentence, "warn", indent=2)
    for sentence in plan.notes:
        screen.line(sentence, "warn", indent=2)
    if plan.action == "create":
        screen.line(
            _(
                "it gets a secret of its own: set it as STRIPE_WEBHOOK_SECRET on the server and restart the"
                " app, or every event is refused"
            ),
            indent=2,
        )


def show_waiting(screen: Screen, waiting: Mapping[str, Any] | None) -> None:
    """Events that wait for a delivery, by age; nothing where that is not known."""
    if waiting is None:
        return
    count = int(waiting["count"])
    screen.line(
        ngettext(
            "{count} payment event of the last 30 days waits for a delivery",
            "{count} payment events of the last 30 days wait for a delivery",
            count,
        ).format(count=count),
        "warn" if count else "quiet",
    )
    meanings = {
        "under_5_minutes": _("younger than 5 minutes: on the way"),
        "under_3_days": _("younger than 3 days: Stripe goes on trying, at most that long"),
        "under_15_days": _("younger than 15 days: can be sent again in Stripe's dashboard"),
        "under_30_days": _("older: only `stripe events resend` and check-stripe --resend reach them"),
    }
    for name, words in meanings.items():
        if waiting["by_age"][name]:
            screen.count(waiting["by_age"][name], words)
    if not count:
        screen.line(
            _("that proves nothing: what was sent to nobody, or acknowledged without a row, does not wait"),
            "quiet",
            indent=2,
        )


def show_permissions(screen: Screen, found: Sequence[Held], *, restricted: bool) -> None:
    """The permissions that a restricted key needs, by command, and which of them this one has."""
    screen.line()
    screen.line(_("permissions of a restricted key, and the commands that need them"), "title")
    for held in found:
        words = _("{commands}: {purpose}").format(
            commands=", ".join(held.permission.commands), purpose=_(held.permission.purpose)
        )
        status = {True: "ok", False: "fail", None: "unknown"}[held.held] if restricted else "ok"
        lead = f"{screen.mark(status)} {held.permission.name}" if restricted else held.permission.name
        screen.line(words, status if status == "fail" else None, indent=30, first=lead)
    screen.line(_("this page of Stripe makes a key that has them all:"), "quiet")
    screen.command(link_to_create())


def _value(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else ", ".join(value) or _("nothing")
