"""A checkout of the app: its TypeScript and JavaScript files, read as text, inside one folder only.

Nothing is run, no link is followed, and what is too large or cannot be read is left out and said.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

from iahome_fix.errors import UsageError
from iahome_fix.i18n import _
from iahome_fix.source.nodes import Node
from iahome_fix.source.packages import NAMES as MANIFESTS
from iahome_fix.source.packages import Manifests
from iahome_fix.source.parser import parse
from iahome_fix.source.resolving import ENDINGS, Resolver
from iahome_fix.source.routes import NextApp, Route, answers, route_of

# Not part of what is deployed: packages, builds, tests, one-off scripts, examples, database files.
_NOT_ENTERED = frozenset(
    (
        *("node_modules", "dist", "build", "out", "coverage", "public", "scripts", "script", "migrations"),
        *("__tests__", "__mocks__", "tests", "test", "e2e", "cypress", "playwright", "stories", "docs"),
        *("examples", "example", "fixtures", "__fixtures__", "storybook-static", "vendor"),
    )
)
_NOT_READ = re.compile(
    r"\.d\.[cm]?ts\Z|\.(?:test|spec|stories|story|gen|generated|min)\.[cm]?[jt]sx?\Z"
    r"|(?<!/next)(?<!\Anext)\.config\.[cm]?[jt]s\Z"
    r"|(?:\A|/)(?:database|supabase|db)[.-]?types\.ts\Z|(?:\A|/)types/(?:database|supabase)\.ts\Z"
)
_GENERATED = re.compile(r"export (?:type|interface) Database\b.{0,400}?\bTables\b", re.DOTALL)
_IMPORT = re.compile(
    r"""^[ \t]*(?:import(?!\s+type\b)|export)\b[^'"`;=]{0,2000}?['"]([^'"\n]+)['"]"""
    r"""|^(?![ \t]*//)[^\n]{0,400}?\b(?:import|require)\s*\(\s*['"]([^'"\n]+)['"]""",
    re.MULTILINE,
)

MOST_BYTES: Final = 500_000
"""A longer file is a bundle, not somebody's source."""
MOST_FILES: Final = 20_000
MOST_IN_ALL: Final = 256_000_000
_LONGEST_LINE = 20_000


@dataclass(frozen=True)
class SourceFile:
    """One file. `path` is relative to the checkout, with slashes; `app` is the one that it belongs to."""

    path: str
    text: str
    app: NextApp | None = field(default=NextApp(), compare=False)
    exact: bool = True
    """Whether `text` is what stands in the file, every byte of it."""

    @cached_property
    def tree(self) -> Node:
        """The parsed file; an empty one where it cannot be parsed. Raises MissingExtra."""
        return self._parsed or Node("program", None, 0, 0, 1, None, b"")

    @cached_property
    def _parsed(self) -> Node | None:
        return parse(self.text)

    @property
    def unread(self) -> bool:
        """Whether the parser gave up on it."""
        return self._parsed is None

    @cached_property
    def specifiers(self) -> tuple[str, ...]:
        """What it imports, as written, types aside."""
        return tuple(dict.fromkeys(a or b for a, b in _IMPORT.findall(self.text)))

    @property
    def folder(self) -> str:
        return str(PurePosixPath(self.path).parent)

    @cached_property
    def placed(self) -> Route | None:
        """What Next.js takes the file for; None for a file that is no page and no route."""
        return route_of(self.path, self.app) if self.app is not None else None

    @property
    def route(self) -> str | None:
        """The address that Next.js gives the file."""
        return self.placed.address if self.placed else None

    @property
    def is_page(self) -> bool:
        """Whether it is a page, as opposed to a route of the API."""
        return self.placed is not None and self.placed.is_page

    def at(self, node: Node) -> str:
        """Where a node stands, for a sentence."""
        return f"{self.path}:{node.line}"


