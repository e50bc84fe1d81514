"""F29: one active token has no owner, and others wait behind it."""

from __future__ import annotations

from tests.faults.model import Fault, sql
from tests.faults.world import CAROL

FAULT = Fault(
    what="the guide's backfill is one statement: a single NULL owner undoes it for everybody",
    inject=(
        sql(
            f"""
            insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at) values
              ('token_x', 'X', 13, 'ruinedfooocus', null, now() + interval '1 day'),
              ('token_carol_1', 'Carol', 13, 'ruinedfooocus', '{CAROL}', now() + interval '1 day')
            """
        ),
    ),
    cause="data.orphans",
    says="1 active token has no owner: an SQL statement that copies all tokens into module_access",
    before={"carol": ["15"]},
    quiet=("data.tokens-without-access",),
    fix="backfill",
    after={"carol": ["13", "15"]},
)
