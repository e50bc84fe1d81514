"""Facts about tokens and owners that the checks of link data share, each read once per run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.facts.queries import Record, of_rows

if TYPE_CHECKING:
    from iahome_fix.facts.seen import Seen

NEEDS = (
    "schema.module-access",
    "schema.access-tokens",
    "schema.modules",
    "schema.profiles",
    "schema.columns",
    "schema.types",
)
"""Checks without which neither can be read."""

QUERIES = ("backfill/classified", "checks/tokens", "checks/owners")


def tokens(ctx: Seen) -> Record:
    """Counts of the tokens that wait for their access (sql/checks/tokens.sql)."""
    query = "backfill/classified+checks/tokens"
    found = of_rows(ctx, query, {"include_expired": False, "restore": []}, patient=True).only(query)
    # In a version whose accesses name no token, none waits for one.
    return found if ctx.profile.is_guides else Record(query, dict.fromkeys(found, 0))


def owners(ctx: Seen) -> Record:
    """Counts of owners and modules that are nobody's and nothing's (sql/checks/owners.sql)."""
    found = of_rows(ctx, "checks/owners", patient=True).only("checks/owners")
    if ctx.profile.is_guides:
        return found
    return Record("checks/owners", {**found, **{name: 0 for name in found if name.startswith("tokens_")}})
