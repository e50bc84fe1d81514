"""What Typer says of a mistake in the arguments, in the operator's language."""

from __future__ import annotations

from iahome_fix.i18n import N_, rendered

OF_TYPER = (
    N_("Show this message and exit."),
    N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)
"""Help texts that Typer has for its own options."""

_INVALID = N_("Invalid value for {name}: {reason}")
_SENTENCES = (
    N_("No such command {name}. Did you mean {others}?"),
    N_("No such command {name}."),
    N_("No such option: {option} (Possible options: {others})"),
    N_("No such option: {option} Did you mean {others}?"),
    N_("No such option: {option}"),
    N_("Missing command."),
    N_("Missing argument {name}."),
    N_("Missing option {name}."),
    N_("Got unexpected extra argument(s) ({words})"),
    N_("Got unexpected extra argument ({words})"),
    N_("Got unexpected extra arguments ({words})"),
    N_("Option {option} requires an argument."),
    N_("Option {option} does not take a value."),
)
"""As the versions of Typer say it. What a newer one says in other words is shown in those."""

_REASONS = (
    N_("{value} is not one of {others}."),
    N_("{value} is not in the range {range}."),
    N_("{value} is not a valid {kind}."),
    N_("Value {value} is not a valid {kind}."),
    N_("Input should be greater than or equal to {least}"),
    N_("Input should be less than or equal to {most}"),
    N_("Input should be a valid number, unable to parse string as a number"),
    N_("Input should be a valid integer, unable to parse string as an integer"),
    N_("File {name} does not exist."),
    N_("Directory {name} does not exist."),
    N_("Path {name} does not exist."),
)


def in_the_language(text: str) -> str:
    """The sentence of Typer, and the reason within it, in the operator's language."""
    said = rendered(text, _SENTENCES)
    if said != text:
        return said
    head, found, reason = text.partition(": ")
    return rendered(head + found + rendered(reason, _REASONS), [_INVALID]) if found else text
