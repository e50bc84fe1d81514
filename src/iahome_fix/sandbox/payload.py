"""Reads from a Data API request what it writes and whom it addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iahome_fix.sandbox.loopback import Request

_NO_FILTERS = {"select", "columns", "order", "limit", "offset", "on_conflict"}


def written_columns(request: Request) -> list[str]:
    """The columns that a write names: those of `columns=`, else the keys of the payload. Empty for a read."""
    if request.method not in ("POST", "PATCH", "PUT"):
        return []
    listed = request.parameters.get("columns")
    if listed:
        return [name.strip().strip('"') for name in listed.split(",")]
    try:
        document = json.loads(request.body)
    except ValueError:
        return []
    rows = document if isinstance(document, list) else [document]
    return list(dict.fromkeys(name for row in rows if isinstance(row, dict) for name in row))


def has_filter(request: Request) -> bool:
    """Whether the request would get a WHERE clause."""
    return any(name not in _NO_FILTERS for name in request.parameters)
