"""A decoy: the server has rights to columns only, and they are those that the app names."""

from __future__ import annotations

from tests.faults.model import Fault, sql

FAULT = Fault(
    what="rights to columns instead of the table, and every statement of the app goes through",
    inject=(
        sql(
            """
            revoke select, insert, update on public.module_access from service_role;
            grant select (id, user_id, module_id, access_type, token_id, expires_at, is_active, created_at,
                          updated_at, metadata),
                  insert (user_id, module_id, access_type, token_id, expires_at, is_active, metadata),
                  update (is_active, updated_at) on public.module_access to service_role
            """
        ),
    ),
    cause=None,
    before={"carol": ["15"], "alice": ["15"]},
)
