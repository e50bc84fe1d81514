"""The chain as a picture: where each link stands, and between which two it is broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

Fit = Literal["wide", "narrow"]
"""For which paper or screen a picture is drawn."""
_WIDE, _NARROW = 760, 320
_EDGE, _RADIUS = 52, 17
_TOP, _WIDE_HEIGHT = 44, 112
_STEP = 60


@dataclass(frozen=True)
class Node:
    """One link of the chain, at `x` and `y`."""

    name: str
    status: str
    mark: str
    word: str
    broken: bool
    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """What joins two links. `state`: holds, waits (behind the break) or broken."""

    x1: float
    y1: float
    x2: float
    y2: float
    state: str


@dataclass(frozen=True)
class Layout:
    """One picture of the chain; `fit`: for a page or for a phone."""

    fit: Fit
    width: float
    height: float
    radius: float
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class ChainPicture:
    """The chain in both layouts, with what it shows in words."""

    title: str
    text: str
    layouts: tuple[Layout, ...]


@dataclass(frozen=True)
class Part:
    """What is known of one link, before it has a place."""

    name: str
    status: str
    mark: str
    word: str
    broken: bool


def picture(title: str, text: str, parts: Sequence[Part]) -> ChainPicture:
    """The picture of these links, in their order."""
    return ChainPicture(title, text, (_layout("wide", parts), _layout("narrow", parts)))


def _layout(form: Fit, parts: Sequence[Part]) -> Layout:
    between = (_WIDE - 2 * _EDGE) / max(len(parts) - 1, 1)
    nodes = tuple(
        Node(
            part.name,
            part.status,
            part.mark,
            part.word,
            part.broken,
            round(_EDGE + number * between, 1) if form == "wide" else _RADIUS + 6,
            _TOP if form == "wide" else round(_RADIUS + 8 + number * _STEP, 1),
        )
        for number, part in enumerate(parts)
    )
    width, height = (
        (_WIDE, _WIDE_HEIGHT) if form == "wide" else (_NARROW, 2 * (_RADIUS + 8) + _STEP * (len(parts) - 1))
    )
    return Layout(form, width, height, _RADIUS, nodes, tuple(_lines(nodes, form)))


def _lines(nodes: Sequence[Node], form: Fit) -> list[Line]:
    broken = next((number for number, node in enumerate(nodes) if node.broken), None)
    if broken is not None:
        broken = min(broken, len(nodes) - 2)  # nothing follows the last one
    lines = []
    for number, (one, other) in enumerate(pairwise(nodes)):
        state = "holds" if broken is None or number < broken else "broken" if number == broken else "waits"
        if form == "wide":
            lines.append(Line(one.x + _RADIUS, one.y, other.x - _RADIUS, other.y, state))
        else:
            lines.append(Line(one.x, one.y + _RADIUS, other.x, other.y - _RADIUS, state))
    return lines
