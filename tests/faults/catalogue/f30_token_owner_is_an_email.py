"""F30: a token belongs to an e-mail address instead of a profile's id."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="a backfill would make an access that no login owns",
    inject=(
        sql(
            """
            insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at)
            values ('token_carol_1', 'Carol', 13, 'ruinedfooocus', 'carol@example.test',
                    now() + interval '1 day')
            """
        ),
    ),
    cause="data.orphans",
    says="1 token or access is owned by an e-mail address instead of a profile id",
    before={"carol": ["15"]},
    hint="update public.access_tokens t set created_by = p.id::text",
    quiet=("data.tokens-without-access",),
    follows_hint=True,
    after={"carol": ["13", "15"]},
)
