"""What can go wrong, said once: each error carries its sentence, the next step and the exit code.

Exit codes are part of the public contract.
"""

from __future__ import annotations

from typing import Self

from iahome_fix.i18n import _

OK = 0
FAULT = 1
USAGE = 2
COULD_NOT_TELL = 3
PARTLY_APPLIED = 4
INTERRUPTED = 130


class ToolError(Exception):
    """An error that the operator can act on.

    Attributes:
        code: a stable word for scripts (`error.code` in the JSON output).
        message: what is wrong, one sentence, no secret and no full e-mail address.
        because: the same for a sentence that says by itself what became of the run.
        hint: what to do next, or None.
        exit_code: the process exit code.
        run_id: the run that changed something, or may have, before this came; None where none did.
    """

    exit_code = FAULT
    run_id: str | None = None

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.because = message
        self.hint = hint

    @classmethod
    def unchanged(cls, code: str, because: str, hint: str | None = None) -> Self:
        """One before which nothing was changed, which its message says."""
        error = cls(code, _("{because}; nothing was changed").format(because=because), hint)
        error.because = because
        return error


class UsageError(ToolError):
    """Wrong option or wrong configuration (exit code 2)."""

    exit_code = USAGE


class CouldNotTell(ToolError):
    """A system did not answer, or refused; nothing is known (exit code 3)."""

    exit_code = COULD_NOT_TELL


class MissingCredential(CouldNotTell):
    """What was asked needs a credential that is not configured; `variables` names what would do."""

    def __init__(self, variables: tuple[str, ...], message: str, hint: str | None = None) -> None:
        super().__init__("missing-credential", message, hint)
        self.variables = variables


class MissingExtra(CouldNotTell):
    """What was asked needs an optional part of this tool that is not installed; the hint installs it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__("missing-extra", message, hint)


class Refused(ToolError):
    """The repair would not be safe, or the database refused it; nothing was changed (exit code 1)."""


class PartlyApplied(ToolError):
    """Some units of work were applied and one was not (exit code 4)."""

    exit_code = PARTLY_APPLIED
