"""The whole chain, in order. A new check is one function and its place in CHECKS of its link."""

from __future__ import annotations

from iahome_fix.checks.data import link as data
from iahome_fix.checks.env import link as env
from iahome_fix.checks.payments import link as payments
from iahome_fix.checks.permissions import link as permissions
from iahome_fix.checks.schema import link as schema
from iahome_fix.checks.site import link as site
from iahome_fix.checks.source import read as source_read
from iahome_fix.checks.stripe import link as stripe
from iahome_fix.checks.supabase import link as supabase
from iahome_fix.checks.supabase.api_roles import api_roles
from iahome_fix.model import Check

CHAIN: tuple[Check, ...] = (
    *env.CHECKS,
    *supabase.CHECKS,
    *schema.CHECKS,
    *permissions.CHECKS,
    api_roles,
    *data.CHECKS,
    *stripe.CHECKS,
    *site.CHECKS,
    *source_read.CHECKS,
    *payments.CHECKS,
)
