"""Link permissions: may each role do what the app does as that role, and no more?"""

from __future__ import annotations

from iahome_fix.checks.permissions.exposure import anon, row_level_security
from iahome_fix.checks.permissions.owner_reads import owner_reads
from iahome_fix.checks.permissions.policy_lints import policies
from iahome_fix.checks.permissions.service_role import service_role
from iahome_fix.checks.permissions.webhook_role import webhook_role

CHECKS = (service_role, owner_reads, webhook_role, row_level_security, anon, policies)
