"""Writes the lowest versions that pyproject.toml declares as constraints for pip, one a line: `name==bound`.

Every direct dependency has exactly one lower bound, or this fails.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

_DECLARED = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?>=(?P<bound>[0-9.]+)")


def constraints(project: Path) -> list[str]:
    """The constraints of one pyproject.toml. Raises ValueError for a dependency without a lower bound."""
    declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    found = []
    extras = declared.get("optional-dependencies", {})
    for one in (*declared["dependencies"], *extras.get("app", ())):
        match = _DECLARED.fullmatch(one.partition(";")[0].replace(" ", ""))
        if match is None:
            raise ValueError(f"pyproject.toml: {one} has to be written as name>=version")
        found.append(f"{match['name']}=={match['bound']}")
    return found


if __name__ == "__main__":
    sys.stdout.write("\n".join(constraints(Path(__file__).parents[1] / "pyproject.toml")) + "\n")
