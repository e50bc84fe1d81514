"""What a row holds that is changed over the Data API: the change, and the image by which undo goes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from iahome_fix.repairs import fingerprint
from iahome_fix.repairs.moments import now_utc

if TYPE_CHECKING:
    from iahome_fix.systems.database import Row

OURS = "iahome-fix"
"""Who deactivated a row, in its metadata; sql/domain/withdrawn.sql knows it by that."""

LENGTHENED = "lengthened_before"
"""Where an access that was lengthened in its row has what it was before; for sql/undo/judged.sql."""

IMAGE = "*,metadata_text:metadata::text,xmin::text"
"""All of a row; the metadata as text, too, since a number such as 9.90 comes back from JSON as 9.9."""


def deactivated(row: Row, because: str, run_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that deactivate a row (read as IMAGE) and keep beside the reason what it held before.

    And what it has to hold still when they are written: `xmin` is another one once somebody changed it.
    """
    held = {name: value for name, value in row.items() if name != "xmin"}
    # Whole seconds are written alike here and there; undo compares this time with updated_at.
    at = now_utc().replace(microsecond=0).isoformat()
    values = {
        "is_active": False,
        "updated_at": at,
        "metadata": {
            **(row["metadata"] if isinstance(row["metadata"], dict) else {}),
            "deactivated_by": OURS,
            "deactivated_because": because,
            "deactivated_run_id": run_id,
            "deactivated_at": at,
            "deactivated_before": held,
        },
    }
    return values, {"id": row["id"], "xmin": row["xmin"]}


def lengthened(row: Row, due: Row, run_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that make an access (read as IMAGE) what `due` says, and what it has to hold still.

    They are those of the row that would take its place with SQL, its making included: what is younger than
    the row counts for whoever asks what it was given for (sql/domain/taken.sql).
    """
    new = signed(due, run_id)
    held = {name: value for name, value in row.items() if name != "xmin"}
    if _is_exact(row["metadata_text"]):
        # Every text of a text doubles its quotes: an access that is lengthened each month would swell.
        del held["metadata_text"]
    at = now_utc().replace(microsecond=0).isoformat()
    values = {
        **{name: new[name] for name in ("access_type", "token_id", "expires_at")},
        "created_at": at,
        "updated_at": at,
        "metadata": {**new["metadata"], LENGTHENED: held},
    }
    return values, {"id": row["id"], "xmin": row["xmin"], "is_active": True}


def signed(row: Row, run_id: str) -> Row:
    """The row with the run in its metadata, and with the fingerprint, as far as it can be told."""
    metadata = {**row["metadata"], "run_id": run_id}
    mark = fingerprint.of({**row, "metadata": metadata})
    return {**row, "metadata": metadata if mark is None else {**metadata, "fingerprint": mark}}


def _is_exact(text: str | None) -> bool:
    """Whether every number of a JSON text comes back as it is written."""
    inexact: list[str] = []

    def number(written: str) -> float:
        read = float(written)
        if json.dumps(read) != written:
            inexact.append(written)
        return read

    json.loads(text or "null", parse_float=number)
    return not inexact
