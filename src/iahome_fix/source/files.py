"""A checkout of the app: its TypeScript and JavaScript files, read as text, inside one folder only.

Nothing is run, no link is followed, and what is too large is left out and said.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from iahome_fix.errors import UsageError
from iahome_fix.i18n import _
from iahome_fix.source.lexer import read
from iahome_fix.source.syntax import Stream

_ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
# Not part of what is deployed: packages, builds, tests, one-off scripts, database files.
_NOT_ENTERED = frozenset(
    (
        *("node_modules", "dist", "build", "out", "coverage", "public", "scripts", "script", "migrations"),
        *("__tests__", "__mocks__", "tests", "test", "e2e", "cypress", "playwright", "stories", "docs"),
    )
)
_NOT_READ = re.compile(
    r"\.d\.[cm]?ts\Z|\.(?:test|spec|stories|gen|generated|min|config)\.[cm]?[jt]sx?\Z"
    r"|(?:\A|/)(?:database|supabase|db)[.-]?types\.ts\Z|(?:\A|/)types/(?:database|supabase)\.ts\Z"
)
_GENERATED = re.compile(r"export (?:type|interface) Database\b.{0,400}?\bTables\b", re.DOTALL)
_IMPORT = re.compile(r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["']([^"'\n]+)["']""")

MOST_BYTES: Final = 500_000
"""A longer file is a bundle, not somebody's source."""
MOST_FILES: Final = 10_000
MOST_IN_ALL: Final = 32_000_000


@dataclass(frozen=True)
class SourceFile:
    """One file. `path` is relative to the checkout, with slashes."""

    path: str
    text: str

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """Its tokens: the file itself, then what stands inside templates."""
        return tuple(Stream(tokens) for tokens in read(self.text))

    @cached_property
    def specifiers(self) -> tuple[str, ...]:
        """What it imports, as written."""
        return tuple(dict.fromkeys(_IMPORT.findall(self.text)))

    @property
    def main(self) -> Stream:
        return self.streams[0]

    @property
    def folder(self) -> str:
        return str(PurePosixPath(self.path).parent)

    @cached_property
    def route(self) -> str | None:
        """The address that Next.js gives the file, None for a file that is no page and no route."""
        return _route(self.path)

    @property
    def is_page(self) -> bool:
        """Whether it is a page, as opposed to a route of the API."""
        route = self.route
        return (
            route is not None and not route.startswith("/api/") and not _stem(self.path).startswith("route")
        )


@dataclass(frozen=True)
class Checkout:
    """The files that were read, by path, and those that were left out for their size or number."""

    files: Mapping[str, SourceFile]
    left_out: tuple[str, ...]

    def __iter__(self) -> Iterator[SourceFile]:
        return iter(self.files.values())

    def at_route(self, route: str) -> SourceFile | None:
        """The file that answers at an address."""
        return next((file for file in self if file.route == route), None)

    def imports(self, file: SourceFile) -> Iterator[tuple[str, SourceFile]]:
        """What the file imports from the checkout: the specifier and the file behind it."""
        for specifier in file.specifiers:
            found = self.resolve(file, specifier)
            if found is not None:
                yield specifier, found

    def resolve(self, file: SourceFile, specifier: str) -> SourceFile | None:
        """The file that an import means; None for a package."""
        if specifier.startswith("."):
            bases = [os.path.normpath(f"{file.folder}/{specifier}").replace(os.sep, "/")]
        elif specifier.startswith(("@/", "~/")):
            bases = [f"src/{specifier[2:]}", specifier[2:]]
        else:
            return None
        for base in bases:
            for candidate in (
                base,
                *(base + ending for ending in _ENDINGS),
                *(f"{base}/index{ending}" for ending in _ENDINGS),
            ):
                if candidate in self.files:
                    return self.files[candidate]
        return None

    def reached_from(self, *starts: SourceFile) -> tuple[SourceFile, ...]:
        """The files themselves and all that they import, directly or not."""
        found: dict[str, SourceFile] = {}
        waiting = list(reversed(starts))
        while waiting:
            file = waiting.pop()
            if file.path not in found:
                found[file.path] = file
                waiting += [other for _specifier, other in self.imports(file)]
        return tuple(found.values())


def read_checkout(folder: Path) -> Checkout:
    """The app's source in `folder`. Raises UsageError when there is no Next.js app in it."""
    if not folder.is_dir():
        raise UsageError("app-folder", _("{folder} is not a folder").format(folder=folder))
    root = folder.resolve()
    if not any((root / part / name).is_dir() for part in ("", "src") for name in ("app", "pages")):
        raise UsageError(
            "app-folder",
            _("{folder} holds no Next.js app").format(folder=folder),
            _("--app takes the folder with package.json and app or pages (or src with one of them) in it"),
        )
    files: dict[str, SourceFile] = {}
    left_out: list[str] = []
    total = 0
    for path in _candidates(root):
        name = path.relative_to(root).as_posix()
        text = None
        if len(files) < MOST_FILES and total < MOST_IN_ALL:
            text = _text(path)
        if text is None:
            left_out.append(name)
            continue
        total += len(text)
        if not _GENERATED.search(text):
            files[name] = SourceFile(name, text)
    return Checkout(files, tuple(left_out))


def _candidates(root: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if _is_entered(root, Path(here) / name))
        for name in sorted(names):
            path = Path(here) / name
            if name.endswith(_ENDINGS) and not _NOT_READ.search(path.relative_to(root).as_posix()):
                yield path


def _is_entered(root: Path, folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _NOT_ENTERED:
        # `app/docs` is a page; the same name elsewhere is not.
        inside = folder.relative_to(root).parts
        within_app = any(part in ("app", "pages") for part in inside[:-1]) and folder.name != "node_modules"
        if folder.name.startswith(".") or not within_app:
            return False
    # A link, or a junction on Windows, leads to what is elsewhere.
    return not folder.is_symlink() and folder.resolve() == folder


def _text(path: Path) -> str | None:
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
            return None
        return path.read_bytes().decode("utf-8-sig", "replace")
    except OSError:
        return None


def _stem(path: str) -> str:
    return PurePosixPath(path).stem


def _route(path: str) -> str | None:
    parts = PurePosixPath(path).with_suffix("").parts
    if parts[:1] == ("src",):
        parts = parts[1:]
    if not parts or parts[0] not in ("app", "pages"):
        return None
    inside, name = parts[1:-1], parts[-1]
    if parts[0] == "app":
        if name not in ("page", "route"):
            return None
        # Groups in brackets and slots with an @ are no part of the address.
        shown = [part for part in inside if not part.startswith(("(", "@"))]
        return "/" + "/".join(shown)
    if name.startswith("_"):
        return None
    return "/" + "/".join((*inside, name) if name != "index" else inside)


def shown(files: Iterable[SourceFile], most: int = 3) -> str:
    """Paths for a sentence."""
    names = [file.path for file in files]
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
