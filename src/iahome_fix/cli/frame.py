"""What surrounds every command: settings, screens, errors, the JSON document and the exit code."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.options import Common, parameters
from iahome_fix.errors import ToolError, UsageError
from iahome_fix.i18n import LANGUAGES, _, use_language

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What a command found or did: the exit code, the verdict, the JSON body, and how to show it.

    `said`: all of it was printed already.
    """

    exit_code: int
    verdict: str
    body: Mapping[str, Any] = field(default_factory=dict)
    show: Callable[[Screen], None] | None = None
    error: ToolError | None = None
    said: bool = False


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
        self.out, self.err = make_screens(color=not common.no_color)

    @cached_property
    def settings(self) -> Settings:
        """The operator's configuration. Raises UsageError when there is none."""
        from iahome_fix.settings import load_settings, require_something

        settings = load_settings(self.common.env_file or ())
        require_something(settings)
        return settings

    @property
    def asks(self) -> bool:
        """Is there a person at a terminal to answer a question?"""
        return not self.common.no_input and sys.stdin.isatty() and sys.stderr.isatty()

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
        if not self.asks:
            raise UsageError(
                "needs-yes",
                _("nothing was applied: there is no terminal to ask on"),
                _("add --yes to apply this plan, or --dry-run to see it only"),
            )
        self.err.flush()
        return typer.confirm(question, default=False, err=True)

    def show_target(self) -> None:
        """What this run is about to look at or change, on stderr."""
        if not self.common.quiet and not self.common.json:
            self.err.line(target_line(self.settings), "quiet")

    def finish(self, outcome: Outcome) -> int:
        """Print the result; returns the exit code. A reader that went away changes nothing about it."""
        if outcome.said:
            return outcome.exit_code
        try:
            if self.common.json:
                self.out.raw(self._document(outcome))
            elif outcome.show is not None:
                outcome.show(self.out)
            self.out.flush()
            if outcome.error is not None and not self.common.json:
                from iahome_fix.output.screen import show_error

                show_error(self.err, outcome.error.message, outcome.error.hint)
        except BrokenPipeError:
            # The pipe is closed; without this the interpreter complains again when it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return outcome.exit_code

    def failed(self, error: ToolError) -> Outcome:
        """The outcome of a command that could not do what was asked."""
        verdicts = {errors.COULD_NOT_TELL: "unknown", errors.PARTLY_APPLIED: "partly-applied"}
        verdict = verdicts.get(error.exit_code, "refused" if isinstance(error, errors.Refused) else "error")
        return Outcome(error.exit_code, verdict, self.empty_body, error=error)

    def _document(self, outcome: Outcome) -> str:
        from iahome_fix.output import document

        return document.text(
            document.frame(
                self.command,
                target=self._target(),
                started=self.started,
                verdict=outcome.verdict,
                error=outcome.error,
                body={**self.empty_body, **outcome.body},
            )
        )

    def _target(self) -> dict[str, Any]:
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
    """The target in one line: site, Supabase project, database, Stripe mode."""
    return _("target: {site}, Supabase {ref}, database {database}, Stripe {mode}").format(
        site=settings.site_url,
        ref=settings.supabase_ref or settings.supabase_host or _("not set"),
        database=settings.database_label or _("not set"),
        mode=settings.stripe_mode or _("not set"),
    )


def command(
    name: str,
    *,
    empty_body: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None,
    without_project: bool = False,
) -> Callable[[Callable[..., Outcome]], Callable[..., None]]:
    """Make `run(frame, own options…) -> Outcome` a Typer command with the common options.

    `empty_body`: the command's own JSON keys for a document without a result. `without_project`: the command
    is not about the operator's project and does not read its configuration.
    """

    def decorate(run: Callable[..., Outcome]) -> Callable[..., None]:
        own = list(inspect.signature(run, eval_str=True).parameters.values())[1:]
        names = {parameter.name for parameter in parameters()}

        def call(**given: Any) -> None:
            common = Common(**{key: value for key, value in given.items() if key in names})
            rest = {key: value for key, value in given.items() if key not in names}
            raise typer.Exit(_call(run, name, common, rest, empty_body, without_project))

        call.__name__ = name.replace("-", "_")
        call.__doc__ = run.__doc__
        call.__signature__ = inspect.Signature([*own, *parameters()])  # type: ignore[attr-defined]
        return call

    return decorate


def _call(
    run: Callable[..., Outcome],
    name: str,
    common: Common,
    rest: Mapping[str, Any],
    empty_body: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None,
    without_project: bool,
) -> int:
    use_language(common.lang)
    body = empty_body() if callable(empty_body) else (empty_body or {})
    frame = Frame(name, common, body, without_project=without_project)
    try:
        _check_language(common.lang)
        outcome = run(frame, **rest)
    except ToolError as error:
        outcome = frame.failed(error)
    except (KeyboardInterrupt, typer.Abort):
        interrupted = ToolError(
            "interrupted",
            _("interrupted; nothing was left half-done"),
            _("the same command can be run again"),
        )
        outcome = Outcome(errors.INTERRUPTED, "interrupted", frame.empty_body, error=interrupted)
    except BrokenPipeError:
        outcome = Outcome(errors.OK, "unknown", frame.empty_body)
    except Exception as error:  # noqa: BLE001 - an operator must never meet a traceback
        outcome = frame.failed(_defect(error))
    return frame.finish(outcome)


def _defect(error: Exception) -> ToolError:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"  # noqa: PTH119
    return errors.CouldNotTell(
        "defect",
        _("this is a fault of iahome-fix itself: {kind} at {place}").format(
            kind=type(error).__name__, place=place
        ),
        _(
            "please report it with this line; what was already written is listed above, transactions are"
            " undone"
        ),
    )


def _check_language(lang: str | None) -> None:
    if lang is not None and lang not in LANGUAGES:
        raise UsageError("lang", _("--lang takes one of: {languages}").format(languages=", ".join(LANGUAGES)))
