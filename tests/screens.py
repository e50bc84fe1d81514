"""The screens of the README, made anew: `python -m tests.screens`.

A screen is a block of text that begins with `$ iahome-fix …`. Its command is run in an IAHome as `sandbox`
makes it, one after the other as they stand, and what it says replaces a screen that is no longer true. A line
`…` stands for any lines; it stays, with as many before and behind it as there were. What differs from run to
run (ids, ports, days) is given as one example.
"""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from iahome_fix.sandbox.house import House
from tests import places
from tests.commands import call_together
from tests.pages import DOCS, REPOSITORY

FILES = {"en": REPOSITORY / "README.md", "fr": DOCS / "fr" / "README.md"}
_SCREEN = re.compile(r"(?<=^```text\n)\$ (iahome-fix [^\n]*)\n(.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
_ID = r"\d{8}-\d{6}-[0-9a-f]{6}"
_RUN = "20261123-124814-a5a770"
_EXAMPLES = (
    (re.compile(rf"\b{_ID}\b"), _RUN),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:38665"),
    (re.compile(r"\bwe_\w+"), "we_FfeY8GH8k49QBYu02bFfIpni"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "3b1f6f0e-52c4-4d0c-9a55-0c2f7a1d8e11"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "2026-11-23"),
    (re.compile(r"\b(?:\d{1,2}|1er)(\s+)(?:\w{3,5}\.|mars|mai|juin|août)(\s+)\d{4}\b"), r"23\1nov.\g<2>2026"),
    (re.compile(r"\b\d\d:\d\d\b(?!:)"), "14:14"),
    (re.compile(r"\b\d+(\s+)ms\b"), r"113\1ms"),
)
_TARGET = re.compile(r"\A(?:target|cible)\W.*\n(?: .*\n)*")


def renewed(text: str, said: Callable[[list[str]], str]) -> str:
    """A document whose screens are true; `said` runs the words of a command."""

    def screen(found: re.Match[str]) -> str:
        now = as_example(said(shlex.split(found[1])[1:]))
        return found[0] if is_true(found[2], now) else f"$ {found[1]}\n" + _cut(now.splitlines(), found[2])

    return _SCREEN.sub(screen, text)


def as_example(text: str) -> str:
    """What a command said, with an example of each thing that differs from run to run."""
    for pattern, example in _EXAMPLES:
        text = pattern.sub(example, text)
    return text


def is_true(shown: str, now: str) -> bool:
    """Whether a screen shows what is said now. Where lines end is not compared."""
    parts = re.split(r"^\s*…$", shown, flags=re.MULTILINE)
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in parts)
    return re.fullmatch(pattern, " ".join(now.split()), re.DOTALL) is not None


def _cut(lines: Sequence[str], shown: str) -> str:
    """All of it, or as many lines before and behind a `…` as stood there."""
    before = shown.splitlines()
    gaps = [place for place, line in enumerate(before) if line.strip() == "…"]
    if len(gaps) == 1 and len(before) <= len(lines):
        behind = len(before) - gaps[0] - 1
        lines = [*lines[: gaps[0]], "…", *lines[len(lines) - behind :]]
    return "".join(f"{line}\n" for line in lines)


Asked = dict[tuple[str, str], set[str]]
"""The methods by which a command asked a system."""


def run(language: str) -> tuple[str, Asked]:
    """The document of a language with its screens as they are now, and whom the commands asked for them."""
    asked: Asked = defaultdict(set)
    with tempfile.TemporaryDirectory(dir=places.short(), prefix="iahf-") as folder:
        Path(folder).chmod(0o711)
        with House(Path(folder) / "iahome-sandbox") as house:
            runs: list[str] = []

            def said(words: list[str]) -> str:
                # The run that a screen names is the newest that one before it offered to undo.
                own = [runs[-1] if word == _RUN else word for word in words]
                before = Counter(house.requests)
                text = call_together(house.folder, *own, more={"LANGUAGE": language, "LC_ALL": "C.UTF-8"})
                for system, method in Counter(house.requests) - before:
                    asked[words[0], system].add(method)
                runs.extend(re.findall(rf"iahome-fix undo ({_ID})", text))
                return _TARGET.sub("", text)

            return renewed(FILES[language].read_text(encoding="utf-8"), said), asked


def main(languages: Sequence[str]) -> None:
    """Make the screens of these languages, or of all, true."""
    for language in languages or FILES:
        text, _asked = run(language)
        FILES[language].write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
