"""Very many records, held small: packed a block at a time, and unpacked again for whoever looks at them.

A record that is looked at is an object like any other, and goes as soon as nobody holds it. So what is asked
of all of them is asked in one pass, and only those are kept that somebody has to see.
"""

from __future__ import annotations

import io
import pickle
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_LEVEL = 1
_TOGETHER = 200


class Record:
    """A frozen data class with slots that is quickly packed: field by field it takes four times as long."""

    __slots__ = ("__weakref__",)

    def __reduce__(self) -> tuple[Any, ...]:
        kind: Any = type(self)
        return _made, (kind, _values(kind)(self))


@lru_cache
def _values(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(each.name for each in fields(kind)))


@lru_cache
def _setters(kind: Any) -> tuple[Callable[[Any, Any], None], ...]:
    return tuple(getattr(kind, each.name).__set__ for each in fields(kind))


def _made(kind: Any, values: tuple[Any, ...]) -> Any:
    one = kind.__new__(kind)
    for put, value in zip(_setters(kind), values, strict=True):
        put(one, value)
    return one


class Block(Generic[T_co]):
    """Some records. What they have in common with those of another block is held there alone."""

    __slots__ = ("_beside", "_bytes", "count")

    def __init__(
        self, records: Sequence[T_co], beside: Block[Any] | None = None, theirs: Sequence[object] = ()
    ) -> None:
        """`theirs`: the records of `beside`, the very objects that these name."""
        file = io.BytesIO()
        _Pickler(file, theirs).dump(list(records))
        self._bytes = zlib.compress(file.getbuffer(), _LEVEL)
        self._beside = beside
        self.count = len(records)

    def records(self) -> list[T_co]:
        """All of them, as new objects."""
        theirs = self._beside.records() if self._beside is not None else ()
        found: list[T_co] = _Unpickler(io.BytesIO(zlib.decompress(self._bytes)), theirs).load()
        return found

    @property
    def size(self) -> int:
        """Bytes that it takes by itself."""
        return len(self._bytes)


class Packed(Sequence[T_co]):
    """The records of some blocks, in their order."""

    def __init__(self, blocks: Iterable[Block[T_co]] = ()) -> None:
        self.blocks = tuple(blocks)

    @classmethod
    def of(cls, records: Sequence[T_co]) -> Packed[T_co]:
        """The records, packed where they are not yet."""
        if isinstance(records, Packed):
            return records
        starts = range(0, len(records), _TOGETHER)
        return cls(Block(records[start : start + _TOGETHER]) for start in starts)

    def __iter__(self) -> Iterator[T_co]:
        for block in self.blocks:
            yield from block.records()

    def __len__(self) -> int:
        return sum(block.count for block in self.blocks)

    @overload
    def __getitem__(self, index: int) -> T_co: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T_co]: ...

    def __getitem__(self, index: int | slice) -> T_co | Sequence[T_co]:
        if isinstance(index, slice):
            return tuple(self)[index]
        place = range(len(self))[index]
        for block in self.blocks:
            if place < block.count:
                return block.records()[place]
            place -= block.count
        raise IndexError(index)


class Chosen(Collection[T_co]):
    """Those of many records for which something holds; asked anew in each pass, and held nowhere."""

    def __init__(self, records: Iterable[T_co], holds: Callable[[T_co], bool]) -> None:
        self._records = records
        self._holds = holds
        self._count: int | None = None

    def __iter__(self) -> Iterator[T_co]:
        return filter(self._holds, self._records)

    def __bool__(self) -> bool:
        return any(True for _one in islice(self, 1))

    def __len__(self) -> int:
        if self._count is None:
            self._count = sum(1 for _one in self)
        return self._count

    def __contains__(self, record: object) -> bool:
        return any(one == record for one in self)


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, theirs: Sequence[object]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._places = {id(one): place for place, one in enumerate(theirs)}

    def persistent_id(self, record: object) -> int | None:
        return self._places.get(id(record))


class _Unpickler(pickle.Unpickler):  # of what this very process packed
    def __init__(self, file: io.BytesIO, theirs: Sequence[Any]) -> None:
        super().__init__(file)
        self._theirs = theirs

    def persistent_load(self, place: int) -> Any:
        return self._theirs[place]
