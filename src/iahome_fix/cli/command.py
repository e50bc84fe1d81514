"""A function as a command: the common options, its frame, and every error as an exit code."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import typer

from iahome_fix import errors
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.cli.last_words import defect, interrupted, trail
from iahome_fix.cli.options import Common, parameters
from iahome_fix.errors import ToolError, UsageError
from iahome_fix.i18n import LANGUAGES, _, use_language

EmptyBody = Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None

COMMANDS: dict[str, Callable[[], Mapping[str, Any]]] = {}
"""Every command, with its own JSON keys for a document without a result."""


def command(
    name: str,
    *,
    empty_body: EmptyBody = None,
    without_project: bool = False,
) -> Callable[[Callable[..., Outcome]], Callable[..., None]]:
    """Make `run(frame, own options…) -> Outcome` a Typer command with the common options.

    `empty_body`: the command's own JSON keys for a document without a result. `without_project`: the command
    is not about the operator's project and does not read its configuration.
    """

    def decorate(run: Callable[..., Outcome]) -> Callable[..., None]:
        COMMANDS[name] = lambda: _called(empty_body)
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
    empty_body: EmptyBody,
    without_project: bool,
) -> int:
    use_language(common.lang)
    frame = Frame(name, common, _called(empty_body), without_project=without_project)
    try:
        _check(common)
        with frame.visibly():
            outcome = run(frame, **rest)
    except ToolError as error:
        outcome = frame.failed(error)
    except (KeyboardInterrupt, typer.Abort):
        outcome = Outcome(errors.INTERRUPTED, "interrupted", frame.empty_body, error=interrupted())
    except Exception as error:  # noqa: BLE001 - an operator must never meet a traceback
        outcome = frame.failed(defect(error))
        if common.verbose:
            for place in trail(error):
                frame.err.line(place, "quiet", indent=2)
    try:
        return frame.finish(outcome)
    except KeyboardInterrupt:
        return errors.INTERRUPTED


def _called(body: EmptyBody) -> Mapping[str, Any]:
    return body() if callable(body) else (body or {})


def _check(common: Common) -> None:
    if not math.isfinite(common.timeout):
        raise UsageError("timeout", _("--timeout takes a number of seconds"), _("for example: --timeout 30"))
    lang = common.lang
    if lang is not None and lang not in LANGUAGES:
        raise UsageError("lang", _("--lang takes one of: {languages}").format(languages=", ".join(LANGUAGES)))
