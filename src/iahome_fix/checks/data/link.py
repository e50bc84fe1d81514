"""Link data: does every active token have its access, and does every row name somebody and something?"""

from __future__ import annotations

from iahome_fix.checks.data.access_forms import ended_early, owner_form
from iahome_fix.checks.data.account_remade import account_remade
from iahome_fix.checks.data.email_case import email_case
from iahome_fix.checks.data.expired_active import expired_active
from iahome_fix.checks.data.logins import profiles_missing
from iahome_fix.checks.data.lost_rows import deactivated, rows_lost
from iahome_fix.checks.data.orphans import orphans
from iahome_fix.checks.data.profile_emails import profile_email
from iahome_fix.checks.data.row_in_way import row_in_way
from iahome_fix.checks.data.tokens import duplicates, tokens_without_access

CHECKS = (
    profiles_missing,
    profile_email,
    account_remade,
    rows_lost,
    row_in_way,
    tokens_without_access,
    duplicates,
    orphans,
    owner_form,
    expired_active,
    ended_early,
    deactivated,
    email_case,
)
