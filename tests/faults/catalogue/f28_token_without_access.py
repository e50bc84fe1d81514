"""F28: a token was written, its access was not."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import CAROL

FAULT = Fault(
    what="the link with the token works, the page is empty",
    inject=(
        sql(
            f"""
            insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at)
            values ('token_carol_1', 'Carol', 13, 'ruinedfooocus', '{CAROL}', now() + interval '2 days')
            """
        ),
    ),
    cause="data.tokens-without-access",
    says="1 active token has no access",
    before={"carol": ["15"]},
    fix="backfill",
    after={"carol": ["13", "15"]},
)
