"""Link supabase: does the project answer, with these keys?"""

from __future__ import annotations

from iahome_fix.checks.supabase.api_roles import writable
from iahome_fix.checks.supabase.database import database
from iahome_fix.checks.supabase.project import key, reachable
from iahome_fix.checks.supabase.public_key import anon_key

CHECKS = (reachable, key, database, anon_key, writable)
