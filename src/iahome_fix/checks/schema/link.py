"""Link schema: are the tables as the app needs them?

What the target shape of `module_access` is stands in `sql/module_access/`; `migrate` repairs what these
checks read there.
"""

from __future__ import annotations

from iahome_fix.checks.schema.app_tables import access_tokens, modules, profiles
from iahome_fix.checks.schema.bookkeeping import payments
from iahome_fix.checks.schema.cache import cache
from iahome_fix.checks.schema.columns import columns
from iahome_fix.checks.schema.customers_refused import customers_refused
from iahome_fix.checks.schema.grant_accepted import grant_accepted
from iahome_fix.checks.schema.indexes import foreign_key, indexes, one_active_access
from iahome_fix.checks.schema.module_access import module_access
from iahome_fix.checks.schema.profile import profile
from iahome_fix.checks.schema.sequence import sequence
from iahome_fix.checks.schema.types import types
from iahome_fix.checks.schema.updates_accepted import updates_accepted

CHECKS = (
    profile,
    modules,
    profiles,
    access_tokens,
    module_access,
    columns,
    types,
    foreign_key,
    indexes,
    one_active_access,
    sequence,
    grant_accepted,
    updates_accepted,
    customers_refused,
    cache,
    payments,
)
