"""Every name that the configuration states, and what its value is for by its look; never the value."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from iahome_fix.settings import kinds, names
from iahome_fix.settings.model import clean
from iahome_fix.settings.web_address import split

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iahome_fix.settings.model import Source

_BY_LOOK = MappingProxyType(
    {
        kinds.Kind.STRIPE_SIGNING: names.SIGNING_KEY,
        kinds.Kind.STRIPE_PRIVATE: names.STRIPE_KEY,
        kinds.Kind.STRIPE_PUBLISHABLE: names.PUBLISHABLE_KEY,
        kinds.Kind.SUPABASE_PRIVATE: names.SERVICE_KEY,
        kinds.Kind.SUPABASE_PUBLISHABLE: names.ANON_KEY,
        kinds.Kind.MANAGEMENT: names.MANAGEMENT_KEY,
        kinds.Kind.DATABASE: names.DATABASE_URL,
    }
)
_BY_ROLE = MappingProxyType({"service_role": names.SERVICE_KEY, "anon": names.ANON_KEY})


@dataclass(frozen=True)
class Stated:
    """A variable that is set to something.

    Attributes:
        source: where.
        meaning: the canonical name of what it is, by its value, else by its name; None for neither.
    """

    source: Source
    meaning: str | None


def meaning(name: str, text: str) -> str | None:
    """Which of the tool's variables a value is meant for: by its look, else by the name that it has."""
    value = clean(text)
    kind = kinds.kind_of(value)
    if kind is kinds.Kind.JWT:
        role = (kinds.jwt_payload(value) or {}).get("role")
        found = _BY_ROLE.get(role) if isinstance(role, str) else None
    elif kind is kinds.Kind.WEB:
        parts = split(value)
        host = (parts.hostname if parts else None) or ""
        found = names.SUPABASE_URL if host.endswith((".supabase.co", ".supabase.in")) else None
    else:
        found = _BY_LOOK.get(kind) if kind is not None else None
    return found or _BY_NAME.get(name)


def by_meaning(stated: Mapping[str, Stated], canonical: str) -> tuple[str, ...]:
    """The names that state this, the canonical one first."""
    found = (name for name, one in stated.items() if one.meaning == canonical)
    return tuple(sorted(found, key=lambda name: (name != canonical, name)))


_BY_NAME = {name: canonical for canonical, aliases in names.ALIASES.items() for name in (canonical, *aliases)}
