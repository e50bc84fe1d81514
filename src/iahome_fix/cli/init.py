"""`init`: asks for what is missing, says where it is found, writes it into the env file, ends with doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from iahome_fix import errors
from iahome_fix.cli.asking import NobodyAnswers, ask_text
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.cli.init_questions import QUESTIONS, Question, missing, needed
from iahome_fix.command_lines import command_line
from iahome_fix.errors import UsageError
from iahome_fix.i18n import N_, _, ngettext
from iahome_fix.output.document import empty_report_body

if TYPE_CHECKING:
    from iahome_fix.output.screen import Screen
    from iahome_fix.settings import Settings

_FILE, _EXAMPLE = ".env.local", ".env.example"


def _empty_body() -> Mapping[str, Any]:
    return {"file": None, "written": [], "missing": [], **empty_report_body()}


@command("init", empty_body=_empty_body)
def init(
    frame: Frame,
    example: Annotated[
        bool,
        typer.Option(
            "--example", help=N_("Ask nothing: write .env.example with each variable and where it is found.")
        ),
    ] = False,
) -> Outcome:
    """Ask for each variable that is missing, say where it is found, write it into the env file, run doctor.

    The file is the one of --env-file, else .env.local of this folder; its lines stay, and its mode becomes
    0600. What is typed is never shown, but for addresses.
    """
    if example:
        return _write_example(Path(_EXAMPLE))
    file = (frame.common.env_file or [Path(_FILE)])[0]
    settings = _settings(frame, file)
    left = missing(settings)
    body = {"file": str(file), "missing": [question.as_json(settings) for question in left]}
    if not needed(settings) and not frame.asks:
        return _doctor(frame, file, body, asked=False)
    if frame.common.dry_run:
        return Outcome(errors.OK, "planned", body, lambda screen: _show_missing(screen, settings, left))
    if not frame.asks:
        return _nobody_to_ask(settings, left, body)
    if left:
        _say_above(frame, settings)
    given = _asked(frame, settings)
    if given:
        from iahome_fix.settings import writing

        writing.add(file, given, _("written by iahome-fix init"))
        frame.say(
            ngettext(
                "{count} variable written into {file} (mode 0600): {names}",
                "{count} variables written into {file} (mode 0600): {names}",
                len(given),
            ).format(count=len(given), file=file, names=", ".join(given)),
            "ok",
        )
    return _doctor(frame, file, {**body, "written": list(given)}, asked=bool(given))


def _settings(frame: Frame, file: Path) -> Settings:
    """What is configured already; a file that is named and not there yet holds nothing."""
    from iahome_fix.settings import load_settings

    named = [path for path in frame.common.env_file or () if path.exists() or path != file]
    folder = None if named or not frame.common.env_file else file.parent
    return load_settings(named, folder)


def _asked(frame: Frame, settings: Settings) -> dict[str, str]:
    """What was typed, by variable. Raises UsageError where the input ends before anything was written."""
    given: dict[str, str] = {}
    known = settings
    for question in QUESTIONS:
        if question not in missing(known, given):
            continue
        frame.say("")
        _describe(frame.err, question, known)
        try:
            text = _right_value(frame, question, known)
        except NobodyAnswers:
            raise UsageError(
                "nobody-answers",
                _("nothing was written: the input ended at {name}").format(name=question.name),
                _("run init again in a terminal, and leave out with Enter what you do not have"),
            ) from None
        if text:
            given[question.name] = text
            known = _with(known, question, text)
    return given


def _right_value(frame: Frame, question: Question, known: Settings) -> str:
    """One that looks right, or was typed twice, or nothing."""
    refused = ""
    while True:
        prompt = _("{name} (Enter leaves it out):").format(name=question.name)
        text = ask_text(frame.err, prompt, hidden=question.secret).strip()
        if not text or text == refused:
            return text
        wrong = _wrong(question, _with(known, question, text))
        if not wrong:
            return text
        refused = text
        frame.err.line(wrong, "warn")
        frame.err.line(_("type it again; the same once more is taken as it is"), "quiet")


def _wrong(question: Question, settings: Settings) -> str:
    from iahome_fix.settings.shapes import judge

    found = judge(settings).get(question.name, ())
    return " ".join(stain.sentence for stain in found if stain.severity == "fail")


def _with(settings: Settings, question: Question, text: str) -> Settings:
    from iahome_fix.settings import Source, Value

    value = Value(text, text, Source(_("what was typed"), None, question.name))
    return replace(
        settings,
        values={**settings.values, question.name: value},
        by_name={**settings.by_name, question.name: value},
    )


def _describe(screen: Screen, question: Question, settings: Settings) -> None:
    screen.line(_(question.purpose), "title", indent=2, first=f"{question.name}:")
    screen.line(_("found in: {place}").format(place=_(question.place)), indent=2)
    page = question.page(settings)
    if page:
        screen.line(page, indent=2)


def _say_above(frame: Frame, settings: Settings) -> None:
    if settings.above is not None:
        frame.say(
            _("{file} sets variables of the app; if that is the file that is meant: {command}").format(
                file=settings.above, command=command_line("doctor", "--env-file", str(settings.above))
            ),
            "warn",
        )


def _show_missing(screen: Screen, settings: Settings, left: list[Question]) -> None:
    for question in left:
        _describe(screen, question, settings)


def _nobody_to_ask(settings: Settings, left: list[Question], body: Mapping[str, Any]) -> Outcome:
    error = UsageError(
        "needs-terminal",
        _("not set: {names}; there is nobody to ask").format(
            names=", ".join(question.name for question in needed(settings))
        ),
        _(
            "set these variables in the env file of the app, or run this in a terminal; --example"
            " writes a template"
        ),
    )
    return Outcome(errors.USAGE, "error", body, lambda screen: _show_missing(screen, settings, left), error)


def _write_example(file: Path) -> Outcome:
    """The template: each variable with nothing behind it, so that it holds no secret and no placeholder."""
    from iahome_fix.settings import load_settings
    from iahome_fix.settings.template import write_template

    settings = load_settings((), Path())
    added = write_template(
        file, {q.name: [_(q.purpose), _(q.place), q.page(settings) or ""] for q in QUESTIONS}
    )
    said = (
        _("{file} has every variable already").format(file=file)
        if not added
        else _("{file} written: fill it in as {env}, which git must not track").format(file=file, env=_FILE)
    )
    return Outcome(
        errors.OK,
        "written" if added else "nothing-to-do",
        {"file": str(file), "written": added},
        lambda screen: screen.line(said, "ok"),
    )


def _doctor(frame: Frame, file: Path, body: Mapping[str, Any], *, asked: bool) -> Outcome:
    """Doctor over what is configured now."""
    from iahome_fix.cli.doctor import plain_look

    if asked and not frame.common.env_file and file != Path(_FILE):
        frame.common = replace(frame.common, env_file=[file])
    found = plain_look(frame)
    return replace(found, body={**found.body, **body})
