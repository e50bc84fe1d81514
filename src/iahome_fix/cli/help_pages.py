"""The pages of --help: plain text that fits any width and any character set.

Typer's own pages are boxes made by a Markdown renderer, which takes longer to load than the rest of the tool.
"""

from __future__ import annotations

import inspect
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

from iahome_fix.cli.help_texts import EXIT_CODES, OF_EXIT_CODES, START, TEXTS
from iahome_fix.i18n import N_, _
from iahome_fix.output.wrapping import FIRM, showable, wrap

if TYPE_CHECKING:
    import typer

_WIDEST, _NARROW = 100, 60
_COLUMN = 24

Rows = Sequence[tuple[str, str]]


def put_on(app: typer.Typer) -> None:
    """Give the whole application and each of its commands these pages."""
    app.info.cls = _AppPage
    for info in app.registered_commands:
        info.cls = _CommandPage


class _CommandPage(TyperCommand):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The page of one command."""
        formatter.write(_shown(_command_page(self, ctx)))


class _AppPage(TyperGroup):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The page of the application."""
        formatter.write(_shown(_app_page(self, ctx)))


def _command_page(command: Any, ctx: Any) -> Iterator[str]:
    arguments = [p for p in command.get_params(ctx) if p.param_type_name == "argument"]
    words = [word if p.required else f"[{word}]" for p in arguments if (word := _placeholder(p))]
    yield _("Usage: {call}").format(call=" ".join([ctx.command_path, *words, _("[OPTIONS]")]))
    yield from _prose(command.help)
    text = TEXTS.get(str(command.name))
    if text is not None:
        yield ""
        yield from _wrapped(_("Writes: {what}.").format(what=_(text.writes)), 8)
        yield from _headed(_("Examples"), [f"  {line}" for line in text.examples])
    yield from _listed(_("Arguments"), [(_placeholder(p), _described(p)) for p in arguments])
    options = [p for p in command.get_params(ctx) if p.param_type_name == "option" and not p.hidden]
    shared = [p for p in options if getattr(p, "rich_help_panel", None) or "--help" in p.opts]
    own = [p for p in options if p not in shared]
    yield from _listed(_("Options"), [(_spelled(p), _described(p)) for p in own])
    yield from _listed(_("Common options"), [(_spelled(p), _described(p)) for p in shared])
    yield from _exit_codes()
    yield from _prose(command.epilog)


def _app_page(group: Any, ctx: Any) -> Iterator[str]:
    words = _("COMMAND [OPTIONS]")
    yield _("Usage: {call}").format(call=f"{ctx.command_path} {words}")
    yield from _prose(group.help)
    yield from _headed(_("Start here; it writes nothing"), [f"  {START}"])
    panels: dict[str, list[tuple[str, str]]] = {}
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if command is not None and not command.hidden:
            panel = getattr(command, "rich_help_panel", None) or N_("Commands")
            panels.setdefault(panel, []).append((name, _first_paragraph(command.help)))
    for panel, rows in panels.items():
        yield from _listed(_(panel), rows, 16)
    options = [p for p in group.get_params(ctx) if p.param_type_name == "option" and not p.hidden]
    yield from _listed(_("Options"), [(_spelled(p), _described(p)) for p in options])
    yield ""
    yield from _wrapped(_("The options of a command stand behind it: iahome-fix help COMMAND"), 0)
    yield from _wrapped(_("What the exit codes are for, with examples: iahome-fix help exit-codes"), 0)
    yield from _wrapped(_("Values are completed by the shell after: iahome-fix --install-completion"), 0)
    yield from _exit_codes()


def _exit_codes() -> Iterator[str]:
    yield from _listed(_("Exit codes"), [(code, _(meaning)) for code, meaning in EXIT_CODES], 7)


def exit_codes_page() -> str:
    """What each exit code means, and what a script does with it."""
    return _shown(
        [
            *list(_exit_codes())[1:],
            "",
            *_wrapped(_("doctor --fail-on says what makes its exit code other than 0."), 0),
            *_headed(_("Examples"), [f"  {line}" for line in OF_EXIT_CODES]),
        ]
    )


def _shown(lines: Iterable[str]) -> str:
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return showable("\n".join(lines).replace(FIRM, " "), encoding) + "\n"


def _prose(text: str | None) -> Iterator[str]:
    for paragraph in inspect.cleandoc(text or "").split("\n\n"):
        if paragraph.strip():
            yield ""
            yield from _wrapped(_told(paragraph), 0)


def _first_paragraph(text: str | None) -> str:
    return _told(inspect.cleandoc(text or "").partition("\n\n")[0])


def _told(paragraph: str) -> str:
    """A paragraph of a docstring, or the help of an option, in the operator's language."""
    words = " ".join(paragraph.split())
    return _(words)


def _headed(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield _("{heading}:").format(heading=heading)
        yield from lines


def _listed(heading: str, rows: Rows, column: int = _COLUMN) -> Iterator[str]:
    yield from _headed(heading, [line for row in rows for line in _row(row, column)])


def _row(row: tuple[str, str], column: int) -> list[str]:
    """A name and, beside it where there is room, what it means."""
    name, meaning = f"  {row[0]}", row[1]
    if _width() < _NARROW and column > 10:
        return [name, *_indented(meaning, 6)]
    if len(name) + 2 > column:
        return [name, *_indented(meaning, column)]
    first, *rest = _indented(meaning, column)
    return [name + first[len(name) :], *rest]


def _wrapped(text: str, indent: int) -> list[str]:
    first, *rest = wrap(text, _width())
    return [first, *_indented(" ".join(rest), indent)] if rest else [first]


def _indented(text: str, indent: int) -> list[str]:
    return [" " * indent + line for line in wrap(text, _width() - indent)]


def _spelled(param: Any) -> str:
    names = ", ".join(sorted([*param.opts, *param.secondary_opts], key=len))
    return names if getattr(param, "is_flag", False) else f"{names} {_placeholder(param)}"


def _placeholder(param: Any) -> str:
    return str(param.metavar or param.name.upper().replace("_", "-"))


def _described(param: Any) -> str:
    text = _told(getattr(param, "help", None) or "")
    default = param.default
    if default is None or isinstance(default, bool) or callable(default) or default in ("", (), []):
        return text
    return _("{text} (default: {default})").format(
        text=text, default=f"{default:g}" if isinstance(default, float) else default
    )


def _width() -> int:
    wide = shutil.get_terminal_size((80, 24)).columns
    return min(max(wide or 80, 20), _WIDEST)
