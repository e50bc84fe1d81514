"""How Supabase names a project and its hosts; what of an address tells the project.

Source: Supabase, "Connect to your database" and "Project URL".
"""

from __future__ import annotations

import re

REF = re.compile(r"[a-z0-9]{20}")
"""The id of a project, as Supabase makes it."""
API = re.compile(r"([a-z0-9]+)\.supabase\.co")
"""The host of a project's API; the group is the project."""
DIRECT = re.compile(r"db\.([a-z0-9]+)\.supabase\.co")
"""The host of its database without a pooler (IPv6 only); the group is the project."""
