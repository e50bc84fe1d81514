"""Link env: is the configuration there and coherent? Judged from the values alone, nothing is asked."""

from __future__ import annotations

from iahome_fix.checks.env.values import (
    anon_key,
    files,
    public_leak,
    service_role_key,
    site_url,
    stripe_secret_key,
    stripe_webhook_secret,
    supabase_url,
)

CHECKS = (
    files,
    site_url,
    supabase_url,
    service_role_key,
    anon_key,
    stripe_secret_key,
    stripe_webhook_secret,
    public_leak,
)
