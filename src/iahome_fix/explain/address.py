"""E-mail addresses as people write them: which are the same one, and in what two of them differ."""

from __future__ import annotations

import re
import unicodedata

from iahome_fix.addresses import BLANKS, lowered
from iahome_fix.command_lines import command_line
from iahome_fix.errors import UsageError
from iahome_fix.i18n import _
from iahome_fix.masks import mask_email

_NO_LETTERS = re.compile("([\u212a\u1fef\u037e])")
"""What normalizes to an ASCII character, and is none."""

_LONGEST = 320
"""Local part and domain together (RFC 3696, erratum 1690, allows 254; the columns of the app hold more)."""


def parse(text: str) -> str:
    """The address that an operator typed, without what surrounds it; its letters stay as they are.

    Raises UsageError for what is no e-mail address.
    """
    address = text.strip(BLANKS).strip()
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or len(address) > _LONGEST or any(map(_is_odd, address)):
        raise UsageError(
            "email",
            _("this is no e-mail address: {text}").format(text=mask_email(address[:_LONGEST]) or "''"),
            _("for example: {command}").format(command=command_line("explain", "customer@example.com")),
        )
    return address


def key(address: str) -> str:
    """What all spellings of one address have in common: no blanks, composed letters, no ASCII capitals.

    A sign that Unicode composes into an ASCII letter (the Kelvin sign) stays: it is another address.
    """
    visible = "".join(c for c in address if c not in BLANKS)
    parts = _NO_LETTERS.split(visible)
    return lowered("".join(p if _NO_LETTERS.fullmatch(p) else unicodedata.normalize("NFC", p) for p in parts))


def same(one: str, other: str) -> bool:
    """Whether two texts are the same address, letter case and blanks aside."""
    return key(one) == key(other)


def has_blanks(address: str) -> bool:
    """Whether blanks, visible or not, stand in or around it."""
    return any(c in BLANKS for c in address)


def _is_odd(character: str) -> bool:
    """A blank, something that steers a terminal, or half a surrogate pair (bytes that are no UTF-8)."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Cs")
