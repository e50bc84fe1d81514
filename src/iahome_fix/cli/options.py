"""The options that mean the same in every command, or in several."""

from __future__ import annotations

from dataclasses import dataclass, fields
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer

from iahome_fix.cli import completion
from iahome_fix.i18n import LANGUAGES, N_

_COMMON = N_("Common options")
_LANG_HELP = N_("Language of the output, here or before the command (default: the environment's).")

LANG = Annotated[str | None, typer.Option("--lang", metavar="|".join(LANGUAGES), help=_LANG_HELP)]
"""The language, before the command."""

Restore = Annotated[
    list[str] | None,
    typer.Option(
        "--restore",
        metavar="ID",
        help=N_("Restore an access that a person withdrew, by its id in the list; repeatable."),
    ),
]
"""What `backfill` and `reconcile` give back on purpose."""


@dataclass(frozen=True)
class Common:
    """The common options of one call."""

    env_file: list[Path] | None
    json: bool
    yes: bool
    dry_run: bool
    no_input: bool
    verbose: bool
    quiet: bool
    no_color: bool
    show_emails: bool
    lang: str | None
    timeout: float
    profile: str | None
    reason: str | None


def _option(kind: Any, default: Any, help_text: str, *names: str, **more: Any) -> Any:
    return Annotated[kind, typer.Option(*names, help=help_text, rich_help_panel=_COMMON, **more)], default


_DECLARED: dict[str, tuple[Any, Any]] = {
    "env_file": _option(
        list[Path] | None,
        None,
        N_("Read this env file instead of the ones of the Next.js project (repeatable, the first wins)."),
        "--env-file",
        metavar="PATH",
    ),
    "json": _option(bool, False, N_("One JSON document on stdout."), "--json"),
    "yes": _option(bool, False, N_("Apply without asking."), "--yes", "-y"),
    "dry_run": _option(bool, False, N_("Show the plan, apply nothing."), "--dry-run"),
    "no_input": _option(bool, False, N_("Never ask, even on a terminal."), "--no-input"),
    "verbose": _option(bool, False, N_("Every check, evidence and SQL."), "--verbose", "-v"),
    "quiet": _option(bool, False, N_("Only what is wrong."), "--quiet", "-q"),
    "no_color": _option(bool, False, N_("No colour (NO_COLOR does the same)."), "--no-color"),
    "show_emails": _option(bool, False, N_("Full e-mail addresses instead of masked ones."), "--show-emails"),
    "lang": _option(
        str | None,
        None,
        _LANG_HELP,
        "--lang",
        metavar="|".join(LANGUAGES),
        autocompletion=completion.languages,
    ),
    "timeout": _option(
        float,
        10.0,
        N_("Seconds that one system may take to answer."),
        "--timeout",
        metavar="SECONDS",
        min=0.5,
        max=600.0,
    ),
    "profile": _option(
        str | None,
        None,
        N_("Judge by this version of the app, a profile's name, instead of the one that it is found to be."),
        "--profile",
        metavar="NAME",
        autocompletion=completion.profiles,
    ),
    "reason": _option(
        str | None,
        None,
        N_("Why: noted in the journal of a run that writes, and shown by the list of runs."),
        "--reason",
        metavar="TEXT",
    ),
}


def parameters() -> list[Parameter]:
    """The common options as parameters of a command's function."""
    return [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for field in fields(Common)
        for annotation, default in [_DECLARED[field.name]]
    ]
