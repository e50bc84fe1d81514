"""D07, a decoy: an access that somebody withdrew and said so, one that was never paid, one given back."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import ALICE, CAROL

FAULT = Fault(
    what="nothing that is owed was switched off",
    inject=(
        sql(
            f"""
            update public.module_access
               set is_active = false, metadata = metadata || '{{"revoked_by": "admin"}}'
             where user_id = '{ALICE}';
            insert into public.module_access (user_id, module_id, is_active) values ('{CAROL}', 6, false)
            """
        ),
    ),
    cause=None,
    before={"alice": [], "carol": ["15"]},
    statuses={"data.deactivated": "warn", "payments.unfulfilled": "ok"},
    notes={
        "data.deactivated": "2 accesses were deactivated before their end; nothing says that they are owed"
    },
)
