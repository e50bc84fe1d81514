"""`checks`: what is looked at, how it is found, how it is repaired."""

from __future__ import annotations

from typing import Annotated

import typer

from iahome_fix import errors
from iahome_fix.cli import completion
from iahome_fix.cli.command import command
from iahome_fix.cli.frame import Frame, Outcome
from iahome_fix.i18n import N_


@command("checks", empty_body={"checks": []}, without_project=True)
def checks(
    frame: Frame,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help=N_("A check's id, or a link; all of them without it."),
            show_default=False,
            autocompletion=completion.checks_and_links,
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help=N_("All checks as Markdown (docs/checks.md)."))
    ] = False,
) -> Outcome:
    """List every check, or show one in full: what it means, how it is found, how it is repaired.

    With --verbose the queries themselves are shown, too. It needs no configuration and asks nobody.
    """
    from iahome_fix.checks.selection import chosen
    from iahome_fix.checks.source.link import every_check, only_with
    from iahome_fix.output import checks as output
    from iahome_fix.output.checks_markdown import markdown as as_markdown
    from iahome_fix.output.screen import Screen

    every = every_check()
    asked = chosen([name], every) if name else every

    def show(screen: Screen) -> None:
        if markdown:
            screen.raw(as_markdown(asked, every, only_with()))
        elif len(asked) == 1:
            option = only_with().get(asked[0].id)
            output.show_one(screen, asked[0], every, option=option, verbose=frame.common.verbose)
        else:
            output.show_list(screen, asked)

    return Outcome(errors.OK, "listed", output.body(asked, every, only_with()), show)
