"""Which file an import means: by its path, by the aliases of tsconfig.json, or as a workspace package."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from iahome_fix.source.packages import Manifests

ENDINGS = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
"""Of the files that Next.js takes for code."""
_JS = (".js", ".jsx", ".mjs", ".cjs")
_CONDITIONS = ("source", "import", "default", "require", "node", "types")
_DEEPEST = 6


class Resolver:
    """Resolves imports among `files` (paths in the checkout); `roots` are the folders of its apps."""

    def __init__(self, manifests: Manifests, files: frozenset[str], roots: tuple[str, ...] = ()) -> None:
        self._manifests = manifests
        self._files = files
        self._roots = sorted({*roots, ""}, key=len, reverse=True)
        self.path_of = lru_cache(maxsize=None)(self._path_of)
        self._aliases = lru_cache(maxsize=None)(self._read_aliases)

    def _path_of(self, importer: str, specifier: str) -> str | None:
        for base in self._bases(importer, specifier):
            found = self._file(base)
            if found is not None:
                return found
        return None

    def _bases(self, importer: str, specifier: str) -> Iterator[str]:
        """Where the file may be, its ending aside, best first."""
        folder = str(PurePosixPath(importer).parent)
        if specifier.startswith("."):
            yield posixpath.normpath(f"{folder}/{specifier}")
            return
        config = next(self._manifests.above(folder, "tsconfig.json", "jsconfig.json"), None)
        if config is not None:
            yield from _aliased(self._aliases(config), specifier)
        if specifier.startswith(("@/", "~/")):
            for root in self._roots:
                if not root or importer.startswith(root + "/"):
                    yield posixpath.join(root, "src", specifier[2:])
                    yield posixpath.join(root, specifier[2:])
        yield from self._of_package(specifier)

    def _of_package(self, specifier: str) -> Iterator[str]:
        parts = specifier.split("/")
        name = "/".join(parts[:2] if specifier.startswith("@") else parts[:1])
        folder = self._manifests.packages.get(name)
        if folder is None:
            return
        inside = specifier[len(name) + 1 :]
        about = self._manifests.json(posixpath.join(folder, "package.json"))
        for entry in _entries(about, inside):
            yield posixpath.normpath(posixpath.join(folder, entry))
            # What is built from src/ is read there.
            for built in ("dist", "build", "lib"):
                if posixpath.normpath(entry).startswith(built + "/"):
                    rest = posixpath.normpath(entry)[len(built) + 1 :]
                    yield posixpath.join(folder, "src", rest.removesuffix(".d.ts"))
        for place in ("src", ""):
            yield posixpath.normpath(posixpath.join(folder, place, inside or "index"))

    def _file(self, base: str) -> str | None:
        if base.startswith("../"):
            return None
        stem = next((base[: -len(end)] for end in _JS if base.endswith(end)), None)
        candidates = [base, *(base + ending for ending in ENDINGS)]
        if stem is not None:
            candidates += [stem + ending for ending in ENDINGS]
        candidates += [f"{base}/index{ending}" for ending in ENDINGS]
        return next((path for path in candidates if path in self._files), None)

    def _read_aliases(self, config: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Patterns with the places that they stand for, relative to the checkout; `*` is the rest."""
        found: dict[str, tuple[str, ...]] = {}
        base: str | None = None
        seen = 0
        path: str | None = config
        while path is not None and seen < _DEEPEST:
            seen += 1
            here = str(PurePosixPath(path).parent)
            about = self._manifests.json(path)
            options = about.get("compilerOptions")
            options = options if isinstance(options, dict) else {}
            own = options.get("baseUrl")
            own_base = posixpath.normpath(posixpath.join(here, own)) if isinstance(own, str) else None
            base = base if base is not None else own_base
            paths = options.get("paths")
            if isinstance(paths, dict) and not found:
                for pattern, places in paths.items():
                    if isinstance(places, list):
                        found[str(pattern)] = tuple(
                            posixpath.normpath(posixpath.join(own_base or here, str(place)))
                            for place in places
                        )
            path = self._extended(here, about.get("extends"))
        if base is not None:
            found.setdefault("*", (posixpath.join(base, "*"),))
        return tuple(sorted(found.items(), key=lambda entry: -len(entry[0])))

    def _extended(self, here: str, extends: Any) -> str | None:
        if isinstance(extends, list):
            extends = extends[0] if extends else None
        if not isinstance(extends, str) or not extends.startswith("."):
            return None
        path = posixpath.normpath(posixpath.join(here, extends))
        return next((p for p in (path, path + ".json") if p in self._manifests.paths), None)


def _aliased(aliases: tuple[tuple[str, tuple[str, ...]], ...], specifier: str) -> Iterator[str]:
    for pattern, places in aliases:
        before, star, after = pattern.partition("*")
        if not star:
            if specifier == pattern:
                yield from places
        elif (
            specifier.startswith(before)
            and specifier.endswith(after)
            and len(specifier) >= len(before) + len(after)
        ):
            rest = specifier[len(before) : len(specifier) - len(after)]
            for place in places:
                yield posixpath.normpath(place.replace("*", rest))


def _entries(about: dict[str, Any], inside: str) -> Iterator[str]:
    exports = about.get("exports")
    wanted = f"./{inside}" if inside else "."
    if isinstance(exports, str) and not inside:
        yield exports
    elif isinstance(exports, dict):
        entry = exports.get(wanted, exports if not inside and "." not in exports else None)
        yield from _conditions(entry, 0)
        for pattern, target in exports.items():
            before, star, after = str(pattern).partition("*")
            if star and wanted.startswith(before) and wanted.endswith(after):
                rest = wanted[len(before) : len(wanted) - len(after)]
                for place in _conditions(target, 0):
                    yield place.replace("*", rest)
    if not inside:
        for key in ("source", "module", "main", "types"):
            if isinstance(about.get(key), str):
                yield about[key]


def _conditions(entry: Any, depth: int) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    elif isinstance(entry, dict) and depth < _DEEPEST:
        for condition in _CONDITIONS:
            yield from _conditions(entry.get(condition), depth + 1)
