"""Where the signing secret of a new endpoint goes.

Stripe's API tells it this one time (its dashboard can reveal it later), so it is decided before the endpoint
is made who gets it. What is no terminal keeps what it sees: for that there is the file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from iahome_fix.errors import UsageError
from iahome_fix.i18n import _

if TYPE_CHECKING:
    from iahome_fix.cli.frame import Frame


@dataclass(frozen=True)
class Receiver:
    """Who gets the secret: a new file, the JSON document, or the person at the terminal."""

    file: Path | None = None
    in_document: bool = False

    def prepare(self) -> None:
        """Make the file, empty and for its owner alone, so that writing it later cannot fail for a reason
        that is known now. Raises UsageError when it exists or cannot be made."""
        if self.file is None:
            return
        try:
            os.close(os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise UsageError(
                "secret-file",
                _("the file for the secret cannot be made: {file} ({reason})").format(
                    file=self.file, reason=error.strerror or type(error).__name__
                ),
                _("name a new file in a folder that exists; nothing was changed"),
            ) from None

    def withdraw(self) -> None:
        """No secret came: take the empty file away."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)

    def hand_over(self, frame: Frame, secret: str) -> None:
        """Give the secret to the file or the terminal; the document gets it from its command."""
        if self.file is not None:
            self.file.write_text(f"STRIPE_WEBHOOK_SECRET={secret}\n", encoding="utf-8")
            frame.err.line(
                _("the secret of the new endpoint is in {file}: set it on the server").format(file=self.file)
            )
        elif not self.in_document:
            # Stripe shows it at creation only; asking for the endpoint later does not give it.
            frame.err.line(
                _(
                    "the secret of the new endpoint, shown this once; set it on the server as"
                    " STRIPE_WEBHOOK_SECRET:"
                ),
                "title",
            )
            frame.err.raw(secret)


def receiver(*, as_json: bool, show: bool, file: Path | None) -> Receiver:
    """Who gets the secret: the file that was named, the document if that was asked for, or else stderr."""
    return Receiver(file=file, in_document=show and as_json and file is None)
