"""One call of a command: its settings, screens, questions, the JSON document and what comes next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iahome_fix import errors
from iahome_fix.cli import typed
from iahome_fix.cli.asking import ask, somebody_is_there
from iahome_fix.cli.options import Common
from iahome_fix.errors import ToolError, UsageError
from iahome_fix.i18n import N_, _
from iahome_fix.masks import scrub
from iahome_fix.output.wrapping import firm, harmless

if TYPE_CHECKING:
    from iahome_fix.cli.way_in import WentOver
    from iahome_fix.output.screen import Screen
    from iahome_fix.profile import AppProfile
    from iahome_fix.settings import Settings


_NEXT: Mapping[str, tuple[str, ...]] = {
    "not-migrated": ("migrate",),
    "unknown-run": ("undo",),
    "missing-credential": ("init",),
}
"""The command that comes next after an error, where it is another one."""

_THEN_LOOK = ("migrate", "backfill", "reconcile", "check-stripe")
"""Commands after which another link may be the one that is broken."""

_HINTS: Mapping[str, str] = {
    "missing-credential": N_(
        "add the variable to the env file of the app, or name the right file with --env-file"
    )
}
"""What to do about an error that does not say it by itself."""

_LONGEST_REASON = 500


@dataclass(frozen=True)
class Outcome:
    """What a command found or did: the exit code, the verdict, the JSON body, and how to show it.

    `said`: all of it was printed already. `undo`: the run that `undo` can take back. `options`: those by
    which doctor looks at the same payments, on the same terms.
    """

    exit_code: int
    verdict: str
    body: Mapping[str, Any] = field(default_factory=dict)
    show: Callable[[Screen], None] | None = None
    error: ToolError | None = None
    said: bool = False
    undo: str | None = None
    options: tuple[str, ...] = ()


def done_by_another(body: Mapping[str, Any]) -> Outcome:
    """The outcome of a plan of which another run applied everything before this one could."""
    return Outcome(
        errors.OK,
        "nothing-to-do",
        body,
        lambda screen: screen.line(_("another run did it meanwhile: nothing is left to do"), "ok"),
    )


class Frame:
    """One call of one command."""

    def __init__(
        self, command: str, common: Common, empty_body: Mapping[str, Any], *, without_project: bool = False
    ) -> None:
        from iahome_fix.output.screen import make_screens

        self.command = command
        self.common = common
        self.without_project = without_project
        self.started = datetime.now(UTC)
        self.empty_body = empty_body
        self.went_over: list[WentOver] = []
        self.out, self.err = make_screens(color=not common.no_color)

    @cached_property
    def settings(self) -> Settings:
        """The operator's configuration. Raises UsageError when there is none."""
        return self.read_settings()

    def read_settings(self) -> Settings:
        """The configuration as it is now. Raises UsageError when there is none."""
        from iahome_fix.output.links import Pages
        from iahome_fix.settings import load_settings, require_something

        settings = load_settings(self.common.env_file or (), profile=self.common.profile)
        self.out.pages = self.err.pages = Pages(settings.project_ref, settings.stripe_mode)
        require_something(settings)
        return replace(settings, written=self._written)

    def _written(self, profile: AppProfile) -> tuple[str, ...]:
        from iahome_fix.repairs.journal.journal import journal_of

        return journal_of(self.settings).written(profile, self.target())

    @property
    def reason(self) -> str | None:
        """Why it is run, as `--reason` says: one line without secrets and full addresses; or None."""
        words = " ".join((self.common.reason or "").split())
        return scrub(harmless(words))[:_LONGEST_REASON] or None

    @property
    def asks(self) -> bool:
        """Is there a person at a terminal to answer a question?"""
        return not self.common.no_input and not self.common.json and somebody_is_there()

    def visibly(self) -> AbstractContextManager[object]:
        """Around what may wait: on a terminal it is said for whom, unless nothing or JSON is wanted."""
        if self.common.quiet or self.common.json or not self.err.shows_moments:
            return nullcontext()
        from iahome_fix.output.waiting import Waiting
        from iahome_fix.systems.asked import current

        return nullcontext() if current().watched else Waiting(self.err, current())

    def say(self, text: str, style: str | None = None) -> None:
        """Progress, hints and questions: stderr, and nothing when quiet."""
        if not self.common.quiet:
            self.err.line(text, style)

    def agreed(self, question: str) -> bool:
        """May the plan that was just shown be applied?

        Raises UsageError (exit 2), naming the flag, when nobody can answer and --yes was not given.
        """
        if self.common.yes:
            return True
        self.out.flush()
        for one in self.went_over if self.asks else ():
            self.err.line(one.sentence, "warn")
        answer = ask(self.err, question) if self.asks else None
        if answer is None:
            raise UsageError(
                "needs-yes",
                _("nothing was applied: nobody answered the question")
                if self.asks
                else _("nothing was applied: there is nobody to ask"),
                _("add --yes to apply this plan, or --dry-run to see it only"),
            )
        return answer

    def unless_agreed(
        self,
        question: str,
        body: Mapping[str, Any],
        show: Callable[[Screen], None] | None,
        refused: str | None = None,
    ) -> Outcome | None:
        """Show the plan and ask; the outcome of a plan that is not to be applied, None when it is.

        `show`: the plan for a person, None where it is shown already. `refused`: what to say to a no.
        """
        if show is not None and not self.common.json:
            show(self.out)
        try:
            if self.agreed(question):
                return None
        except UsageError as error:
            return Outcome(errors.USAGE, "planned", body, error=error)
        self.say(refused or _("nothing was applied"))
        return Outcome(errors.OK, "planned", body)

    def show_target(self) -> None:
        """What this run is about to look at or change, on stderr."""
        if not self.common.quiet and not self.common.json:
            self.err.note(_("target:"), target_line(self.settings), "quiet")
        if not self.common.json and "checks" not in self.empty_body:
            # A report says it as the check env.files.
            for problem in self.settings.problems:
                if problem.serious:
                    self.err.note(_("warning:"), problem.message, "warn")
            # The check supabase.database says it.
            warning = self.settings.database_transport.warning
            if warning:
                self.err.note(_("warning:"), warning, "warn")

    def finish(self, outcome: Outcome) -> int:
        """Print the result; returns the exit code. A reader that went away changes nothing about it."""
        if outcome.said:
            return outcome.exit_code
        typed.begin_result()
        if self.common.json:
            self.out.raw(self._document(outcome))
        elif outcome.show is not None:
            outcome.show(self.out)
        self.out.flush()
        if self.out.lost:
            return self._could_not_say(outcome)
        if not self.common.json:
            self._show_rest(outcome)
        return outcome.exit_code

    def _may_undo(self, run_id: str) -> bool:
        """Whether what is configured takes the run back: SQL, or the Data API where that is enough."""
        from iahome_fix.repairs.journal.journal import journal_of
        from iahome_fix.repairs.undo.undo import only_rows_without_marks
        from iahome_fix.systems.open import has_sql

        if has_sql(self.settings):
            return True
        with suppress(ToolError):
            return only_rows_without_marks(journal_of(self.settings).find(run_id))
        return False

    def _show_rest(self, outcome: Outcome) -> None:
        """The error and the command that comes next, on stderr."""
        from iahome_fix.output.screen import show_error

        error = outcome.error
        if error is None and outcome.undo and not self.common.quiet:
            self.err.line(
                _("to undo it:")
                if self._may_undo(outcome.undo)
                else _("to undo it, with SUPABASE_DB_URL or SUPABASE_ACCESS_TOKEN in the env file:")
            )
            self.err.command(self.settings.command("undo", outcome.undo))
        if error is not None:
            show_error(
                self.err, error.message, error.hint or _(_HINTS.get(error.code, "")), self._next(error)
            )
        elif outcome.verdict == "planned" and self.common.dry_run and not self.common.quiet:
            command_line = typed.again(without=("--dry-run",))
            if command_line:
                self.err.line(_("nothing was applied; to apply this plan:"))
                self.err.command(command_line)
        elif outcome.verdict == "applied" and self.command in _THEN_LOOK and not self.common.quiet:
            self.err.line(_("to see what is left:"))
            self.err.command(self.settings.command("doctor", *outcome.options))

    def _next(self, error: ToolError) -> str | None:
        if error.code == "needs-yes":
            return typed.again(without=("--no-input",), plus=("--yes",))
        words = _NEXT.get(error.code)
        return self.settings.command(*words) if words else None

    def _could_not_say(self, outcome: Outcome) -> int:
        from iahome_fix.output.screen import show_error

        message = _("the result could not be written to stdout: {reason}").format(reason=self.out.why_lost)
        show_error(
            self.err,
            message,
            _("what the command did stays done; its verdict is: {verdict}").format(verdict=outcome.verdict),
        )
        return outcome.exit_code or errors.COULD_NOT_TELL

    def failed(self, error: ToolError, body: Mapping[str, Any] | None = None) -> Outcome:
        """The outcome of a command that could not do what was asked; `body`: what it saw or did so far."""
        verdicts = {errors.COULD_NOT_TELL: "unknown", errors.PARTLY_APPLIED: "partly-applied"}
        verdict = verdicts.get(error.exit_code, "refused" if isinstance(error, errors.Refused) else "error")
        if body is None:
            body = {**self.empty_body, "run_id": error.run_id} if error.run_id else self.empty_body
        return Outcome(error.exit_code, verdict, body, error=error)

    def _document(self, outcome: Outcome) -> str:
        from iahome_fix.output import document

        return document.text(
            document.frame(
                self.command,
                target=self.target(),
                started=self.started,
                verdict=outcome.verdict,
                error=outcome.error,
                body={
                    "went_over": [one.as_json() for one in self.went_over],
                    **self.empty_body,
                    **outcome.body,
                },
            )
        )

    def target(self) -> dict[str, Any]:
        """What the run is about, as every document names it."""
        nothing = {"site": None, "supabase_ref": None, "database": None, "stripe_mode": None}
        if self.without_project:
            return nothing
        try:
            settings = self.settings
        except ToolError:
            return nothing
        return {
            "site": settings.site_url,
            "supabase_ref": settings.supabase_ref,
            "database": settings.database_label,
            "stripe_mode": settings.stripe_mode,
        }


def target_line(settings: Settings) -> str:
    """The target in one sentence: site, Supabase project, database, Stripe mode."""
    parts = (
        settings.site_url,
        _("Supabase {ref}").format(ref=settings.supabase_ref or settings.supabase_host or _("not set")),
        _("database {database}").format(database=settings.database_label or _("not set")),
        _("Stripe {mode}").format(mode=settings.stripe_mode or _("not set")),
    )
    return ", ".join(firm(part) for part in parts)
