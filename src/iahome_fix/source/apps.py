"""The Next.js apps of a checkout: the folder itself, or those of a monorepo."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from iahome_fix.source.packages import Manifests
from iahome_fix.source.routes import EXTENSIONS, NextApp

_CONFIG = re.compile(r"next\.config\.(?:js|mjs|cjs|ts|mts)")
_PAGE_EXTENSIONS = re.compile(r"\bpageExtensions\s*:\s*\[([^\]]{0,300})\]")
_QUOTED = re.compile(r"""['"]([^'"]+)['"]""")


def apps_of(root: Path, texts: Mapping[str, tuple[str, bool]], manifests: Manifests) -> tuple[NextApp, ...]:
    """The apps whose source is in the checkout, by their folders; `root` is the checkout on the disk."""
    configs = {_folder(path): texts[path][0] for path in texts if _is_config(path)}
    found = []
    for folder in _folders_with_routes(texts):
        here = root / folder
        bases = _bases(here)
        is_next = folder in configs or manifests.depends_on(folder, "next") is not None
        # The folder that was given counts without a manifest, too: somebody may keep the source alone.
        alone = not folder and "package.json" not in manifests.paths
        if bases and (is_next or alone or (not folder and not _has_inner(manifests))):
            found.append(NextApp(folder, bases, _extensions(configs.get(folder, ""))))
    return tuple(found)


def _is_config(path: str) -> bool:
    return _CONFIG.fullmatch(PurePosixPath(path).name) is not None


def _folder(path: str) -> str:
    folder = str(PurePosixPath(path).parent)
    return "" if folder == "." else folder


def _folders_with_routes(texts: Iterable[str]) -> list[str]:
    """Every folder that has one of the folders of routes with source in it; outer ones first."""
    found: set[str] = set()
    for path in texts:
        parts = PurePosixPath(path).parts
        for place, part in enumerate(parts[:-1]):
            if part in ("app", "pages"):
                end = place - 1 if place and parts[place - 1] == "src" else place
                found |= {"/".join(parts[:end]), "/".join(parts[:place])}
    return sorted(found, key=lambda folder: (folder.count("/") + bool(folder), folder))


def _bases(here: Path) -> tuple[str, ...]:
    """The folders that Next.js looks into: the outer one of each name wins over that in `src`."""
    found = []
    for name in ("app", "pages"):
        there = [base for base in (name, f"src/{name}") if (here / base).is_dir()]
        found += there[:1]
    return tuple(found)


def _has_inner(manifests: Manifests) -> bool:
    """Whether packages inside the checkout have Next.js, so that the checkout itself is only their frame."""
    return any(folder and manifests.depends_on(folder, "next") for folder in manifests.packages.values())


def _extensions(config: str) -> tuple[str, ...]:
    match = _PAGE_EXTENSIONS.search(config)
    named = tuple(_QUOTED.findall(match[1])) if match else ()
    return tuple(sorted(named, key=len, reverse=True)) or EXTENSIONS
