"""From arguments to an exit code: usage errors are said our way, in JSON too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from iahome_fix.errors import INTERRUPTED, USAGE, UsageError
from iahome_fix.i18n import _, use_language

_PROGRAM = "iahome-fix"


def run(arguments: Sequence[str]) -> int:
    """Parse, call, return the exit code. Usage errors are exit code 2."""
    use_language(_language(arguments))
    import typer

    from iahome_fix.cli.app import app

    try:
        result = app(args=list(arguments), prog_name=_PROGRAM, standalone_mode=False)
    except typer.Exit as stop:
        return stop.exit_code
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except typer.TyperException as error:
        return _usage(arguments, error)
    return result if isinstance(result, int) else 0


def _usage(arguments: Sequence[str], error: Exception) -> int:
    from iahome_fix.output import document
    from iahome_fix.output.screen import make_screens, show_error

    command = next((word for word in arguments if not word.startswith("-")), "")
    text = getattr(error, "format_message", lambda: str(error))()
    if not text:
        return 0
    known = UsageError(
        "usage",
        text,
        _("see: {command}").format(command=" ".join(filter(None, (_PROGRAM, command, "--help")))),
    )
    out, err = make_screens(color=True)
    if "--json" in arguments:
        target = {"site": None, "supabase_ref": None, "database": None, "stripe_mode": None}
        out.raw(
            document.text(
                document.frame(
                    command, target=target, started=datetime.now(UTC), verdict="error", error=known, body={}
                )
            )
        )
    else:
        show_error(err, known.message, known.hint)
    return USAGE


def _language(arguments: Sequence[str]) -> str | None:
    for place, word in enumerate(arguments):
        if word == "--lang" and place + 1 < len(arguments):
            return arguments[place + 1]
        if word.startswith("--lang="):
            return word.partition("=")[2]
    return None
