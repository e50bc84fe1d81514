"""Applies a unified diff as `patch -p1` does: every line of context has to be there, letter by letter."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")


def patched(files: Mapping[str, str], diff: str) -> dict[str, str]:
    """The files after the diff. Raises AssertionError where a line of it is not what stands there."""
    result = dict(files)
    for part in re.split(r"(?m)^(?=--- a/)", diff):
        if not part:
            continue
        lines = part.splitlines(keepends=True)
        path = lines[0].removeprefix("--- a/").rstrip("\n")
        assert lines[1] == f"+++ b/{path}\n"
        result[path] = _file(result[path].splitlines(keepends=True), lines[2:])
    return result


def _file(old: list[str], lines: list[str]) -> str:
    new: list[str] = []
    at = 0
    for place, line in enumerate(lines):
        follows = lines[place + 1] if place + 1 < len(lines) else ""
        text = line[1:].removesuffix("\n") if follows.startswith("\\") else line[1:]
        hunk = _HUNK.match(line)
        if hunk:
            start = max(int(hunk[1]) - 1, 0)
            new += old[at:start]
            at = start
        elif line.startswith((" ", "-")):
            assert old[at] == text, (old[at], text)
            at += 1
            new += [text] if line.startswith(" ") else []
        elif line.startswith("+"):
            new.append(text)
        else:
            assert line.startswith("\\"), line
    return "".join([*new, *old[at:]])
