"""Link site: does the deployed app accept what Stripe sends, and does its page answer?"""

from __future__ import annotations

from iahome_fix.checks.site.checkout_address import checkout_address
from iahome_fix.checks.site.encours import encours
from iahome_fix.checks.site.free_orders import free_orders
from iahome_fix.checks.site.handler import webhook_handler
from iahome_fix.checks.site.webhook import webhook_body, webhook_route, webhook_secret

CHECKS = (
    webhook_route,
    webhook_secret,
    webhook_body,
    encours,
    checkout_address,
    free_orders,
    webhook_handler,
)
