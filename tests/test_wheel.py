"""The sdist, and the wheel that is made of it, in an environment of its own, run from a foreign folder."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from iahome_fix import __version__, sql
from iahome_fix.sandbox.databases import MakeDatabase
from tests.declared import link_needed
from tests.repairs.repair_support import env_file, without_operators_variables

REPOSITORY = Path(__file__).parents[1]
_SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both: the sdist of this checkout, and the wheel that is made of it."""
    folder = tmp_path_factory.mktemp("built")
    _run([sys.executable, "-m", "build", "--outdir", str(folder), str(REPOSITORY)])
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    [wheel] = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment into which the wheel was installed, with what it declares to need."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder)
    programs = folder / _SCRIPTS
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python")]
    _run([*pip, "install", "--quiet", "--no-compile", "--no-deps", str(wheel)])
    site = _run([str(programs / "python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    needed = link_needed(Path(site.strip()), "iahome-fix")
    assert {"psycopg", "psycopg-binary", "supabase", "typer"} <= needed
    assert not {"hypothesis", "pytest", "tree-sitter"} & needed
    return programs


def test_the_sdist_holds_the_documentation_and_the_tests(built: Path) -> None:
    [sdist] = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {
        path.relative_to(REPOSITORY).as_posix()
        for folder in ("docs", "tests", "sql", ".ci")
        for path in (REPOSITORY / folder).rglob("*.*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert len(wanted) > 500
    assert wanted | {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml"} <= inside


def test_the_wheel_holds_every_sql_file_and_nothing_of_the_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    beside = {
        f"iahome_fix/{path.relative_to(REPOSITORY).as_posix()}": path.read_bytes()
        for path in (REPOSITORY / "sql").rglob("*.sql")
    }
    assert len(beside) > 50
    assert {name: text for name, text in inside.items() if name.endswith(".sql")} == beside
    assert "iahome_fix/py.typed" in inside
    templates = "src/iahome_fix/output/page/templates"
    for path in (REPOSITORY / templates).iterdir():
        assert inside[f"iahome_fix/output/page/templates/{path.name}"] == path.read_bytes()
    assert "iahome_fix/locale/fr/LC_MESSAGES/iahome_fix.mo" in inside
    assert {name.partition("/")[0] for name in inside} == {
        "iahome_fix",
        f"iahome_fix-{__version__}.dist-info",
    }


def test_the_installed_command_works_in_a_foreign_folder(
    wheel: Path, scripts: Path, make_database: MakeDatabase, tmp_path: Path
) -> None:
    python = str(scripts / "python")
    assert _run([str(scripts / "iahome-fix"), "--version"], tmp_path).strip() == f"iahome-fix {__version__}"
    usage = _run([python, "-m", "iahome_fix", "--help"], tmp_path)
    assert "migrate" in usage
    assert "backfill" in usage

    found = "from iahome_fix import sql; print(sql.folder())"
    folder = Path(_run([python, "-c", found], tmp_path).strip())
    assert folder.is_relative_to(scripts.parent.resolve())
    assert (folder.parent.name, folder.name) == ("iahome_fix", "sql")

    options = ("--env-file", str(env_file(tmp_path, make_database())))
    answer = _run([python, "-m", "iahome_fix", "migrate", "--dry-run", "--json", *options], tmp_path)
    plan = json.loads(answer)["plan"]
    assert plan[0]["id"] == "010_table"
    for step in plan:
        assert step["sql"] in sql.load(f"module_access/{step['id']}")


def _run(arguments: list[str], folder: Path | None = None) -> str:
    """A program that has to succeed, without a hint of where the sources are; what it wrote to stdout."""
    environment = without_operators_variables()
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
