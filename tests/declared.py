"""What a distribution declares to need, out of the environment of the tests: linked, not fetched again."""

from __future__ import annotations

from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def link_needed(site: Path, name: str) -> set[str]:
    """Link into a folder of packages, where that distribution is, all that it needs; the names of these."""
    [own] = distributions(name=name, path=[str(site)])
    names: set[str] = set()
    asked: set[tuple[str, str]] = set()
    waiting = _needs(own, "")
    while waiting:
        requirement = waiting.pop()
        there = distribution(requirement.name)
        assert requirement.specifier.contains(there.version, prereleases=True), str(requirement)
        names.add(canonicalize_name(requirement.name))
        for extra in ("", *requirement.extras):
            if (names_and_extra := (canonicalize_name(requirement.name), extra)) not in asked:
                asked.add(names_and_extra)
                waiting += _needs(there, extra)
        _link(there, site)
    return names


def _needs(one: Distribution, extra: str) -> list[Requirement]:
    every = map(Requirement, one.requires or ())
    return [r for r in every if r.marker is None or r.marker.evaluate({"extra": extra})]


def _link(one: Distribution, site: Path) -> None:
    """The folders and modules of a distribution; programs beside the packages are nobody's need here."""
    for top in {file.parts[0] for file in one.files or () if file.parts[0] not in ("..", "__pycache__")}:
        source, target = Path(str(one.locate_file(top))), site / top
        if not target.exists():
            target.symlink_to(source, target_is_directory=source.is_dir())
