"""`explain`: one customer's whole story, and why a module is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.cli.rehearsing import Rehearse, RehearseThrough, rehearsing
from iahome_fix.cli.terms import SINCE, AccessDuration, From, Start, terms
from iahome_fix.i18n import N_, _

if TYPE_CHECKING:
    from iahome_fix.explain.told import Told
    from iahome_fix.explain.verdict import Answer

_LONGEST_ID = 255


def _empty() -> dict[str, Any]:
    from iahome_fix.explain.document import empty_body

    return empty_body()


@command("explain", empty_body=_empty)
def explain(
    frame: Frame,
    email: Annotated[
        str, typer.Argument(metavar="EMAIL", help=N_("The customer's e-mail address."), show_default=False)
    ],
    module: Annotated[
        str | None,
        typer.Option(
            "--module", metavar="ID", help=N_("Also say why this module is there or not, paid for or not.")
        ),
    ] = None,
    since: Annotated[
        str,
        typer.Option(
            "--since",
            metavar="WHEN",
            help=N_(
                "From when on all Checkout Sessions are searched for the address: 90d, 2026-08-01. Older ones"
                " are found only where it was typed at the checkout in the same letters."
            ),
        ),
    ] = SINCE,
    access_duration: AccessDuration = None,
    start: From = Start.PURCHASE,
    rehearse: Rehearse = False,
    rehearse_through: RehearseThrough = None,
) -> Outcome:
    """One customer: payments, tokens, accesses, what /encours shows this login, and why.

    With --rehearse what is owed is made as the webhook makes it and rolled back, to see what refuses it.

    Exit codes: 0 the customer sees everything that is owed, 1 something owed is missing, or nobody has this
    address, 3 could not tell.
    """
    from iahome_fix.cli.way_in import opened
    from iahome_fix.explain.address import parse
    from iahome_fix.explain.story import CustomersContext
    from iahome_fix.explain.told import told

    address = parse(email)
    asked = _module_id(module)
    chosen = terms(frame, since, access_duration, start)
    making = rehearsing(rehearse, rehearse_through)
    frame.show_target()
    ctx = opened(
        frame,
        lambda found: CustomersContext(found, timeout=frame.common.timeout, terms=chosen, rehearsing=making),
    )
    try:
        emails = frame.common.show_emails
        return _outcome(frame, told(ctx, address, asked=asked, since=chosen.since, emails=emails))
    finally:
        ctx.close()


def _outcome(frame: Frame, told: Told) -> Outcome:
    from iahome_fix.explain.document import body_of
    from iahome_fix.output.explain import show_story

    common = frame.common
    story, judged, found, shown = told.story, told.judged, told.answer, told.shown
    return Outcome(
        _exit_code(found),
        found.value,
        body_of(story, judged, shown),
        lambda screen: show_story(
            screen, story, judged, found, shown, verbose=common.verbose, quiet=common.quiet
        ),
    )


def _exit_code(found: Answer) -> int:
    from iahome_fix.explain.verdict import Answer

    codes = {
        Answer.MISSING: errors.FAULT,
        Answer.NOT_FOUND: errors.FAULT,
        Answer.UNKNOWN: errors.COULD_NOT_TELL,
    }
    return codes.get(found, errors.OK)


def _module_id(text: str | None) -> str | None:
    """The id that was asked for. Raises UsageError for what no id can be."""
    if text is None:
        return None
    wanted = text.strip()
    if not wanted or len(wanted) > _LONGEST_ID or not wanted.isprintable():
        raise errors.UsageError("module", _("--module takes the id of a module, such as 15"))
    return wanted
