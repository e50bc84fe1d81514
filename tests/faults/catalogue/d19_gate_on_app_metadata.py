"""D19: whether a policy opens depends on what only the token of a login says."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="members alone read; no cause can be named, and nothing is called fine",
    inject=(
        sql(
            """
            alter policy module_access_owner_reads on public.module_access
              using (user_id = (select auth.uid())::text
                     and (select auth.jwt()->'app_metadata'->>'role') = 'member')
            """
        ),
    ),
    cause=None,
    before={"alice": []},
    statuses={"permissions.owner-reads": "unknown"},
    notes={"permissions.owner-reads": "it depends on the claim app_metadata of the login's token"},
    verdict="unknown",
)
