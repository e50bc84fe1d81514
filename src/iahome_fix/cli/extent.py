"""The options that say how far a change of the schema goes, alike in migrate and repair."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from iahome_fix.i18n import N_

ChangeTypes = Annotated[
    bool,
    typer.Option(
        "--change-types",
        help=N_("Also give columns whose type does not fit another one; that cannot be undone."),
    ),
]
StopSales = Annotated[
    float,
    typer.Option(
        "--stop-sales-for",
        metavar="SECONDS",
        min=1,
        max=3_600,
        help=N_("How long sales may wait for a step; it is given up after that, and nothing is changed."),
    ),
]
STOP_SALES = 15.0
"""Seconds, where nothing else was asked for."""
App = Annotated[
    Path | None,
    typer.Option(
        "--app",
        metavar="FOLDER",
        help=N_("The app's source: what its page changes of own rows, customers may go on changing."),
    ),
]
