"""Values out of a TOML file, each of its kind; what is wrong is gathered with its line and said at once."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from iahome_fix.i18n import _
from iahome_fix.profile.table import WORD
from iahome_fix.settings.toml_lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PATH = re.compile(r"/[\w./\[\]-]*")
"""A path of the site."""


class TomlReader:
    """One reading of a file. A place is the section with the key: `("profiles", "mine", "like")`.

    `wrong`: what was wrong so far, each with its line.
    """

    def __init__(self, text: str) -> None:
        """`text`: the whole file, for its lines."""
        self.wrong: list[tuple[int, str]] = []
        self._lines = lines_of(text)

    def section(self, place: tuple[str, ...], within: Mapping[str, Any]) -> Mapping[str, Any]:
        found = within.get(place[-1], {})
        if isinstance(found, dict):
            return found
        self.say(place, _("{key} is a section, [{whole}]").format(key=place[-1], whole=".".join(place)))
        return {}

    def text(
        self,
        place: tuple[str, ...],
        given: Mapping[str, Any],
        key: str,
        shape: re.Pattern[str] | None = None,
        *,
        empty: bool = False,
    ) -> str | None:
        if key not in given:
            return None
        value = given[key]
        if isinstance(value, str) and (value or empty) and (not value or not shape or shape.fullmatch(value)):
            return value
        self.say((*place, key), _meant((*place, key), shape))
        return None

    def texts(
        self,
        place: tuple[str, ...],
        given: Mapping[str, Any],
        key: str,
        shape: re.Pattern[str] | None = None,
    ) -> tuple[str, ...] | None:
        if key not in given:
            return None
        value = given[key]
        if isinstance(value, list) and all(
            isinstance(one, str) and one and (not shape or shape.fullmatch(one)) for one in value
        ):
            return tuple(value)
        self.say((*place, key), _meant_each((*place, key), shape))
        return None

    def keys(self, place: tuple[str, ...], given: Mapping[str, Any], allowed: Collection[str]) -> None:
        for key in given:
            if key not in allowed:
                self.say((*place, key), _no_key(".".join((*place, key)), key, allowed))

    def say(self, place: tuple[str, ...], words: str) -> None:
        if (self.line(place), words) not in self.wrong:
            self.wrong.append((self.line(place), words))

    def line(self, place: tuple[str, ...]) -> int:
        """The line of a key; where it stands inside another one's value, that one's."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)


def _meant(place: tuple[str, ...], shape: re.Pattern[str] | None) -> str:
    key = ".".join(place)
    if shape is WORD:
        return _("{key} takes a name of letters, digits and _").format(key=key)
    if shape is PATH:
        return _("{key} takes a path of the site, such as /api/webhooks/stripe").format(key=key)
    return _("{key} takes a text").format(key=key)


def _meant_each(place: tuple[str, ...], shape: re.Pattern[str] | None) -> str:
    key = ".".join(place)
    if shape is WORD:
        return _("{key} takes a list of names of letters, digits and _").format(key=key)
    if shape is PATH:
        return _('{key} takes a list of paths of the site, such as ["/api/webhooks/stripe"]').format(key=key)
    return _("{key} takes a list of texts").format(key=key)


def nobody(key: str, name: str, known: Collection[str]) -> str:
    """What to say of a name that nothing has, with the nearest that something does."""
    return _perhaps(_("{key}: there is no {name}").format(key=key, name=name), name, known)


def _no_key(whole: str, key: str, known: Collection[str]) -> str:
    """What to say of a key that means nothing, with the nearest that means something."""
    return _perhaps(_("there is no key {key}").format(key=whole), key, known)


def _perhaps(words: str, name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return _("{sentence}; perhaps {name} is meant").format(sentence=words, name=near[0]) if near else words
