"""The options that say how far a change of the schema goes, alike in migrate and repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from iahome_fix.i18n import _

ChangeTypes = Annotated[
    bool,
    typer.Option(
        "--change-types",
        help=_("Also give columns whose type does not fit another one; that cannot be undone."),
    ),
]
App = Annotated[
    Path | None,
    typer.Option(
        "--app",
        metavar="FOLDER",
        help=_("The app's source: what its page changes of own rows, customers may go on changing."),
    ),
]
