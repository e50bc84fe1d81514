"""What the versions of the app have in common: a payment of one of them is still due under the next."""

from __future__ import annotations

from iahome_fix.profile.checkout import Key, Says

KNOWN_KEYS = (
    Key("customer_email", Says.ADDRESS),
    Key("customerEmail", Says.ADDRESS),
    Key("userEmail", Says.ADDRESS),
    Key("userId", Says.USER),
    Key("user_id", Says.USER),
    Key("items_ids", Says.MODULES),
    Key("moduleId", Says.MODULE),
    Key("items", Says.ITEMS),
    Key("moduleTitle", Says.TITLE),
    Key("items_count", Says.COUNT),
    Key("total_amount", Says.TOTAL),
    Key("tokens", Says.PACK),
    Key("tokenPackage", Says.PACK),
    Key("packageType", Says.PACK),
    Key("type", Says.KIND),
    Key("testMode", Says.CIRCUMSTANCE),
    Key("environment", Says.CIRCUMSTANCE),
)
"""The metadata of the checkout's versions: first `items`, then `items_ids` (the guide's time), then
`moduleId` with `moduleTitle`; `userId` came last. Token packs are sold by a checkout of their own."""

ITEM_IDS = ("id", "module_id", "moduleId")
"""Under which keys the objects of `items` had the module's id."""

PACK_KIND = "token_purchase"
"""The `type` of a token pack."""
