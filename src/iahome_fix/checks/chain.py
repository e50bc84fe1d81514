"""The whole chain, in order. A new check is one function and its place in its module's CHECKS."""

from __future__ import annotations

from iahome_fix.checks import data, env, payments, permissions, schema, site, source_read, stripe, supabase
from iahome_fix.checks.api_roles import api_roles, writable
from iahome_fix.checks.public_key import anon_key
from iahome_fix.model import Check

CHAIN: tuple[Check, ...] = (
    *env.CHECKS,
    *supabase.CHECKS,
    anon_key,
    writable,
    *schema.CHECKS,
    *permissions.CHECKS,
    api_roles,
    *data.CHECKS,
    *stripe.CHECKS,
    *site.CHECKS,
    *source_read.CHECKS,
    *payments.CHECKS,
)
