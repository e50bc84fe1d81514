"""F34: an access was switched off before its end, and nothing says why."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import ALICE

FAULT = Fault(
    what="an admin page or a script cleared it; the payment stands",
    inject=(sql(f"update public.module_access set is_active = false where user_id = '{ALICE}'"),),
    cause="data.deactivated",
    says="1 access was deactivated before its end, though its payment stands",
    before={"alice": [], "carol": ["15"]},
    hint="where is_active is not true and metadata ->> 'session_id' = any(array['cs_live_alice']::text[])"
    "; or, on record and with undo: iahome-fix reconcile --restore",
    statuses={"payments.unfulfilled": "ok"},
    repair=(sql(f"update public.module_access set is_active = true where user_id = '{ALICE}'"),),
    after={"alice": ["15"]},
)
