"""`doctor --report` and `--report-customers`: the page and the list that are made of one look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix.errors import CouldNotTell, ToolError, UsageError
from iahome_fix.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from iahome_fix.checks.ledger import Ledger
    from iahome_fix.cli.frame import Frame
    from iahome_fix.facts.context import Context
    from iahome_fix.model import Report

_SUFFIXES = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}

NOTHING: dict[str, Any] = {"report": None, "report_customers": None}
"""The keys of the document where no page was written."""

ReportFile = Annotated[
    Path | None,
    typer.Option(
        "--report",
        metavar="FILE.html|FILE.md",
        help=N_(
            "Write what was found as one page to send to support: the chain, customers and money, every"
            " check, the runs on record. Nothing secret is in it."
        ),
    ),
]
ReportCustomers = Annotated[
    Path | None,
    typer.Option(
        "--report-customers",
        metavar="FILE.csv",
        help=N_(
            "Write who waits as a table for a spreadsheet, one line per module; addresses are masked without"
            " --show-emails."
        ),
    ),
]


@dataclass
class Written:
    """What came of the files: paths for the document, sentences for the operator, the first error."""

    body: dict[str, Any] = field(default_factory=lambda: dict(NOTHING))
    said: list[str] = field(default_factory=list)
    error: ToolError | None = None


class Pages:
    """The files of one run. Made before anything is asked, so that a wrong place is said at once."""

    def __init__(self, report: Path | None, customers: Path | None) -> None:
        """Raises UsageError for a name that says no form, or a place where nothing can be written."""
        from iahome_fix.output.page.customers import COLUMNS

        self._report, self._customers = report, customers
        self._ledger: Ledger | None = None
        if report is not None and report.suffix.lower() not in _SUFFIXES:
            raise UsageError(
                "report-file",
                _("--report writes a page as {suffixes}; {file} is neither").format(
                    suffixes=".html, .md", file=report
                ),
                _("for example: --report report.html"),
            )
        if report is not None and customers is not None and report.absolute() == customers.absolute():
            raise UsageError("report-file", _("--report and --report-customers are two files"))
        if report is not None:
            _require(report, _marker(report))
        if customers is not None:
            _require(customers, ",".join(COLUMNS))

    @property
    def wanted(self) -> bool:
        """Whether any file was asked for."""
        return self._report is not None or self._customers is not None

    def look(self, ctx: Context, report: Report) -> None:
        """Keep what the files need, while the systems of the run are open."""
        if self.wanted:
            from iahome_fix.checks.ledger import ledger

            self._ledger = ledger(ctx, report)

    def write(self, frame: Frame, report: Report) -> Written:
        """Write the files. What cannot be written is an error of the outcome, never of the look."""
        written = Written()
        ledger = self._ledger
        if ledger is None:
            return written
        if self._report is not None:
            path = self._report
            if _put(written, path, lambda: _page(frame, report, ledger, path)):
                written.body["report"] = str(path)
                written.said.append(_("the report is in {file}").format(file=path))
        if self._customers is not None:
            from iahome_fix.output.page.customers import customers

            path = self._customers
            emails = frame.common.show_emails
            # With a mark of the encoding, which spreadsheets need.
            if _put(written, path, lambda: "\ufeff" + customers(ledger.waiting, emails=emails)):
                written.body["report_customers"] = str(path)
                written.said.append(
                    ngettext(
                        "{count} module that somebody waits for is in {file}",
                        "{count} modules that somebody waits for are in {file}",
                        len(ledger.waiting),
                    ).format(count=len(ledger.waiting), file=path)
                )
        return written


def _page(frame: Frame, report: Report, ledger: Ledger, path: Path) -> str:
    from iahome_fix.output.page.build import Target, view
    from iahome_fix.repairs.journal.journal import journal_of

    settings = frame.settings
    target = Target(
        settings.site_url,
        settings.supabase_ref or settings.supabase_host,
        settings.database_label,
        settings.stripe_mode,
        tuple(one.sentence for one in frame.went_over),
    )
    page = view(report, ledger, journal_of(settings), target)
    if _SUFFIXES[path.suffix.lower()] == "markdown":
        from iahome_fix.output.page.markdown import markdown

        return markdown(page)
    from iahome_fix.output.page.html import html

    return html(page)


def _marker(path: Path) -> str:
    """What tells a page of this tool from another file."""
    if _SUFFIXES[path.suffix.lower()] == "markdown":
        from iahome_fix.output.page.markdown import MARKER

        return MARKER
    from iahome_fix.output.page.html import MARKER as OF_HTML

    return OF_HTML


def _require(path: Path, marker: str) -> None:
    from iahome_fix.output.page.file import require_place

    try:
        require_place(path, marker)
    except (OSError, ValueError) as error:
        raise UsageError(
            "report-file", _unwritable(path, error), _("name a new file in a folder in which you may write")
        ) from None


def _put(written: Written, path: Path, text: Callable[[], str]) -> bool:
    from iahome_fix.output.page.file import write

    try:
        write(path, text())
    except (OSError, ValueError) as error:
        written.error = written.error or CouldNotTell(
            "report-file",
            _unwritable(path, error),
            _("what was found stands above; name another file to have it as a page"),
        )
        return False
    return True


def _unwritable(path: Path, error: OSError | ValueError) -> str:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return _("{file} cannot be written: {reason}").format(file=path, reason=reason)
