"""How a name is written in SQL."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def quoted(name: str) -> str:
    """A name in quotes, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def identifier(name: str) -> str:
    """A name as a person writes it: in quotes only where it needs them."""
    return name if _PLAIN.fullmatch(name) else quoted(name)
