"""From arguments to an exit code: usage errors are said our way, in JSON too, and a traceback never."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, NoReturn

from iahome_fix.cli.lang import asked_for, lang_behind
from iahome_fix.cli.usage import in_the_language
from iahome_fix.errors import COULD_NOT_TELL, INTERRUPTED, CouldNotTell, ToolError, UsageError
from iahome_fix.i18n import _, use_language

_PROGRAM = "iahome-fix"
_VALUE_OPTIONS = ("--env-file", "--lang", "--timeout", "--profile", "--reason")
_VERDICTS = {COULD_NOT_TELL: "unknown", INTERRUPTED: "interrupted"}
_NO_TARGET = {"site": None, "supabase_ref": None, "database": None, "stripe_mode": None}


def run(arguments: Sequence[str]) -> int:
    """Parse, call, return the exit code. Usage errors are exit code 2."""
    try:
        if not sys.warnoptions:
            # A library's remark to developers is none for the operator.
            warnings.simplefilter("ignore")
        arguments = lang_behind(arguments)
        use_language(asked_for(arguments))
        return _run(list(arguments))
    except KeyboardInterrupt:
        return stopped(arguments)
    except Exception as error:  # noqa: BLE001 - an operator must never meet a traceback
        return _told(arguments, _fault(error))


def stopped(arguments: Sequence[str]) -> int:
    """Say that the process was asked to stop, and what stays; returns the exit code."""
    from iahome_fix.cli import typed
    from iahome_fix.cli.last_words import interrupted

    # Once a command prints its result, it is too late for another document.
    return INTERRUPTED if typed.result_begun() else _told(arguments, interrupted())


def end(code: int) -> NoReturn:
    """End the process with this exit code, at once where a thread still waits for a silent server.

    The interpreter's own way tears such threads down in the middle of foreign code, which may abort.
    """
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if not any(thread.daemon for thread in others):
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _run(arguments: list[str]) -> int:
    import typer

    from iahome_fix.cli import help_words, typed
    from iahome_fix.cli.optional_values import filled
    from iahome_fix.systems import written

    typed.remember(arguments)
    written.begin()
    if help_words.asks_for_help(arguments):
        if help_words.topic(arguments) == help_words.EXIT_CODES:
            return _exit_codes()
        arguments = help_words.as_option(arguments)
    try:
        result = _command_line().main(
            args=filled(arguments) or ["--help"], prog_name=_PROGRAM, standalone_mode=False
        )
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        raise KeyboardInterrupt from None
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _usage(arguments, error)
    return result if isinstance(result, int) else 0


def _exit_codes() -> int:
    import typer

    from iahome_fix.cli import help_pages

    typer.echo(help_pages.exit_codes_page(), nl=False)
    return 0


@cache
def _command_line() -> Any:
    """The commands with their options, as Typer makes them."""
    from typer.main import get_command

    from iahome_fix.cli import help_pages
    from iahome_fix.cli.app import app

    help_pages.put_on(app)
    return get_command(app)


def _usage(arguments: Sequence[str], error: Any) -> int:
    """A mistake in the arguments. The class of `error` is another one in each version of Typer."""
    text = in_the_language(str(error.format_message()).replace("Value error, ", ""))
    see = " ".join(filter(None, (_PROGRAM, _command(arguments), "--help")))
    hint = _("its help says what there is: {command}").format(command=see)
    if arguments and arguments[0].startswith("-") and type(error).__name__ == "NoSuchOption":
        hint = _("options stand behind the command ({program} COMMAND {option}): {command}").format(
            program=_PROGRAM, option=error.option_name, command=see
        )
    return _told(arguments, UsageError("usage", text, hint))


def _fault(error: Exception) -> ToolError:
    if isinstance(error, ModuleNotFoundError):
        return CouldNotTell(
            "installation",
            _("the installation is incomplete: the Python package {name} is missing").format(name=error.name),
            _("install iahome-fix again, into an environment of its own"),
        )
    from iahome_fix.cli.last_words import defect

    return defect(error)


def _told(arguments: Sequence[str], error: ToolError) -> int:
    """Print an error that kept the command from being called; returns the exit code."""
    from iahome_fix.output import document
    from iahome_fix.output.screen import make_screens, show_error

    out, err = make_screens(color="--no-color" not in arguments)
    if any(word == "--json" or word.startswith("--json=") for word in arguments):
        name = _command(arguments)
        out.raw(
            document.text(
                document.frame(
                    name,
                    target=_NO_TARGET,
                    started=datetime.now(UTC),
                    verdict=_VERDICTS.get(error.exit_code, "error"),
                    error=error,
                    body=_empty_body(name),
                )
            )
        )
    else:
        show_error(err, error.message, error.hint)
    return error.exit_code


def _command(arguments: Sequence[str]) -> str | None:
    """The name of the command that was meant: the first word that is one; None without any."""
    from iahome_fix.cli.command import COMMANDS

    behind_option = False
    for word in arguments:
        if not behind_option and word in COMMANDS:
            return word
        behind_option = word in _VALUE_OPTIONS
    return None


def _empty_body(name: str | None) -> dict[str, Any]:
    from iahome_fix.cli.command import COMMANDS

    return {"went_over": [], **COMMANDS[name]()} if name else {}
