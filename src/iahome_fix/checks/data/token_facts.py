"""Facts about tokens and owners that the checks of link data share, each read once per run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iahome_fix import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.facts.context import Context

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


def tokens(ctx: Context) -> Mapping[str, Any]:
    """Counts of the tokens that wait for their access (sql/checks/tokens.sql)."""
    return ctx.fact(
        "tokens",
        lambda: ctx.rows.read(
            sql.load("backfill/classified", ctx.profile) + sql.load("checks/tokens", ctx.profile),
            {"include_expired": False, "restore": []},
            patient=True,
        )[0],
    )


def owners(ctx: Context) -> Mapping[str, Any]:
    """Counts of owners and modules that are nobody's and nothing's (sql/checks/owners.sql)."""
    return ctx.fact("owners", lambda: ctx.rows.read(sql.load("checks/owners", ctx.profile), patient=True)[0])
