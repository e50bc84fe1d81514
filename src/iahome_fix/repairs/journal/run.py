"""One run of a repair: what identifies it, and what is on record of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from iahome_fix import __version__

RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")
STARTED, APPLIED, PARTLY, FAILED = "started", "applied", "partly", "failed"
INTERRUPTED, UNKNOWN = "interrupted", "unknown"
STATES = (STARTED, APPLIED, PARTLY, FAILED, INTERRUPTED, UNKNOWN)
"""How far a run came. `partly`: some of the plan was applied; `unknown`: the answer to a commit got lost."""


@dataclass(frozen=True)
class Run:
    """One run on record.

    Attributes:
        started, ended: ISO 8601, UTC; `ended` is None while it runs, and for ever when it was killed.
        who: the system user who ran it.
        state: one of STATES.
        target: site, Supabase project, database and Stripe mode, as in the JSON documents.
        plan: the plan as its command prints it in JSON.
        changes: what was done: `rows` (see `journal.row_record`; with `counts`, and `versions`, the numbers
            of the transactions that wrote them), `emails` (whose address got another form, without the
            address), `schema` (the steps that were taken), `schema_before` (how the schema was before a
            transaction of which nobody has heard yet), `schema_parts` (each change of the
            schema with its inverse), `stripe` (each object's fields before and after).
        reason: why, in the words of who ran it; None where nobody said.
    """

    run_id: str
    command: str
    started: str
    who: str
    target: Mapping[str, Any]
    plan: Any
    state: str = STARTED
    ended: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__
    reason: str | None = None


def differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """By which of their names two targets are told to be of different databases, or Stripe modes."""
    # Without a project's reference on both sides the database's address has to tell.
    by_ref = then.get("supabase_ref") and now.get("supabase_ref")
    return [
        name
        for name in ("supabase_ref" if by_ref else "database", "stripe_mode")
        if then.get(name) and now.get(name) and then[name] != now[name]
    ]


def new_run_id() -> str:
    """A sortable, unique id such as `20261123-142530-9f3a1c` (UTC)."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
