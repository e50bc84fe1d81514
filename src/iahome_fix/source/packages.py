"""What package.json, tsconfig.json and the lock files of a checkout say: names, aliases, versions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock")
_OF_ANY_APP = frozenset(
    ("package.json", "tsconfig.json", "jsconfig.json", "tsconfig.base.json", "vercel.json", *LOCKS)
)
SERVERS = frozenset(
    (
        *("Dockerfile", "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"),
        *("ecosystem.config.js", "ecosystem.config.cjs", "fly.toml", "Procfile"),
    )
)
"""Files by which an app is known to run as a server that stays up."""
NAMES = _OF_ANY_APP | SERVERS
_MOST_BYTES = 30_000_000
_GROUPS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
# A string, or a comment, or a comma before a closing bracket.
_NOT_JSON = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/|,(?=\s*[\]}])', re.DOTALL)
_MAJOR = re.compile(r"(?:npm:[^@]*@)?[\^~>=v\s]*(\d+)(?=\.|\s|\Z|-)")


@dataclass(frozen=True)
class Manifests:
    """The files beside the source, by path; read when they are asked for."""

    paths: Mapping[str, Path] = field(default_factory=dict)

    def text(self, path: str) -> str:
        """What stands in one; empty where it cannot be read."""
        try:
            found = self.paths[path]
            return found.read_text("utf-8-sig", "replace") if found.stat().st_size <= _MOST_BYTES else ""
        except (KeyError, OSError):
            return ""

    def json(self, path: str) -> dict[str, Any]:
        """The object in one, comments aside; empty where it is none."""
        text = self.text(path)
        try:
            found = json.loads(text)
        except ValueError:
            try:
                found = json.loads(_NOT_JSON.sub(lambda match: match[1] or "", text))
            except (ValueError, RecursionError):
                return {}
        except RecursionError:
            return {}
        return found if isinstance(found, dict) else {}

    def above(self, folder: str, *names: str) -> Iterator[str]:
        """Where files of these names stand, from a folder up to the checkout's own."""
        here = PurePosixPath(folder)
        for place in (here, *here.parents):
            for name in names:
                path = name if str(place) == "." else f"{place}/{name}"
                if path in self.paths:
                    yield path

    @cached_property
    def packages(self) -> Mapping[str, str]:
        """The folders of the checkout's own packages, by name."""
        found: dict[str, str] = {}
        for path in self.paths:
            if PurePosixPath(path).name == "package.json":
                name = self.json(path).get("name")
                if isinstance(name, str) and name:
                    folder = str(PurePosixPath(path).parent)
                    found[name] = "" if folder == "." else folder
        return found

    def depends_on(self, folder: str, package: str) -> str | None:
        """The range of a package that a folder's package.json names; None where it names none."""
        found = self.json(f"{folder}/package.json" if folder else "package.json")
        for group in _GROUPS:
            wanted = found.get(group)
            version = wanted.get(package) if isinstance(wanted, dict) else None
            if isinstance(version, str):
                return version
        return None

    def major(self, folder: str, package: str) -> tuple[int, str] | None:
        """The major version of a package that an app in `folder` is built with, and the file that says so.

        The lock file decides; without one the range in package.json does where it allows one major only.
        """
        for path in self.above(folder, *LOCKS):
            locked = _locked(self, path, folder, package)
            if locked is not None:
                return locked, path
        for path in self.above(folder, "package.json"):
            parent = str(PurePosixPath(path).parent)
            wanted = self.depends_on("" if parent == "." else parent, package)
            match = _MAJOR.match(wanted) if wanted and "||" not in wanted else None
            if match:
                return int(match[1]), path
        return None

    def stays_up(self, folder: str) -> bool:
        """Whether the app is known to run as a server, and not as functions that end with their answer."""
        return any(True for _path in self.above(folder, *SERVERS))


def _locked(manifests: Manifests, path: str, folder: str, package: str) -> int | None:
    name = PurePosixPath(path).name
    if name.endswith(".json"):
        return _of_npm(manifests.json(path), path, folder, package)
    text, quoted = manifests.text(path), re.escape(package)
    if name == "yarn.lock":
        pattern = rf'^"?{quoted}@[^\n]*:\n  version:? "?(\d+)\.'
    elif name == "bun.lock":
        pattern = rf'^\s*"{quoted}": \["{quoted}@(\d+)\.'
    else:
        pattern = rf"^  '?/?{quoted}[@/](\d+)\.[^\n]*:"
    found = {int(major) for major in re.findall(pattern, text, re.MULTILINE)}
    return found.pop() if len(found) == 1 else None


def _of_npm(lock: Mapping[str, Any], path: str, folder: str, package: str) -> int | None:
    packages = lock.get("packages")
    root = str(PurePosixPath(path).parent)
    inside = folder[len(root) + 1 :] if root != "." and folder.startswith(root + "/") else folder
    places: tuple[str, ...] = (
        f"{inside}/node_modules/{package}" if inside else "",
        f"node_modules/{package}",
    )
    if not isinstance(packages, dict):
        packages, places = lock.get("dependencies"), (package,)
    for place in places:
        entry = packages.get(place) if isinstance(packages, dict) else None
        version = entry.get("version") if isinstance(entry, dict) else None
        if isinstance(version, str) and version.split(".")[0].isdigit():
            return int(version.split(".")[0])
    return None
