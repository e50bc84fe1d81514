"""The app of the operator's guide: accesses in `module_access`, by `/api/webhooks/stripe`, on `/encours`."""

from __future__ import annotations

from datetime import timedelta

from iahome_fix.profile.checkout import CheckoutKeys
from iahome_fix.profile.history import ITEM_IDS, KNOWN_KEYS, PACK_KIND
from iahome_fix.profile.model import AppProfile, Handler, Page, Term
from iahome_fix.profile.table import AccessTable, Column

# The columns of the guide's own statement; sql/module_access/ brings a table of any other shape to them.
_TABLE = AccessTable(
    name="module_access",
    id=Column("id"),
    owner=Column("user_id"),
    module=Column("module_id"),
    token=Column("token_id"),
    origin=Column("access_type"),
    active=Column("is_active", "boolean"),
    ends=Column("expires_at", "time"),
    created=Column("created_at", "time"),
    updated=Column("updated_at", "time"),
    metadata=Column("metadata", "json"),
)

MODULE_ACCESS = AppProfile(
    name="module_access",
    table=_TABLE,
    # The handler's own insert. The other paths are those of later versions.
    handler=Handler(
        path="/api/webhooks/stripe",
        other_paths=("/api/stripe-webhook", "/api/stripe/webhook"),
        fills=("user_id", "module_id", "access_type", "expires_at", "is_active", "metadata"),
        origin="purchase",
        writes=(("access_type", "purchase"),),
    ),
    # What its checkout puts into the metadata; the handler takes the modules from items_ids alone.
    checkout=CheckoutKeys(
        known=KNOWN_KEYS,
        item_ids=ITEM_IDS,
        pack_kind=PACK_KIND,
        written=("customer_email", "items_count", "total_amount", "type", "items_ids"),
        read=("items_ids",),
    ),
    # It reads the rows of the login's profile with is_active = true, and drops those that are over.
    page=Page(
        path="/encours",
        reads=(
            *("id", "user_id", "module_id", "access_type"),
            *("expires_at", "is_active", "created_at", "metadata"),
        ),
    ),
    # The handler writes the moment of the payment plus 72 hours, whatever the module.
    term=Term(usual=timedelta(hours=72)),
)
