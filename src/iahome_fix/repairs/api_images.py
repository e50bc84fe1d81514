"""What a row holds when it is deactivated over the Data API: the change, and the image by which undo goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix.repairs.moments import now_utc

if TYPE_CHECKING:
    from iahome_fix.systems.database import Row

OURS = "iahome-fix"
"""Who deactivated a row, in its metadata; sql/domain/withdrawn.sql knows it by that."""

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
