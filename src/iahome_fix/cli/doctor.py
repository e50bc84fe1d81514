"""`doctor`: the whole chain, the cause, the next command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix.cli import completion
from iahome_fix.cli import fail_on as failing
from iahome_fix.cli.command import command
from iahome_fix.cli.doctor_report import NOTHING, Pages, ReportCustomers, ReportFile
from iahome_fix.cli.doctor_shown import Shown, cut_short, outcome, with_pages
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.cli.known import with_known
from iahome_fix.cli.rehearsing import Rehearse, RehearseThrough, rehearsing
from iahome_fix.cli.terms import SINCE, AccessDuration, From, Since, Start, parsed, terms
from iahome_fix.errors import UsageError
from iahome_fix.i18n import N_, _
from iahome_fix.model import Check, Report
from iahome_fix.output.document import empty_report_body

if TYPE_CHECKING:
    from iahome_fix.domain.terms import Terms
    from iahome_fix.facts.context import Rehearsing
    from iahome_fix.source.files import Checkout

EXIT_CODES = failing.EXIT_CODES
FORMS = ("junit", "github")


def _empty_body() -> dict[str, Any]:
    return {**empty_report_body(), **NOTHING}


@command("doctor", empty_body=_empty_body)
def doctor(
    frame: Frame,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="LINK|ID",
            autocompletion=completion.checks_and_links,
            help=N_(
                "Show and judge only this link or check (repeatable). What it depends on is looked at, too,"
                " but neither shown nor counted for the exit code."
            ),
        ),
    ] = None,
    app: Annotated[
        Path | None,
        typer.Option(
            "--app",
            metavar="FOLDER",
            help=N_(
                "Read the source of the app in this folder as well (nothing in it is run), and add what only"
                " the source can say: table names, metadata keys, the key of the webhook."
            ),
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="|".join(failing.CHOICES),
            autocompletion=completion.fail_on,
            help=N_(
                "What makes the exit code other than 0. never: nothing. fail: 1 when a check fails; what"
                " could not be told counts as fine. unknown: besides, 3 when something could not be told."
                " warn: besides, 1 for a warning, hygiene included."
            ),
        ),
    ] = failing.UNKNOWN,
    watch: Annotated[
        float | None,
        typer.Option(
            "--watch",
            metavar="[SECONDS]",
            min=1,
            max=86_400,
            help=N_(
                "Look again and again (every 30 s, or as given) until Ctrl-C, and print only what changes."
                " The exit code is that of the last report. With --json: one document per line, for the"
                " first look and for each one that differs."
            ),
        ),
    ] = None,
    rehearse: Rehearse = False,
    rehearse_through: RehearseThrough = None,
    since: Since = SINCE,
    access_duration: AccessDuration = None,
    start: From = Start.PURCHASE,
    brief: Annotated[
        bool,
        typer.Option(
            "--brief",
            help=N_(
                "For cron: nothing when healthy, otherwise one line with the cause and the next command."
                " What --fail-on lets pass is not said; what is acknowledged is, on stderr when all else"
                " is well."
            ),
        ),
    ] = False,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="|".join(FORMS),
            help=N_("For CI, on stdout: JUnit's XML, or the annotations of GitHub Actions."),
            autocompletion=completion.formats,
        ),
    ] = None,
    details: Annotated[
        bool,
        typer.Option(
            "--details",
            help=N_("Show every link above the verdict, also where the screen has fewer than 80 lines."),
        ),
    ] = False,
    report: ReportFile = None,
    report_customers: ReportCustomers = None,
) -> Outcome:
    """Look at the chain from the payment to the page; name the cause and the next command. Writes nothing.

    With --rehearse it makes sales and rolls each back, to see what reading does not show.
    """
    from iahome_fix.checks.runner import Stopped
    from iahome_fix.checks.selection import chosen, with_needed

    failing.checked(fail_on)
    parsed(since, access_duration)  # wrong words are said before anything is asked
    if brief and watch is not None:
        raise UsageError("usage", _("--brief is for one look; --watch says by itself only what changes"))
    pages = Pages(report, report_customers)
    if pages.wanted and watch is not None:
        raise UsageError("usage", _("--report and --report-customers are for one look, not for --watch"))
    every, checkout = _chain(app, only or ())
    if form is not None and form not in FORMS:
        raise UsageError("format", _("--format takes one of: {words}").format(words=", ".join(FORMS)))
    if form is not None and (brief or watch is not None or frame.common.json):
        raise UsageError("usage", _("--format stands for itself: without --json, --brief and --watch"))
    making = rehearsing(rehearse, rehearse_through)
    if rehearse and watch is not None:
        raise UsageError("usage", _("--rehearse is for one look; --watch only reads"))
    asked = chosen(only, every) if only else every
    words = terms(frame, since, access_duration, start).words(datetime.now(UTC))
    wanted = Shown(brief=brief, form=form, details=details, app=app, options=words)
    looked_at = with_needed(asked, every) if only else every
    if not brief:
        frame.show_target()

    def look() -> Report:
        chosen_terms = terms(frame, since, access_duration, start)
        return _look(frame, looked_at, asked, checkout, chosen_terms, making, pages)

    if watch is None:
        try:
            found = look()
        except Stopped as stop:
            return cut_short(frame, stop.report, asked, wanted)
        return with_pages(frame, outcome(frame, found, fail_on, wanted), pages.write(frame, found))

    def show_first(report: Report) -> None:
        show = outcome(frame, report, fail_on, wanted).show
        if show is not None:
            show(frame.out)

    from iahome_fix.cli.doctor_watch import watch as keep_looking

    last = keep_looking(frame, look, show_first, watch)
    return Outcome(failing.exit_code(last, fail_on), last.verdict.value, said=True)


def plain_look(frame: Frame) -> Outcome:
    """What `doctor` without options of its own says."""
    from iahome_fix.checks.chain import CHAIN

    chosen = terms(frame, SINCE, None, Start.PURCHASE)
    frame.show_target()
    return outcome(frame, _look(frame, CHAIN, CHAIN, None, chosen, None), failing.UNKNOWN, Shown())


def _chain(app: Path | None, only: Sequence[str]) -> tuple[tuple[Check, ...], Checkout | None]:
    """All checks of this run; with the app's source, if it was given."""
    if app is not None:
        from iahome_fix.checks.source.link import every_check
        from iahome_fix.source.files import read_checkout

        return every_check(), read_checkout(app)
    from iahome_fix.checks.chain import CHAIN

    if any(word.startswith("site.source-") for word in only):
        raise UsageError(
            "needs-app",
            _("the checks site.source-… read the source of the app"),
            _("add --app with the folder of the app's checkout"),
        )
    return CHAIN, None


def _look(
    frame: Frame,
    looked_at: Sequence[Check],
    asked: Sequence[Check],
    checkout: Checkout | None,
    chosen: Terms,
    making: Rehearsing | None,
    pages: Pages | None = None,
) -> Report:
    from iahome_fix.checks.overview import overview, paid
    from iahome_fix.checks.runner import run_checks
    from iahome_fix.cli.way_in import by_reading
    from iahome_fix.facts.context import Context

    # Read anew each time: while somebody watches, the env file is what is being repaired.
    ctx = Context(frame.read_settings(), timeout=frame.common.timeout, terms=chosen, rehearsing=making)
    try:
        if checkout is not None:
            from iahome_fix.source.app import keep

            keep(ctx, checkout)
        report = run_checks(looked_at, ctx)
        frame.went_over = by_reading(ctx)
        ids = {check.id for check in asked}
        shown = Report(tuple(result for result in report.results if result.check.id in ids))
        if pages is not None:
            pages.look(ctx, shown)
        summed = replace(shown, sales=overview(ctx, shown), paid=paid(ctx, shown))
        return with_known(summed, ctx.settings)
    finally:
        ctx.close()
