"""Puts env files and the process environment on top of each other as Next.js does in production."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iahome_fix.settings import dotenv_next
from iahome_fix.settings.expansion import EndlessReferenceError, expand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iahome_fix.settings.dotenv_next import Assignment


@dataclass(frozen=True)
class Layer:
    """One env file: its path as shown, and what stands in it."""

    where: str
    assignments: tuple[Assignment, ...]

    @classmethod
    def of(cls, where: str, text: str) -> Layer:
        """The layer of a file with this text."""
        return cls(where, dotenv_next.read(text))


@dataclass(frozen=True)
class Place:
    """Where a name is set: a line of a layer, or the process environment (both None)."""

    layer: int | None = None
    line: int | None = None


PROCESS = Place()


@dataclass(frozen=True)
class Found:
    """What the app reads under one name.

    Attributes:
        text: the value, after `$` is expanded.
        raw: the value as it stands in its place, quotes and blanks included.
        expanded: the expansion of `$` changed it.
        places: all places that set the name; the first one is where the value comes from.
    """

    text: str = field(repr=False)
    raw: str = field(repr=False)
    expanded: bool
    places: tuple[Place, ...]


@dataclass(frozen=True)
class Reading:
    """All that the app reads, and by layer the name whose endless reference makes it drop that file."""

    found: Mapping[str, Found]
    dropped: Mapping[int, str]


def read(layers: Sequence[Layer], environ: Mapping[str, str]) -> Reading:
    """Reads the layers, highest rank first, under the process environment.

    The process environment wins over every file, and a name that is set to nothing still wins over what
    stands below it. Next.js expands the `$` of a process variable too, but only if a file sets that name.
    """
    process = dict(environ)
    places = {name: [PROCESS] for name in environ}
    from_file: dict[str, tuple[Assignment, str]] = {}
    dropped: dict[int, str] = {}
    for index, layer in enumerate(layers):
        last = {a.name: a for a in layer.assignments}
        try:
            expanded = expand({name: a.value for name, a in last.items()}, process)
        except EndlessReferenceError as endless:
            dropped[index] = endless.name
            continue
        for name, text in expanded.items():
            if name not in places:
                from_file[name] = (last[name], text)
        for assignment in reversed(layer.assignments):
            places.setdefault(assignment.name, []).append(Place(index, assignment.line))
        # What a file sets is visible to the files below it, even where a higher place keeps the name.
        process.update(expanded)
    found = {
        name: Found(text, a.raw, text != a.value, tuple(places[name]))
        for name, (a, text) in from_file.items()
    }
    for name, value in environ.items():
        found[name] = Found(process[name], value, process[name] != value, tuple(places[name]))
    return Reading(found, dropped)
