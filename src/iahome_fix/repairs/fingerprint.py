"""What a run wrote into a row, in 32 characters of the row's metadata.

By it `undo` knows a row that nobody changed since, also where the journal is lost or never heard of the row.
The formula is sql/undo/fingerprint.sql; `of` is the same for rows that are written over the Data API.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from iahome_fix import sql
from iahome_fix.repairs.moments import moment

_INFINITE = ("infinity", "-infinity")
_PLAIN = re.compile(r"(?P<day>\d{4,}-\d\d-\d\d)T(?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,6}))?(?: BC)?")
_MARK, _HELD = "/* fingerprint */", "/* held */"


def load(name: str) -> str:
    """The SQL file `name`, with the formula in the place of its mark, for a row that is being made."""
    return filled(sql.load(name), "w.metadata")


def load_for_stored(name: str) -> str:
    """The same for a row as it is stored, whose metadata holds its run and its fingerprint as well, and
    what it was before where it was lengthened."""
    return filled(sql.load(name), "w.metadata - 'fingerprint' - 'run_id' - 'lengthened_before'")


def filled(text: str, held: str) -> str:
    """A text with the formula in the place of its mark; `held`: what stands there for the metadata."""
    return text.replace(_MARK, sql.load("undo/fingerprint")).replace(_HELD, held)


def of(row: Mapping[str, Any]) -> str | None:
    """The fingerprint of a row of `module_access` whose metadata holds nothing but texts and truth values.

    None when it cannot be told from here: an end with a zone beyond what a datetime can hold.
    """
    ends = _end(row["expires_at"])
    if ends is None:
        return None
    metadata = {name: row["metadata"][name] for name in sorted(row["metadata"], key=_order)}
    parts = (
        str(row["user_id"]),
        str(row["module_id"]),
        row["access_type"],
        "-" if row["token_id"] is None else row["token_id"],
        ends,
        "true" if row["is_active"] else "false",
        json.dumps({k: v for k, v in metadata.items() if k not in _NOT_HELD}, ensure_ascii=False),
    )
    return hashlib.md5("|".join(parts).encode("utf-8"), usedforsecurity=False).hexdigest()


_NOT_HELD = ("fingerprint", "run_id", "lengthened_before")


def _end(text: str | None) -> str | None:
    """The end as the formula writes it, from what PostgreSQL writes in JSON; the era is no part of it."""
    if text is None:
        return "-"
    if text in _INFINITE:
        return text
    plain = _PLAIN.fullmatch(text)
    if plain:
        return f"{plain['day']} {plain['time']}.{plain['fraction'] or '':0<6}"
    ends = moment(text)
    if ends is None or ends in (datetime.min, datetime.max):
        return None
    return ends.isoformat(" ", "microseconds")


def _order(key: str) -> tuple[int, bytes]:
    """jsonb orders keys by their length, then by their bytes."""
    return len(key.encode("utf-8")), key.encode("utf-8")
