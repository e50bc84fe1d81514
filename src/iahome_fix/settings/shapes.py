"""Judges the look of every variable. Nothing is asked and nothing is verified; no sentence holds a value.

The judges are pure: a value in, stains out. `judge` calls them all with what they need from each other.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iahome_fix.settings import names
from iahome_fix.settings.site_shapes import site_url
from iahome_fix.settings.stains import Severity, Stain, alias_names, is_placeholder
from iahome_fix.settings.stripe_shapes import (
    stripe_publishable_key,
    stripe_secret_key,
    stripe_webhook_secret,
)
from iahome_fix.settings.supabase_shapes import (
    access_token,
    anon_key,
    database_url,
    service_role_key,
    supabase_url,
)

if TYPE_CHECKING:
    from iahome_fix.settings.settings import Settings

__all__ = [
    "Severity",
    "Stain",
    "access_token",
    "anon_key",
    "database_url",
    "is_placeholder",
    "judge",
    "service_role_key",
    "site_url",
    "stripe_publishable_key",
    "stripe_secret_key",
    "stripe_webhook_secret",
    "supabase_url",
]


def judge(settings: Settings, now: datetime | None = None) -> dict[str, tuple[Stain, ...]]:
    """The stains of each variable by canonical name; nothing wrong is an empty tuple.

    Args:
        settings: the configuration.
        now: when it is judged, with a time zone; the present without it.
    """
    now = now or datetime.now(UTC)
    value = settings.values.get
    ref = settings.supabase_ref
    sites = [settings.by_name[name] for name in alias_names(names.SITE_URL) if name in settings.by_name]
    return {
        names.SUPABASE_URL: supabase_url(value(names.SUPABASE_URL)),
        names.SERVICE_KEY: service_role_key(value(names.SERVICE_KEY), ref, now),
        names.ANON_KEY: anon_key(value(names.ANON_KEY), ref, now),
        names.DATABASE_URL: database_url(value(names.DATABASE_URL), ref),
        names.MANAGEMENT_KEY: access_token(value(names.MANAGEMENT_KEY)),
        names.STRIPE_KEY: stripe_secret_key(value(names.STRIPE_KEY), settings.get(names.PUBLISHABLE_KEY)),
        names.SIGNING_KEY: stripe_webhook_secret(value(names.SIGNING_KEY)),
        names.PUBLISHABLE_KEY: stripe_publishable_key(value(names.PUBLISHABLE_KEY)),
        names.SITE_URL: site_url(value(names.SITE_URL), sites, settings.stripe_mode),
    }
