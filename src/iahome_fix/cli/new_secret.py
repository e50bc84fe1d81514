"""Where the signing secret of a new endpoint goes.

Stripe's API tells it this one time (its dashboard can reveal it later), and logs keep what they see. So it is
decided before the endpoint is made, and where nobody would get it, none is made.
"""

from __future__ import annotations

import os
import sys
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


def receiver(frame: Frame, *, show: bool, file: Path | None) -> Receiver:
    """Who gets the secret. Raises UsageError when nobody would."""
    if file is not None:
        return Receiver(file=file)
    if show:
        return Receiver(in_document=frame.common.json)
    if sys.stderr is not None and sys.stderr.isatty():
        return Receiver()
    raise UsageError(
        "secret-nowhere",
        _("no endpoint was made: its secret is told once, and there is no terminal to tell it to"),
        _("add --secret-file FILE (for its owner alone), or --show-secret where nobody keeps the output"),
    )
