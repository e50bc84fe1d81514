"""What CI adds to the suite: linked libraries, and bounds taken from pyproject.toml."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from iahome_fix.sandbox.npm_pack import NotFetched
from tests import servers


def package(folder: Path, source: str, target: str) -> Path:
    library = folder / "native" / "lib"
    library.mkdir(parents=True)
    (library / "libpq.so.5.17").write_bytes(b"x")
    listed = json.dumps([{"source": source, "target": target}])
    (folder / "native" / "pg-symlinks.json").write_text(listed, encoding="utf-8")
    return folder


def test_a_library_gets_the_name_that_programs_ask_for(tmp_path: Path) -> None:
    made = package(tmp_path, "native/lib/libpq.so.5.17", "native/lib/libpq.so.5")
    servers._link(made)
    assert (made / "native" / "lib" / "libpq.so.5").read_bytes() == b"x"
    servers._link(made)


@pytest.mark.parametrize("target", ["../../etc/x", "/etc/x", "native/bin/postgres", "native/lib/../../x"])
def test_a_link_that_leads_elsewhere_is_refused(tmp_path: Path, target: str) -> None:
    made = package(tmp_path, "native/lib/libpq.so.5.17", target)
    with pytest.raises(NotFetched):
        servers._link(made)


def test_what_is_run_on_other_servers_is_there() -> None:
    assert [path for path in servers.TESTS if not (servers.ROOT / path).is_file()] == []


def test_every_dependency_has_one_lower_bound(tmp_path: Path) -> None:
    spec = spec_from_file_location("lowest", servers.ROOT / ".ci" / "lowest.py")
    assert spec is not None
    assert spec.loader is not None
    lowest = module_from_spec(spec)
    spec.loader.exec_module(lowest)
    found = lowest.constraints(servers.ROOT / "pyproject.toml")
    assert "supabase==2.34" in found
    assert all(one.count("==") == 1 for one in found)
    project = tmp_path / "pyproject.toml"
    for odd in ("rich", "rich==14", "rich>=14,<16"):
        project.write_text(f'[project]\ndependencies = ["{odd}"]\n', encoding="utf-8")
        with pytest.raises(ValueError, match="has to be written"):
            lowest.constraints(project)
