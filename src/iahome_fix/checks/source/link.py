"""The checks that read the app's source (`doctor --app`), and the chain with them in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from iahome_fix.checks.chain import CHAIN
from iahome_fix.checks.source.checkout import source_metadata
from iahome_fix.checks.source.checkout_refused import source_checkout
from iahome_fix.checks.source.columns import source_columns, source_page_columns
from iahome_fix.checks.source.data import source_split, source_tables
from iahome_fix.checks.source.filters import source_filters
from iahome_fix.checks.source.gate import source_gate
from iahome_fix.checks.source.keys import source_key, source_secrets
from iahome_fix.checks.source.variables import source_page_variables, source_variables
from iahome_fix.checks.source.webhook import source_webhook
from iahome_fix.model import Check, Link

CHECKS = (
    source_variables,
    source_page_variables,
    source_tables,
    source_split,
    source_columns,
    source_page_columns,
    source_checkout,
    source_metadata,
    source_gate,
    source_key,
    source_filters,
    source_webhook,
    source_secrets,
)
OPTION = "--app"
"""The option of doctor without which they are not run."""

_EXPLAINING = (
    *(source_split.id, source_columns.id, source_metadata.id, source_gate.id, source_key.id),
    *(source_variables.id, source_webhook.id),
)
_EXPLAINED = ("site.webhook-handler", "payments.unfulfilled", "stripe.undelivered")
_ANSWERING = ("site.webhook-route", "site.webhook-secret")
"""What the deployed app answers: where the handler lacks a variable, that is why."""


def every_check() -> tuple[Check, ...]:
    """All checks that there are: those of the source at the end of link site, so that a lost payment is their
    consequence."""
    place = 1 + max(i for i, check in enumerate(CHAIN) if check.link is Link.SITE)
    found = (*CHAIN[:place], *CHECKS, *CHAIN[place:])
    after = {**dict.fromkeys(_EXPLAINED, _EXPLAINING), **dict.fromkeys(_ANSWERING, (source_variables.id,))}
    return tuple(replace(check, after=(*check.after, *after.get(check.id, ()))) for check in found)


def only_with() -> Mapping[str, str]:
    """By id, the option without which a check is not run."""
    return {check.id: OPTION for check in CHECKS}
