"""What of a customer may be shown: addresses masked unless asked for otherwise, secrets never."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from iahome_fix.masks import mask_email, scrub

_ADDRESS = re.compile(r"(?<!\S)[^\s:/@\"'<>()]+@[^\s:/@\"'<>(),;]+")
_ONE_WORD = re.compile(r"[^\s:/]+@[^\s:/]+")


class Shown:
    """Makes texts fit to be shown. `known`: addresses that have to be found wherever they stand."""

    def __init__(self, *, emails: bool, known: Iterable[str] = ()) -> None:
        """`emails`: show them in full."""
        self._emails = emails
        longest_first = sorted({a for a in known if "@" in a}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)", re.IGNORECASE)

    @property
    def in_full(self) -> bool:
        """Whether addresses are shown in full."""
        return self._emails

    def email(self, address: str) -> str:
        """One address, in full or masked."""
        return address if self._emails else mask_email(address)

    def text(self, text: str) -> str:
        """Any text of the customer's records."""
        if self._emails:
            return "".join(
                part if _ADDRESS.fullmatch(part) else scrub(part)
                for part in re.split(f"({_ADDRESS.pattern})", text)
            )
        text = self._known.sub(lambda found: mask_email(found[0]), text)
        return mask_email(text) if _ONE_WORD.fullmatch(text) and "…" not in text else scrub(text)

    def tree(self, value: Any) -> Any:
        """The same for everything inside of a JSON value, names of fields included."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(name)): "…" if _is_secret(str(name)) and inner else self.tree(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.tree(inner) for inner in value]
        return value


def _is_secret(name: str) -> bool:
    """Whether a field of this name holds a key, a password or a token."""
    return scrub(f"{name}=x") != f"{name}=x"
