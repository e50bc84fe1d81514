"""How e-mail addresses are compared: without regard to the case of ASCII letters and to outer blanks.

No other letter is folded. Unicode's rules take the Kelvin sign for a k and the long s for an s, and what
somebody bought would be given to somebody else. sql/domain/address.sql makes the same.
"""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

BLANKS = "\t\n\v\f\r \u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Characters that no address has and that come in by copying one."""

_FOLDED = str.maketrans(ascii_uppercase, ascii_lowercase)


def lowered(text: str) -> str:
    """The text with its ASCII capitals as small letters, every other character as it is."""
    return text.translate(_FOLDED)


def folded(address: str) -> str:
    """The form in which two spellings of one address are equal."""
    return lowered(address.strip(BLANKS))
