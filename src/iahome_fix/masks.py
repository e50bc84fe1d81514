"""Makes text fit to be shown: e-mail addresses masked, and everything secret out of foreign messages."""

from __future__ import annotations

import re

_DOTS = "…"
_ASCII_DOTS = ".."

_TOP_LEVEL = re.compile(r"[A-Za-z]{2,18}|xn--[A-Za-z0-9-]{1,40}")


def mask_email(address: str, *, ascii_only: bool = False) -> str:
    """An e-mail address that its owner's shop would recognise, and nobody else: `c…l@e…e.test`.

    Neither the whole local part nor the whole domain name is ever shown; the ending of the domain is. Any
    other text is masked as one name, so the function is safe on whatever a form let through.

    Args:
        address: the address; may be odd, empty or none at all.
        ascii_only: for terminals without Unicode: `..` for the ellipsis, no other letters than ASCII's.
    """
    dots = _ASCII_DOTS if ascii_only else _DOTS
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return _mask_name(domain, dots, ascii_only) if domain else ""
    name, dot, ending = domain.rpartition(".")
    if not dot or not _TOP_LEVEL.fullmatch(ending):
        return f"{_mask_name(local, dots, ascii_only)}@{_mask_name(domain, dots, ascii_only)}"
    return f"{_mask_name(local, dots, ascii_only)}@{_mask_name(name, dots, ascii_only)}.{ending}"


def _mask_name(name: str, dots: str, ascii_only: bool) -> str:
    first = _shown(name[:1], ascii_only) if len(name) > 1 else ""
    last = _shown(name[-1:], ascii_only) if len(name) > 3 else ""
    return f"{first}{dots}{last}"


def _shown(character: str, ascii_only: bool) -> str:
    """A character that is harmless on a terminal; nothing for any other."""
    return character if character.isalnum() and (character.isascii() or not ascii_only) else ""


_KEY = re.compile(
    r"(?P<prefix>(?:sk|rk|rkcs|pk)_(?:live|test)_|(?:(?<![A-Za-z0-9])|(?<=%[0-9A-F]{2}))(?:sk_org_?|sbp_)"
    r"|whsec_|sb_secret_|sb_publishable_)"
    r"[^\s\"'`,;:)\]}>]+"
)
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_=+/-]*){0,2}")
# In a web address an @ behind the first slash is part of the path; in a database address the password may
# hold a slash, or an @, that should have been encoded.
_WEB_CREDENTIALS = re.compile(r"(?i)(?P<scheme>https?://)[^\s/?#\"'<>]{0,500}@")
_CREDENTIALS = re.compile(r"(?i)(?P<scheme>\b(?!https?:)[a-z][a-z0-9+.-]{0,20}://)[^\s\"'<>]{0,500}@")
_NAMED = re.compile(
    r"(?i)(?P<name>(?:password|passwd|pwd|passphrase|secret|api[_-]?key|apikey|token|authorization|signature)"
    r"[\"']?\s*[=:]\s*)(?P<scheme>(?:bearer|basic)\s+)?"
    r"(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[^\s\"'&,;)\]}]+)"
)
_BEARER = re.compile(r"(?i)(?P<name>\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}+(?!…)")
_IN_LOCAL = r"[^\s@<>\"'`(),;:=\[\]{}|/\\…]"
# A quoted local part may hold anything (and JSON escapes its quotes), a plain one an apostrophe inside,
# and either a comment behind it (RFC 5322).
_QUOTED = r"\"(?:\\.|[^\"\\\r\n]){1,128}\"|\\{1,8}\"[^\"\\\r\n]{1,128}\\{1,8}\""
_COMMENT = r"(?:\([^()\r\n]{0,128}\))?"
_ENDING = r"(?:xn--[A-Za-z0-9-]{1,59}|[^\W\d_]+)"
# The sign itself, wide, encoded once or twice for an address, or escaped as in JSON or HTML.
_AT = r"(?:[@\uff20]|%(?:25)?40|\\{1,4}u0040|&(?:#64|#x40|commat);)"
_LITERAL = r"\[[0-9A-Fa-f.:IPv]{2,50}\]"
_EMAIL = re.compile(
    rf"(?:(?P<quoted>{_QUOTED})"
    rf"|(?<!{_IN_LOCAL})(?<!\w')(?P<local>{_IN_LOCAL}(?:{_IN_LOCAL}|(?<=\w)'(?=\w))*)){_COMMENT}"
    rf"{_AT}(?P<domain>[^\W_][\w.-]{{0,250}}\.{_ENDING}|localhost\b|{_LITERAL})"
)


def printable(text: str, longest: int = 40) -> str:
    """What somebody else wrote into an id or a name, fit for a line: no control characters, not endless."""
    shown = "".join(c if c.isprintable() else "?" for c in text[:longest])
    return shown + (_DOTS if len(text) > longest else "")


def scrub(text: str) -> str:
    """A foreign message (of Stripe, Supabase, PostgreSQL, an HTTP library) without anything secret in it.

    Keys keep their prefix, which says what they are; e-mail addresses are masked; credentials in addresses,
    JWTs and the values of fields named like a password go. Scrubbing twice changes nothing more. Rather
    too much goes than too little.
    """
    text = without_keys(text)
    text = _NAMED.sub(lambda m: f"{m['name']}{m['scheme'] or ''}{_DOTS}", text)
    return _BEARER.sub(lambda m: m["name"] + _DOTS, text)


def without_keys(text: str) -> str:
    """A sentence of this tool without what looks like a key, a JWT, credentials or an address.

    It is the part of `scrub` that leaves words alone ("the secret: ...").
    """
    for credentials in (_WEB_CREDENTIALS, _CREDENTIALS):
        text = credentials.sub(lambda m: f"{m['scheme']}{_DOTS}@", text)
    text = _KEY.sub(lambda m: m["prefix"] + _DOTS, text)
    text = _JWT.sub("eyJ" + _DOTS, text)
    return _EMAIL.sub(_masked, text)


def shows_a_secret(text: str) -> bool:
    """Whether a text holds a key, a JWT, an address or credentials, whatever the names around it say."""
    return any(pattern.search(text) for pattern in (_WEB_CREDENTIALS, _CREDENTIALS, _KEY, _JWT, _EMAIL))


def _masked(match: re.Match[str]) -> str:
    return mask_email(f"{match['local'] or match['quoted']}@{match['domain']}")
