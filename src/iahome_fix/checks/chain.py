"""The whole chain, in order. A new check is one function and its place in its module's CHECKS."""

from __future__ import annotations

from iahome_fix.checks import data, env, payments, permissions, schema, site, stripe, supabase
from iahome_fix.model import Check

CHAIN: tuple[Check, ...] = (
    *env.CHECKS,
    *supabase.CHECKS,
    *schema.CHECKS,
    *permissions.CHECKS,
    *data.CHECKS,
    *stripe.CHECKS,
    *site.CHECKS,
    *payments.CHECKS,
)
