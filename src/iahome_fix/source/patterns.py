"""Patterns of addresses as Next.js takes them (path-to-regexp): matchers, redirects, Clerk's route lists."""

from __future__ import annotations

import re

_PART = re.compile(
    r"(?P<slash>/?):(?P<name>\w+)(?P<own>\((?:[^()]|\([^()]*\))*\))?(?P<many>[*+?]?)"
    r"|(?P<group>\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)[*+?]?)"
    r"|(?P<plain>[^:(/]+|/(?!:))|(?P<rest>.)",
    re.DOTALL,
)
_LONGEST = 500


def matches(pattern: str, path: str) -> bool | None:
    """Whether an address fits a pattern; None for a pattern that is not understood."""
    if len(pattern) > _LONGEST:
        return None
    parts = []
    for match in _PART.finditer(pattern):
        if match["rest"] or "{" in (match["plain"] or ""):
            return None
        if match["plain"]:
            parts.append(re.escape(match["plain"]))
        elif match["group"]:
            parts.append(match["group"])
        else:
            one = match["own"] or r"[^/]+?"
            slash = match["slash"]
            parts.append(
                {
                    "*": f"(?:{slash}{one}(?:/{one})*)?",
                    "+": f"{slash}{one}(?:/{one})*",
                    "?": f"(?:{slash}{one})?",
                }.get(match["many"], f"{slash}{one}")
            )
    try:
        return re.fullmatch("".join(parts) + "/?", path) is not None
    except (re.error, RecursionError):
        return None
