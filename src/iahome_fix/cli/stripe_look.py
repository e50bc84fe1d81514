"""One look at the links stripe and site: the report, the events that wait, the rights of the key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iahome_fix.errors import ToolError
from iahome_fix.model import Link
from iahome_fix.output.document import empty_report_body, report_body

if TYPE_CHECKING:
    from iahome_fix.cli.frame import Frame
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Report
    from iahome_fix.output.screen import Screen
    from iahome_fix.systems.stripe_permissions import Held

LINKS = (Link.ENV, Link.STRIPE, Link.SITE)
_SUPABASE = ("env.supabase-url", "env.service-role-key", "env.anon-key")
"""Variables that neither Stripe nor the route has to do with: doctor looks at them."""


def empty_body() -> dict[str, Any]:
    """The keys that `check-stripe` adds to every document, without a result."""
    return {
        **empty_report_body(),
        "undelivered": None,
        "permissions": [],
        "plan": None,
        "applied": None,
        "resend": None,
        "run_id": None,
        "endpoint_secret": None,
    }


@dataclass(frozen=True)
class Look:
    """What was found.

    Attributes:
        waiting: counts of the events that wait for a delivery, see checks/stripe/waiting.py; None when
            not known.
        held: the rights that commands need, and which of them the key has.
        restricted: whether the key is one that may lack some.
    """

    report: Report
    waiting: dict[str, Any] | None
    held: tuple[Held, ...]
    restricted: bool

    def body(self) -> dict[str, Any]:
        """For the JSON document."""
        return {
            **report_body(self.report),
            "undelivered": self.waiting,
            "permissions": [
                {"permission": h.permission.name, "commands": list(h.permission.commands), "held": h.held}
                for h in self.held
            ],
        }

    def show(self, screen: Screen, frame: Frame) -> None:
        """On the terminal; with --quiet the report alone."""
        from iahome_fix.cli.ways import ways_on
        from iahome_fix.output.endpoint import show_permissions, show_waiting
        from iahome_fix.output.report import show_report

        common = frame.common

        def in_depth(screen: Screen) -> None:
            if common.quiet:
                return
            show_waiting(screen, self.waiting)
            if common.verbose or any(h.held is False for h in self.held):
                show_permissions(screen, self.held, restricted=self.restricted)
            screen.line()

        show_report(
            screen,
            self.report,
            ways=ways_on(frame, self.report),
            details=True,
            verbose=common.verbose,
            quiet=common.quiet,
            between=in_depth,
        )


def look(ctx: Context) -> Look:
    """Run the checks of the links stripe and site, and of the variables that they need."""
    from iahome_fix.checks.chain import CHAIN
    from iahome_fix.checks.runner import run_checks
    from iahome_fix.checks.stripe.waiting import waiting
    from iahome_fix.cli.known import with_known
    from iahome_fix.facts.stripe import held_permissions, is_restricted
    from iahome_fix.systems.stripe_permissions import not_asked

    own = [check for check in CHAIN if check.link in LINKS and check.id not in _SUPABASE]
    report = with_known(run_checks(own, ctx), ctx.settings)
    try:
        held = held_permissions(ctx)
    except ToolError:
        held = not_asked()
    return Look(report, waiting(ctx), held, is_restricted(ctx))