@dataclass(frozen=True)
class Checkout:
    """The files that were read, by path; those that were left out for their size, number or state; the
    Next.js apps among them. `judged` is the app that the files were narrowed to, if they were.
    """

    files: Mapping[str, SourceFile]
    left_out: tuple[str, ...] = ()
    manifests: Manifests = field(default_factory=Manifests)
    apps: tuple[NextApp, ...] = ()
    judged: NextApp | None = None

    def __iter__(self) -> Iterator[SourceFile]:
        return iter(self.files.values())

    @cached_property
    def _resolver(self) -> Resolver:
        return Resolver(self.manifests, frozenset(self.files), tuple(app.root for app in self.apps))

    def narrowed(self, app: NextApp) -> Checkout:
        """The same without the files of other apps."""
        others = [other for other in self.apps if other.root != app.root]
        files = {
            path: file
            for path, file in self.files.items()
            if file.app is None or file.app.root == app.root or file.app not in others
        }
        return replace(self, files=files, judged=app)

    def at_route(self, route: str) -> SourceFile | None:
        """The file that answers at an address."""
        exact = next((file for file in self if file.route == route), None)
        return exact or next(
            (f for f in self if f.route and "[" in f.route and answers(f.route, route)), None
        )

    def imports(self, file: SourceFile) -> Iterator[tuple[str, SourceFile]]:
        """What the file imports from the checkout: the specifier and the file behind it."""
        for specifier in file.specifiers:
            found = self.resolve(file, specifier)
            if found is not None:
                yield specifier, found

    def resolve(self, file: SourceFile, specifier: str) -> SourceFile | None:
        """The file that an import means; None for a package that is not in the checkout."""
        path = self._resolver.path_of(file.path, specifier)
        return self.files.get(path) if path is not None else None

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
    from iahome_fix.source.apps import apps_of

    if not folder.is_dir():
        raise UsageError("app-folder", _("{folder} is not a folder").format(folder=folder))
    root = folder.resolve()
    left_out: list[str] = []
    paths: list[Path] = []
    named: dict[str, Path] = {}
    for path in _walked(root, left_out):
        name = path.relative_to(root).as_posix()
        if path.name in MANIFESTS:
            named[name] = path
        elif name.endswith(ENDINGS) and not _NOT_READ.search(name):
            paths.append(path)
    manifests = Manifests(named)
    texts: dict[str, tuple[str, bool]] = {}
    total = 0
    for path in paths:
        name = path.relative_to(root).as_posix()
        text = _text(path) if len(texts) < MOST_FILES and total < MOST_IN_ALL else None
        if text is None:
            left_out.append(name)
            continue
        total += len(text[0])
        if "Database" not in text[0] or not _GENERATED.search(text[0]):
            texts[name] = text
    apps = apps_of(root, texts, manifests)
    if not apps:
        raise UsageError(
            "app-folder",
            _("{folder} holds no Next.js app").format(folder=folder),
            _("--app takes the folder with package.json and app or pages (or src with one of them) in it"),
        )
    by_length = sorted(apps, key=lambda app: -len(app.root))
    files = {
        name: SourceFile(
            name, text, next((app for app in by_length if app.inside(name) is not None), None), exact
        )
        for name, (text, exact) in texts.items()
    }
    return Checkout(files, tuple(left_out), manifests, apps)


def _walked(root: Path, left_out: list[str]) -> Iterator[Path]:
    def refused(error: OSError) -> None:
        if error.filename:
            left_out.append(Path(error.filename).relative_to(root).as_posix() + "/")

    for here, folders, names in os.walk(root, followlinks=False, onerror=refused):
        folders[:] = sorted(name for name in folders if _is_entered(root, Path(here) / name))
        for name in sorted(names):
            yield Path(here) / name


def _is_entered(root: Path, folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _NOT_ENTERED:
        # `app/docs` is a page; the same name elsewhere is not.
        inside = folder.relative_to(root).parts
        within_app = any(part in ("app", "pages") for part in inside[:-1]) and folder.name != "node_modules"
        # An app for the documentation is an app.
        within_app = within_app or (folder.name == "docs" and (folder / "package.json").is_file())
        if folder.name.startswith(".") or not within_app or folder.name in ("__tests__", "__mocks__"):
            return False
    # A link, or a junction on Windows, leads to what is elsewhere.
    return not folder.is_symlink() and folder.resolve() == folder


def _text(path: Path) -> tuple[str, bool] | None:
    """What stands in a file, and whether every byte of it is text; None for none that somebody wrote."""
    try:
        about = path.lstat()
        if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), False
    if b"\0" in data or (len(data) > _LONGEST_LINE and data.find(b"\n", 0, _LONGEST_LINE) < 0):
        return None
    text = data.decode("utf-8-sig", "replace")
    return text, "\ufffd" not in text


def shown(files: Iterable[SourceFile], most: int = 3) -> str:
    """Paths for a sentence."""
    names = [file.path for file in files]
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
