"""F31: two active tokens for one customer and module, and no access yet."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import CAROL

FAULT = Fault(
    what="the guide's backfill inserts both, the unique index refuses, and nobody is served",
    inject=(
        sql(
            f"""
            insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at) values
              ('token_c1', 'Carol', 13, 'ruinedfooocus', '{CAROL}', now() + interval '1 day'),
              ('token_c2', 'Carol', 13, 'ruinedfooocus', '{CAROL}', now() + interval '2 days')
            """
        ),
    ),
    cause="data.duplicates",
    says="1 customer holds several active tokens for a module and has no access to it",
    before={"carol": ["15"]},
    quiet=("data.tokens-without-access",),
    fix="backfill",
    after={"carol": ["13", "15"]},
)
