"""The later versions of the app: accesses in `user_applications`, which names no payment.

The first of them (August 2025) sells a year, by the keys and the webhook of the guide's time. Those since
then sell a month, later 30 or 90 days, by `moduleId`, and their webhook has another address. Ids of modules
became text slugs meanwhile, and the table was made by several statements that differ; what only some of them
have is optional.
"""

from __future__ import annotations

from datetime import timedelta

from iahome_fix.profile.checkout import CheckoutKeys
from iahome_fix.profile.history import ITEM_IDS, KNOWN_KEYS, PACK_KIND
from iahome_fix.profile.model import AppProfile, Handler, Page, Term
from iahome_fix.profile.table import AccessTable, Column

_TABLE = AccessTable(
    name="user_applications",
    id=Column("id"),
    owner=Column("user_id"),
    module=Column("module_id"),
    title=Column("module_title"),
    token=None,
    # The level that was bought is all that it says of how the customer came by it.
    origin=Column("access_level"),
    active=Column("is_active", "boolean"),
    ends=Column("expires_at", "time"),
    created=Column("created_at", "time"),
    updated=Column("updated_at", "time", optional=True),
    metadata=None,
)

_PAGE_READS = (
    *("id", "user_id", "module_id", "module_title", "access_level"),
    *("expires_at", "is_active", "created_at"),
)

USER_APPLICATIONS_YEAR = AppProfile(
    name="user_applications_year",
    table=_TABLE,
    handler=Handler(
        path="/api/webhooks/stripe",
        other_paths=("/api/stripe-webhook", "/api/stripe/webhook"),
        fills=(
            *("user_id", "module_id", "module_title", "access_level"),
            *("is_active", "created_at", "expires_at"),
        ),
        origin="basic",
        writes=(("access_level", "basic"), ("module_title", "Module")),
    ),
    checkout=CheckoutKeys(
        known=KNOWN_KEYS,
        item_ids=ITEM_IDS,
        pack_kind=PACK_KIND,
        written=("customer_email", "items_count", "total_amount", "type", "items_ids"),
        read=("items_ids",),
    ),
    page=Page(path="/encours", reads=_PAGE_READS),
    term=Term(usual=timedelta(days=365)),
)

USER_APPLICATIONS_MONTH = AppProfile(
    name="user_applications_month",
    table=_TABLE,
    handler=Handler(
        path="/api/stripe-webhook",
        # The last versions have the guide's path again; its branch for modules writes nothing.
        other_paths=("/api/webhooks/stripe", "/api/stripe/webhook"),
        fills=(
            *("user_id", "module_id", "module_title", "access_level"),
            *("is_active", "usage_count", "max_usage", "expires_at"),
        ),
        origin="paid",
        writes=(
            *(("access_level", "paid"), ("module_title", "Module")),
            *(("usage_count", "0"), ("max_usage", "50")),
        ),
    ),
    checkout=CheckoutKeys(
        known=KNOWN_KEYS,
        item_ids=ITEM_IDS,
        pack_kind=PACK_KIND,
        written=("moduleId", "moduleTitle", "customerEmail", "testMode", "environment"),
        read=("moduleId",),
    ),
    page=Page(path="/encours", reads=_PAGE_READS, by_login=True),
    # A calendar month first, 28 days at the least; later 30 days, or 90 for the modules called essential.
    term=Term(
        usual=timedelta(days=30),
        before=(timedelta(days=28), timedelta(days=90)),
        sells=("30d", "90d", "month"),
    ),
)
