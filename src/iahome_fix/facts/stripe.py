"""What Stripe says of the secret key itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iahome_fix.facts.seen import fact
from iahome_fix.systems import stripe_permissions

if TYPE_CHECKING:
    from iahome_fix.facts.context import Context
    from iahome_fix.facts.seen import Seen
    from iahome_fix.systems.stripe_permissions import Held


@fact
def key_accepted(ctx: Context) -> bool:
    """That Stripe accepts the key. Raises MissingCredential, StripeFailure and its kinds."""
    ctx.stripe.check_key()
    return True


@fact
def held_permissions(ctx: Context) -> tuple[Held, ...]:
    """Every permission that a command uses, and whether the key has it.

    Raises MissingCredential without a key, KeyRejected for one that Stripe does not take.
    """
    restricted = is_restricted(ctx)
    if restricted:
        ctx.stripe.allows("/v1/balance")  # a key that is refused outright is told apart from a missing right
    return stripe_permissions.held(ctx.stripe, restricted=restricted)


def is_restricted(ctx: Seen) -> bool:
    """Whether the key is one whose rights somebody chose."""
    return (ctx.settings.stripe_secret_key or "").startswith(("rk_", "rkcs_"))
