"""Which code runs when a function does: what it names, what that names, and so on, through imports."""

from __future__ import annotations

from collections.abc import Iterator

from iahome_fix.source.following import Follower, Placed
from iahome_fix.source.nodes import Node, member_of
from iahome_fix.source.scopes import How, lookup, values_of

_MOST = 3_000


class Reach:
    """The parts of files that a function leads to, itself included."""

    def __init__(self, follower: Follower, *starts: Placed) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = {}
        self.parts: list[Placed] = []
        seen: set[Node] = set()
        waiting = list(reversed(starts))
        while waiting and len(seen) < _MOST:
            at = waiting.pop()
            if at.node in seen or self.covers(at):
                continue
            seen.add(at.node)
            self.parts.append(at)
            self._spans.setdefault(at.file.path, []).append((at.node.start, at.node.end))
            waiting += _named(follower, at)

    def outermost(self) -> tuple[Placed, ...]:
        """The parts, without those that stand in another one."""
        return tuple(
            part
            for part in self.parts
            if not any(part is not other and part.node.within(other.node) for other in self.parts)
        )

    def covers(self, at: Placed) -> bool:
        """Whether a node stands in a part that is reached."""
        spans = self._spans.get(at.file.path, ())
        return any(start <= at.node.start and at.node.end <= end for start, end in spans)


def _named(follower: Follower, at: Placed) -> Iterator[Placed]:
    for node in at.node.walk():
        if node.kind in ("identifier", "shorthand_property_identifier"):
            yield from _of_name(follower, at, node)
        elif node.kind == "member_expression":
            member = member_of(node)
            if member is not None and member[0].kind in ("identifier", "this"):
                found = follower.declared(Placed(at.file, node))
                if found is not None:
                    yield found


def _of_name(follower: Follower, at: Placed, name: Node) -> Iterator[Placed]:
    binding = lookup(name, name.text)
    if binding is None:
        return
    if binding.how is How.IMPORT:
        if binding.exported != "*":
            found = follower.imported(at.file, binding)
            if found is not None:
                yield found
    elif binding.node.within(at.node):
        return
    elif binding.how is How.FUNCTION and binding.value is not None:
        yield Placed(at.file, binding.value)
    elif binding.how is How.VALUE:
        for value in values_of(binding):
            yield Placed(at.file, value)
