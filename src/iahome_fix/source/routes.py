"""Which address Next.js gives a file, and why it gives none to one that looks like a route."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

EXTENSIONS = ("tsx", "ts", "jsx", "js")
"""What Next.js takes for a page or a route unless `pageExtensions` says otherwise."""


class Sort(Enum):
    """What a file is to Next.js."""

    APP_ROUTE = "route of the app router"
    APP_PAGE = "page of the app router"
    API = "API route of the pages router"
    PAGE = "page of the pages router"


@dataclass(frozen=True)
class Route:
    """The address of a file, and what answers there."""

    address: str
    sort: Sort

    @property
    def is_page(self) -> bool:
        return self.sort in (Sort.APP_PAGE, Sort.PAGE)


@dataclass(frozen=True)
class NextApp:
    """One Next.js app of a checkout.

    Attributes:
        root: its folder, relative to the checkout; empty for the checkout itself.
        bases: the folders of routes that Next.js looks into, relative to `root`. `app` and `pages` win over
            `src/app` and `src/pages`, which are then not looked at.
        extensions: which files are pages and routes.
    """

    root: str = ""
    bases: tuple[str, ...] = ("app", "pages", "src/app", "src/pages")
    extensions: tuple[str, ...] = EXTENSIONS

    def inside(self, path: str) -> str | None:
        """A path relative to the app; None for one that is not in it."""
        if not self.root:
            return path
        return path[len(self.root) + 1 :] if path.startswith(self.root + "/") else None


def base_of(path: str, bases: tuple[str, ...]) -> str | None:
    """The folder of routes that a path (relative to its app) stands in."""
    return next((base for base in bases if path.startswith(base + "/")), None)


def route_of(path: str, app: NextApp) -> Route | None:
    """The address of a file of the app; None for a file that is no page and no route."""
    inside = app.inside(path)
    base = base_of(inside, app.bases) if inside is not None else None
    if inside is None or base is None:
        return None
    extension = next((e for e in app.extensions if inside.endswith("." + e)), None)
    if extension is None:
        return None
    *folders, name = PurePosixPath(inside[len(base) + 1 : -len(extension) - 1]).parts
    if base.endswith("app"):
        return _of_app(folders, name)
    if name.startswith("_"):
        return None
    address = "/" + "/".join((*folders, name) if name != "index" else folders)
    api = address == "/api" or address.startswith("/api/")
    return Route(address, Sort.API if api else Sort.PAGE)


def _of_app(folders: list[str], name: str) -> Route | None:
    if name not in ("page", "route") or any(folder.startswith("_") for folder in folders):
        return None
    # Groups in brackets and slots with an @ are no part of the address.
    shown = [part for part in folders if not (_is_group(part) or part.startswith("@"))]
    address = "/" + "/".join(part.replace("%5F", "_") for part in shown)
    return Route(address, Sort.APP_ROUTE if name == "route" else Sort.APP_PAGE)


def _is_group(folder: str) -> bool:
    return folder.startswith("(") and folder.endswith(")")


def answers(pattern: str, address: str) -> bool:
    """Whether a route with `[dynamic]` parts answers at an address."""
    wanted, given = _parts(pattern), _parts(address)
    for place, part in enumerate(wanted):
        if part.startswith("[[..."):
            return True
        if part.startswith("[..."):
            return len(given) > place
        if place >= len(given) or not (part.startswith("[") or part == given[place]):
            return False
    return len(wanted) == len(given)


def _parts(address: str) -> list[str]:
    return [part for part in address.split("/") if part]
