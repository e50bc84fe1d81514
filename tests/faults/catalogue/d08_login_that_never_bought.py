"""D08, a decoy: a login without a profile that owns nothing, and one that was deleted."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="it sees an error on its page, but nobody waits for a module",
    inject=(
        sql(
            """
            insert into auth.users (id, email, deleted_at) values
              ('eeeeeeee-0000-4000-8000-000000000005', 'erin@example.test', null),
              ('ffffffff-0000-4000-8000-000000000006', 'frank@example.test', now());
            delete from public.profiles where email in ('erin@example.test', 'frank@example.test')
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"]},
    statuses={"data.profiles-missing": "warn"},
    notes={"data.profiles-missing": "1 login has no profile"},
)
