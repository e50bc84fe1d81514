"""What the scaffold begins is whole: the linter lets it pass, and the tool takes it for what it is."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from iahome_fix.checks.explanation import explain
from iahome_fix.schema.requirements import parse
from tests.faults.model import Fault
from tests.scaffold import REPOSITORY, begin, left

NEW = {"check": "data.new-id", "requirement": "095_new_thing", "fault": "f99_new_fault"}


def load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_check_is_declared_with_its_query_and_documented(tmp_path: Path) -> None:
    code, query, test = begin("check", "data.new-id", tmp_path)
    check = load(code).new_id
    assert (check.id, check.link, check.queries) == ("data.new-id", "data", ("checks/new_id",))
    assert query == tmp_path / "sql/checks/new_id.sql" and "as name" in query.read_text(encoding="utf-8")
    assert all((explain(check).found_by, explain(check).repair, explain(check).never))
    assert 'Case("data.new-id"' in test.read_text(encoding="utf-8")
    assert any("checks/data/link.py" in step for step in left("check", "data.new-id"))


def test_a_requirement_has_both_its_halves(tmp_path: Path) -> None:
    file, test = begin("requirement", "095_new_thing", tmp_path)
    found = parse(file.stem, file.read_text(encoding="utf-8"))
    assert found.title and found.why and found.check and not found.needs_table
    assert found.detect.startswith("-- TODO") and found.repair.endswith("end $$;")
    assert '"095_new_thing" in planned' in test.read_text(encoding="utf-8")


def test_a_fault_is_an_entry_of_the_catalogue(tmp_path: Path) -> None:
    (file,) = begin("fault", "f99_new_fault", tmp_path)
    assert file == tmp_path / "tests/faults/catalogue/f99_new_fault.py"
    assert isinstance(load(file).FAULT, Fault)


def test_what_is_begun_passes_the_linter(tmp_path: Path) -> None:
    for kind, name in NEW.items():
        begin(kind, name, tmp_path)
    ruff = (sys.executable, "-m", "ruff")
    config = ("--config", str(REPOSITORY / "pyproject.toml"), "--no-cache", str(tmp_path))
    for command in (("check", "--ignore", "I001,S101"), ("format", "--check")):
        done = subprocess.run([*ruff, *command, *config], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("check", "weather.sunny"),
        ("check", "data.New"),
        ("check", "data"),
        ("requirement", "95_x"),
        ("requirement", "095-x"),
        ("fault", "99_x"),
        ("fault", "../f99_x"),
        ("language", "de"),
    ],
)
def test_a_name_that_is_none_writes_nothing(kind: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no name|none of"):
        begin(kind, name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", NEW)
def test_what_is_there_stays(kind: str, tmp_path: Path) -> None:
    last = begin(kind, NEW[kind], tmp_path)[-1]
    others = [path for path in tmp_path.rglob("*.*") if path != last]
    for path in others:
        path.unlink()
    last.write_text("mine", encoding="utf-8")
    with pytest.raises(FileExistsError, match=last.name):
        begin(kind, NEW[kind], tmp_path)
    assert [path for path in tmp_path.rglob("*.*") if path.is_file()] == [last]
    assert last.read_text(encoding="utf-8") == "mine"
