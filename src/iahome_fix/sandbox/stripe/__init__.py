"""A stateful stand-in for the part of Stripe that IAHome uses, over real HTTP on this machine.

The unchanged Stripe library talks to it. State is set up in Python (`StripeState`), read and changed through
the API, and made to misbehave through `StripeState.trouble`.
"""

from __future__ import annotations

from iahome_fix.sandbox.stripe.delivery import Delivery, signature
from iahome_fix.sandbox.stripe.endpoints import API_VERSION, Endpoint
from iahome_fix.sandbox.stripe.keys import ApiKey
from iahome_fix.sandbox.stripe.server import Received, StripeStandIn
from iahome_fix.sandbox.stripe.state import Checkout, StripeState
from iahome_fix.sandbox.stripe.trouble import Trouble

__all__ = [
    "API_VERSION",
    "ApiKey",
    "Checkout",
    "Delivery",
    "Endpoint",
    "Received",
    "StripeStandIn",
    "StripeState",
    "Trouble",
    "signature",
]
