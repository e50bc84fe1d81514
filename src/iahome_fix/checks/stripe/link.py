"""Link stripe: will Stripe send the event to the right place?"""

from __future__ import annotations

from iahome_fix.checks.stripe.address import endpoint_url
from iahome_fix.checks.stripe.depth import delayed_methods, modes, permissions, unheard_events
from iahome_fix.checks.stripe.duplicates import endpoint_duplicates
from iahome_fix.checks.stripe.endpoint import endpoint, endpoint_enabled, endpoint_events, endpoint_mode
from iahome_fix.checks.stripe.key import key
from iahome_fix.checks.stripe.undelivered import undelivered

CHECKS = (
    key,
    endpoint,
    endpoint_url,
    endpoint_enabled,
    endpoint_events,
    endpoint_mode,
    endpoint_duplicates,
    undelivered,
    unheard_events,
    delayed_methods,
    modes,
    permissions,
)
