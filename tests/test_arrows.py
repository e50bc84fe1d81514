"""Data flows one way: which part of the package may know of which other (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

PACKAGE = "iahome_fix"
FOLDER = Path(__file__).parents[1] / "src" / PACKAGE

LAYERS = (
    (
        "",
        "errors",
        "figures",
        "i18n",
        "installing",
        "masks",
        "packed",
        "addresses",
        "command_lines",
        "dashboards",
        "supabase_hosts",
        "identifiers",
        "spans",
        "plain_files",
        "profile",
    ),
    ("sql", "settings"),
    ("systems",),
    ("schema",),
    ("model",),
    ("domain",),
    ("facts",),
    ("source",),
    ("checks", "repairs"),
    ("explain",),
    ("verify",),
    ("output",),
    ("cli",),
    ("__main__",),
)
"""What is lower knows nothing of what is higher; what stands in one line knows nothing of each other, but for
the first: words and helpers, without a direction.
"""

KNOWN = {
    ("model", "facts.seen"): "a check is declared as a function from what was seen: the type alone",
    ("model", "domain.sums"): "a report carries the sums over all sales: the type alone",
}
"""Imports against the arrows, each with the reason why it stays."""

SANDBOX = "sandbox"
COMMANDS_OF_THE_SANDBOX = ("cli.demo", "cli.sandbox")
BELOW_THE_SANDBOX = (*chain.from_iterable(LAYERS[:3]), SANDBOX)


@dataclass(frozen=True)
class Import:
    """Module `of`, in `line`, imports module `what`; both without the package's name."""

    of: str
    what: str
    line: int

    @property
    def pair(self) -> tuple[str, str]:
        return self.of, self.what


@cache
def imports(folder: Path) -> tuple[Import, ...]:
    """Every import of the package's own modules, wherever it stands: in a function or for types, too."""
    return tuple(_imports(folder))


def _imports(folder: Path) -> Iterator[Import]:
    modules = {_name(path.relative_to(folder)): path for path in folder.rglob("*.py")}
    for of, path in sorted(modules.items()):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{path}:{node.lineno}: imports are written out"
                named = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for name in named:
                if name.partition(".")[0] == PACKAGE:
                    inside = name.partition(".")[2]
                    yield Import(of, inside if inside in modules else inside.rpartition(".")[0], node.lineno)


def _name(path: Path) -> str:
    """`checks/__init__.py` is `checks`, and the package itself the empty name."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part(module: str) -> str:
    return module.partition(".")[0]


def against_the_arrows(folder: Path) -> list[Import]:
    """The imports that a lower part makes of a higher one, or of one that stands beside it."""
    height = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    return [
        found
        for found in imports(folder)
        if SANDBOX not in (part(found.of), part(found.what))
        and part(found.of) != part(found.what)
        and height[part(found.of)] <= height[part(found.what)]
        and height[part(found.of)] > 0
    ]


def test_every_part_has_its_place() -> None:
    parts = {part(_name(path.relative_to(FOLDER))) for path in FOLDER.rglob("*.py")}
    assert parts == {*chain.from_iterable(LAYERS), SANDBOX}


def test_no_part_knows_of_a_higher_one() -> None:
    unknown = [found for found in against_the_arrows(FOLDER) if found.pair not in KNOWN]
    assert not unknown


def test_what_is_known_to_go_the_other_way_still_does() -> None:
    assert {found.pair for found in against_the_arrows(FOLDER)} == set(KNOWN)


def test_words_know_of_nothing_above_them() -> None:
    assert not [f for f in imports(FOLDER) if part(f.of) in LAYERS[0] and part(f.what) not in LAYERS[0]]


def test_the_tool_does_not_use_the_sandbox() -> None:
    users = {f.of for f in imports(FOLDER) if part(f.what) == SANDBOX and part(f.of) != SANDBOX}
    assert users == set(COMMANDS_OF_THE_SANDBOX)


def test_the_sandbox_does_not_use_the_tool() -> None:
    assert not [f for f in imports(FOLDER) if part(f.of) == SANDBOX and part(f.what) not in BELOW_THE_SANDBOX]


@pytest.mark.parametrize(
    "statement",
    [
        "from iahome_fix.repairs.run import new_run_id",
        "from iahome_fix.repairs import run",
        "import iahome_fix.repairs.run",
        "def late():\n    from iahome_fix.repairs import run",
        "if TYPE_CHECKING:\n    from iahome_fix.repairs import run",
    ],
)
def test_an_import_is_seen_however_it_is_written(tmp_path: Path, statement: str) -> None:
    for name, text in {"checks/site.py": statement, "repairs/run.py": ""}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    (found,) = against_the_arrows(tmp_path)
    assert found.pair == ("checks.site", "repairs.run")
