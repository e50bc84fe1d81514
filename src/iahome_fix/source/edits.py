"""Corrected lines as a unified diff, for a person to read and apply (`patch -p1`)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from iahome_fix.masks import shows_a_secret
from iahome_fix.source.files import SourceFile
from iahome_fix.source.nodes import Node


@dataclass(frozen=True)
class Edit:
    """Put `text` in the place of what stands from `start` to `end` (bytes of the file's UTF-8)."""

    file: SourceFile
    start: int
    end: int
    text: str


def instead(file: SourceFile, node: Node, text: str) -> Edit:
    """Another text in the place of a node."""
    return Edit(file, node.start, node.end, text)


def before(file: SourceFile, node: Node, text: str) -> Edit:
    """A text in front of a node."""
    return Edit(file, node.start, node.start, text)


def behind(file: SourceFile, node: Node, text: str) -> Edit:
    """A text after a node."""
    return Edit(file, node.end, node.end, text)


def indent_of(node: Node) -> str:
    """The blanks at the beginning of the line in which a node stands."""
    start = node.source.rfind(b"\n", 0, node.start) + 1
    line = node.source[start : node.start]
    return line[: len(line) - len(line.lstrip(b" \t"))].decode("utf-8", "replace")


def diff(edits: Iterable[Edit]) -> str:
    """The unified diff of these edits; empty where there are none, where a file has bytes that are no text,
    and where the lines around them hold a key or an address: those are never shown.

    Of edits that overlap the first one counts.
    """
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.file.path, []).append(edit)
    found: list[str] = []
    for path, own in sorted(by_file.items()):
        file = own[0].file
        if not file.exact:
            continue
        old = file.text.splitlines(keepends=True) if "\f" not in file.text else []
        new = _edited(file.text, own).splitlines(keepends=True)
        found += _lines(difflib.unified_diff(old, new, f"a/{path}", f"b/{path}"))
    text = "".join(found)
    return "" if shows_a_secret(text) else text


def _edited(text: str, edits: Iterable[Edit]) -> str:
    source = text.encode("utf-8")
    line_end = "\r\n" if "\r\n" in text else "\n"
    chosen: list[Edit] = []
    for edit in edits:
        if edit not in chosen and not any(edit.start < one.end and one.start < edit.end for one in chosen):
            chosen.append(edit)
    for edit in sorted(chosen, key=lambda one: (one.start, one.end), reverse=True):
        put = edit.text.replace("\n", line_end).encode("utf-8")
        source = source[: edit.start] + put + source[edit.end :]
    return source.decode("utf-8")


def _lines(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        yield line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
