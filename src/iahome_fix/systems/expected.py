"""The contract of every reader: an answer has the shape that was asked for, or it is no answer.

Whoever reads bytes of another system parses them here, and holds what they say against a shape. Anything else
is an `UnexpectedResponse`: what was asked, and the length and kind of what came, never its content. An empty
answer is one that says that it is empty.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from iahome_fix import figures
from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _

UNEXPECTED = "unexpected-response"
"""The stable word for it: `error.code` in the JSON document."""

LARGEST = 64 * 1024 * 1024
"""Bytes of one answer; a page of a thousand rows is a hundredth of it."""

DEEPEST = 100
"""Lists and objects inside each other; what Stripe, PostgREST and the app write has about ten."""

_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


class UnexpectedResponse(CouldNotTell):
    """A system answered with something else than what it answers with. `came`: kind and length."""

    def __init__(self, asked: str, came: str) -> None:
        super().__init__(
            UNEXPECTED,
            _("unexpected response: asked for {asked}, got {came}").format(asked=asked, came=came),
            _(
                "a proxy, a captive portal or a stand-in may answer in its place: look at what lies between,"
                " then run the same command again"
            ),
        )
        self.came = came


class Misfit(Exception):
    """What is wrong with a text or a value, in words for a person; never any of its content."""


@dataclass(frozen=True)
class Kind:
    """What a value may be: types of JSON, and how people call them. `inner`: the shape of an object."""

    types: tuple[type, ...]
    nullable: bool = False
    inner: Shape | None = None
    texts: bool = False  # what a list or an object holds are texts only

    @property
    def or_null(self) -> Kind:
        """The same, or null."""
        return Kind(self.types, True, self.inner, self.texts)


TEXT, WHOLE, YES_NO, OBJECT, LIST = (Kind((t,)) for t in (str, int, bool, dict, list))
ID = Kind((str, int))
"""A key: never null, and not empty."""
ANYTHING = Kind((str, int, float, bool, dict, list), nullable=True)
TEXTS, TEXT_BY_NAME = Kind((list,), texts=True), Kind((dict,), texts=True)


@dataclass(frozen=True)
class Shape:
    """An object: `fields` have to be there, each of its kind; `optional` may be.

    `others`: whether there may be more. Fields that Stripe or a table has beside them are nobody's business.
    """

    fields: Mapping[str, Kind]
    optional: Mapping[str, Kind] | None = None
    others: bool = True


def parsed(body: bytes | str) -> Any:
    """The one JSON value of a body. Raises Misfit for anything that leaves a doubt what was said."""
    text = body if isinstance(body, str) else _text(body)
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise Misfit(_("JSON that is nested too deeply")) from None
    except ValueError as error:
        raise Misfit(_not_json(text, error)) from None
    if _depth_exceeds(value, DEEPEST):
        raise Misfit(_("JSON that is nested too deeply"))
    return value


def rows(value: Any, shape: Shape, *, count: int | None = None) -> tuple[dict[str, Any], ...]:
    """A list of objects of one shape, of `count` of them where that is known. Raises Misfit."""
    if not isinstance(value, list):
        raise Misfit(_("{kind} instead of a list").format(kind=kind_of(value)))
    if count is not None and len(value) != count:
        raise Misfit(_("{came} objects instead of {count}").format(came=len(value), count=count))
    for row in value:
        require(row, shape)
    return tuple(value)


def require(value: Any, shape: Shape) -> dict[str, Any]:
    """The value, which is an object of that shape. Raises Misfit."""
    if not isinstance(value, dict):
        raise Misfit(_("{kind} instead of an object").format(kind=kind_of(value)))
    optional = shape.optional or {}
    for name, kind in shape.fields.items():
        if name not in value:
            raise Misfit(_("an object without {field}").format(field=name))
        _require_kind(name, value[name], kind)
    for name, kind in optional.items():
        if name in value:
            _require_kind(name, value[name], kind)
    if not shape.others and len(value) > len(shape.fields):
        unasked = len(value.keys() - shape.fields.keys() - optional.keys())
        if unasked:
            raise Misfit(_("an object with {count} fields that were not asked for").format(count=unasked))
    return value


def repeated(ids: Collection[Any], seen: Collection[Any] = ()) -> None:
    """Each object of a list comes once. Raises Misfit for one that `seen` holds, or that comes twice."""
    if len(set(ids)) < len(ids) or (seen and not set(ids).isdisjoint(seen)):
        raise repeating()


def repeating() -> Misfit:
    """A page with an object that an earlier one had."""
    return Misfit(_("a page that repeats what came before"))


def endless() -> Misfit:
    """A list that says that there is more, and does not get on."""
    return Misfit(_("a list that does not end"))


def unexpected(
    asked: str, body: bytes, misfit: Misfit | str, status: int | None = None
) -> UnexpectedResponse:
    """The error for a body: its kind, its length, and the status that it came with."""
    came = _("{kind} ({size} bytes)").format(kind=misfit, size=figures.number(len(body)))
    if status is not None:
        came = _("{came} with status {status}").format(came=came, status=status)
    return UnexpectedResponse(asked, came)


def too_large(asked: str) -> UnexpectedResponse:
    """The error for a body that was not read to its end."""
    return UnexpectedResponse(asked, _("more than {size} MB").format(size=LARGEST // 1024 // 1024))


def looks_like(body: bytes) -> str:
    """What kind of thing a body is, for one that should have been something else."""
    try:
        return kind_of(parsed(body))
    except Misfit as misfit:
        return str(misfit)


def kind_of(value: Any) -> str:
    """What a JSON value is, in a word."""
    if value is None:
        return _("null")
    if isinstance(value, bool):
        return _("true or false")
    for kind, word in ((str, _("a text")), (int | float, _("a number")), (list, _("a list"))):
        if isinstance(value, kind):
            return word
    return _("an object")


def _require_kind(name: str, value: Any, kind: Kind) -> None:
    if value is None and kind.nullable:
        return
    # Exact types: true is not a number.
    if type(value) not in kind.types or (kind is ID and value == ""):
        raise Misfit(_("{kind} as {field}").format(kind=kind_of(value), field=name))
    if kind.texts and not all(isinstance(v, str) for v in (value.values() if type(value) is dict else value)):
        raise Misfit(_("something else than texts in {field}").format(field=name))
    if kind.inner is not None and type(value) is dict:
        require(value, kind.inner)


def _text(body: bytes) -> str:
    if not body.strip():
        raise Misfit(_("nothing"))
    if body.startswith(_MARKS) or _every_other_is_zero(body):
        raise Misfit(_("text in UTF-16 or UTF-32"))
    if body.startswith(b"\xef\xbb\xbf"):
        raise Misfit(_("text with a byte order mark"))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise Misfit(_("bytes that are no UTF-8")) from None


def _every_other_is_zero(body: bytes) -> bool:
    start = body[:200]
    return len(start) >= 2 and any(not any(start[side::2]) for side in (0, 1))


def _not_json(text: str, error: ValueError) -> str:
    if isinstance(error, _DoubtfulError):
        return str(error)
    begin = text.lstrip()[:200].lower()
    if begin.startswith("<"):
        return _("HTML") if "html" in begin else _("a text in angle brackets")
    if begin.startswith(("[", "{")) and isinstance(error, json.JSONDecodeError):
        cut = error.pos >= len(text.rstrip()) or "Unterminated" in error.msg
        return _("truncated JSON") if cut else _("broken JSON")
    return _("text that is no JSON")


class _DoubtfulError(ValueError):
    """JSON that two readers may read differently."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _DoubtfulError(_("JSON in which a name stands twice"))
    return found


def _no_number(_text: str) -> NoReturn:
    raise _DoubtfulError(_("JSON with a number that is none"))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _no_number(text)
    return number


def _depth_exceeds(value: Any, most: int) -> bool:
    level = [value] if isinstance(value, (dict, list)) else []
    for _step in range(most):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) in (dict, list)
        ]
    return bool(level)
