"""The variables that the tool knows."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SUPABASE_URL = "NEXT_PUBLIC_SUPABASE_URL"
SERVICE_KEY = "SUPABASE_SERVICE_ROLE_KEY"
ANON_KEY = "NEXT_PUBLIC_SUPABASE_ANON_KEY"
DATABASE_URL = "SUPABASE_DB_URL"
MANAGEMENT_KEY = "SUPABASE_ACCESS_TOKEN"
STRIPE_KEY = "STRIPE_SECRET_KEY"
SIGNING_KEY = "STRIPE_WEBHOOK_SECRET"
PUBLISHABLE_KEY = "NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY"
SITE_URL = "NEXT_PUBLIC_APP_URL"
SUPABASE_API_URL = "SUPABASE_API_URL"
MANAGEMENT_API_URL = "SUPABASE_MANAGEMENT_API_URL"
STRIPE_API_BASE = "STRIPE_API_BASE"
NO_DATA_API = "IAHOME_FIX_NO_DATA_API"

PUBLIC_PREFIX = "NEXT_PUBLIC_"
"""Next.js builds what starts so into the scripts that every visitor loads."""

SUPABASE_ONLY = ("DIRECT_URL", "POSTGRES_URL", "POSTGRES_PRISMA_URL")
"""Names that other databases use as well (Prisma, Vercel): they count where the host is one of Supabase's, or
this machine."""

AS_JSON = ("SUPABASE_SECRET_KEYS", "SUPABASE_PUBLISHABLE_KEYS")
"""An object of keys by their names, as Supabase writes it for functions: the one named `default` is meant, or
the only one."""

ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SUPABASE_URL: ("SUPABASE_URL",),
        SERVICE_KEY: ("SUPABASE_SECRET_KEY", "SUPABASE_SECRET_KEYS"),
        ANON_KEY: (
            "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY",
            "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_DEFAULT_KEY",
            "SUPABASE_ANON_KEY",
            "SUPABASE_PUBLISHABLE_KEY",
            "SUPABASE_PUBLISHABLE_KEYS",
        ),
        DATABASE_URL: ("DATABASE_URL", "POSTGRES_URL_NON_POOLING", *SUPABASE_ONLY),
        MANAGEMENT_KEY: (),
        STRIPE_KEY: ("STRIPE_API_KEY",),
        SIGNING_KEY: ("STRIPE_WEBHOOK_SIGNING_SECRET", "STRIPE_SIGNING_SECRET", "STRIPE_ENDPOINT_SECRET"),
        PUBLISHABLE_KEY: (),
        SITE_URL: ("NEXT_PUBLIC_BASE_URL", "NEXT_PUBLIC_SITE_URL"),
        SUPABASE_API_URL: (),
        MANAGEMENT_API_URL: (),
        STRIPE_API_BASE: (),
        NO_DATA_API: (),
    }
)
"""Each variable under its canonical name, with the other names it is known by, best first."""

KNOWN: frozenset[str] = frozenset(ALIASES) | {a for aliases in ALIASES.values() for a in aliases}
"""Every name that means something to the tool."""

NEXT_FILES = (".env.production.local", ".env.local", ".env.production", ".env")
"""What Next.js reads in production, highest rank first."""


def is_public(name: str) -> bool:
    """Whether the value of this variable ends up in the browser."""
    return name.startswith(PUBLIC_PREFIX)
