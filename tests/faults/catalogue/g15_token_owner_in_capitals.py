"""G15: the owner of a token is the right id in capital letters."""

from __future__ import annotations

from tests.faults.model import Fault, command, sql
from tests.faults.world import CAROL

FAULT = Fault(
    what="backfill would give the access to nobody, so it is not proposed",
    inject=(
        sql(
            f"""
            insert into public.access_tokens (id, name, module_id, module_name, created_by, expires_at)
            values ('token_carol_1', 'Accès Carol', 13, 'ruinedfooocus', upper('{CAROL}'),
                    now() + interval '1 day')
            """
        ),
    ),
    cause="data.owner-form",
    says="1 access or token has its owner's id in other letters",
    before={"carol": ["15"]},
    quiet=("data.tokens-without-access",),
    statuses={"data.orphans": "warn"},
    follows_hint=True,
    repair=(command("backfill", "--yes"),),
    after={"carol": ["13", "15"]},
)
