"""The embedded server itself: starting, stopping, restarting, and refusing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.systems.embedded.dsn import dsn_with
from iahome_fix.systems.embedded.installation import Installation, copied, open_to_all
from iahome_fix.systems.embedded.postgres import SUPERUSER, EmbeddedPostgres
from iahome_fix.systems.embedded.watchdog import running, server_pid
from tests import places

if TYPE_CHECKING:
    from collections.abc import Iterator

as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="about what happens under root"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path that every user may enter."""
    made = Path(tempfile.mkdtemp(prefix="iahf-", dir=places.short()))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def ask(dsn: str, statement: str) -> object:
    with psycopg.connect(dsn, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_data_survive_a_restart_and_the_second_stop_is_harmless(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "it")
    server.start()
    first = server.pid
    assert first is not None
    ask(server.dsn(user=SUPERUSER), "create table kept as select 7 as n")
    server.stop()
    server.stop()
    assert not running(first)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn(user=SUPERUSER))
    with EmbeddedPostgres(folder / "it") as again:
        assert again.pid not in (None, first)
        assert ask(again.dsn(user=SUPERUSER), "select n from kept") == 7
        assert str(ask(again.dsn(user=SUPERUSER), "show server_version")).startswith("18.")


def test_an_exception_inside_stops_the_server(folder: Path) -> None:
    pid = None
    with pytest.raises(ZeroDivisionError), EmbeddedPostgres(folder) as server:
        pid = server.pid
        raise ZeroDivisionError
    assert pid is not None
    assert not running(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has a port of the loopback address")
def test_nothing_listens_on_the_network(cluster: EmbeddedPostgres) -> None:
    dsn = cluster.dsn(user=SUPERUSER)
    assert ask(dsn, "show listen_addresses") == ""
    assert dsn.startswith(f"postgresql://{SUPERUSER}@/postgres?host=%2F")
    assert ask(dsn, "select inet_server_addr()") is None


def test_a_statement_ends_after_two_minutes_as_on_supabase(cluster: EmbeddedPostgres) -> None:
    assert ask(cluster.dsn(user=SUPERUSER), "show statement_timeout") == "2min"


def test_a_folder_in_use_is_refused_and_its_server_left_alone(folder: Path) -> None:
    with EmbeddedPostgres(folder) as first:
        pid = first.pid
        with pytest.raises(Refused) as refused:
            EmbeddedPostgres(folder).start()
        assert refused.value.code == "sandbox-running"
        assert first.pid == pid
        assert ask(first.dsn(user=SUPERUSER), "select 1") == 1


def test_data_of_another_version_are_refused(folder: Path) -> None:
    (folder / "pgdata").mkdir()
    (folder / "pgdata" / "PG_VERSION").write_text("15\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        EmbeddedPostgres(folder).start()
    assert refused.value.code == "sandbox-version"
    assert (folder / "pgdata" / "PG_VERSION").read_text(encoding="utf-8") == "15\n"


def test_half_an_initialisation_is_begun_anew(folder: Path) -> None:
    (folder / "pgdata.new").mkdir()
    (folder / "pgdata.new" / "PG_VERSION").write_text("18\n", encoding="utf-8")
    with EmbeddedPostgres(folder) as server:
        assert ask(server.dsn(user=SUPERUSER), "select 1") == 1
    assert not (folder / "pgdata.new").exists()


def test_a_server_that_cannot_start_says_why_at_once(folder: Path) -> None:
    with EmbeddedPostgres(folder):
        pass
    (folder / "pgdata" / "global" / "pg_control").unlink()
    server = EmbeddedPostgres(folder)
    with pytest.raises(CouldNotTell, match="control"):
        server.start()
    assert server.pid is None


@pytest.mark.parametrize("name", ['it\'s a "long" way, $(touch no) ' + "x" * 90, "it's, short"])
@pytest.mark.skipif(sys.platform == "win32", reason="such names cannot be made there")
def test_a_path_that_is_long_or_has_odd_signs(folder: Path, name: str) -> None:
    deep = folder / name
    with EmbeddedPostgres(deep) as server:
        assert ask(server.dsn(user=SUPERUSER), "select 1") == 1
        sockets = server.dsn().partition("host=")[2]
    assert not Path(sockets.replace("%2F", "/")).exists()
    assert not list(folder.rglob("no"))


def test_databases_with_any_name(cluster: EmbeddedPostgres) -> None:
    name = 'odd "name"; drop table x --'
    cluster.databases.create(name)
    try:
        with psycopg.connect(cluster.dsn(name, SUPERUSER)) as still_connected:
            still_connected.execute("create table mark (n integer)")
            still_connected.commit()
        cluster.databases.create("copied_from_odd", template=name)
        assert ask(cluster.dsn("copied_from_odd", SUPERUSER), "select count(*) from mark") == 0
        with psycopg.connect(cluster.dsn(name, SUPERUSER)):
            cluster.databases.drop(name)
        cluster.databases.drop(name)
    finally:
        cluster.databases.drop("copied_from_odd")
    found = "select count(*) from pg_database where datname ~ '^odd'"
    assert ask(cluster.dsn(user=SUPERUSER), found) == 0


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("postgresql://a@/x?host=%2Ftmp%2Fs", "postgresql://u@/d?host=%2Ftmp%2Fs"),
        ("host=/tmp/s port=5433 user=a", "postgresql://u@/d?port=5433&host=%2Ftmp%2Fs"),
        ("postgresql://a:p%40ss@db.example.test:6543/x", "postgresql://u:p%40ss@db.example.test:6543/d"),
        ("postgres://a@[::1]:5/x?sslmode=disable", "postgresql://u@[::1]:5/d?sslmode=disable"),
    ],
)
def test_a_url_for_another_user_and_database(given: str, wanted: str) -> None:
    changed = dsn_with(given, user="u", database="d")
    assert psycopg.conninfo.conninfo_to_dict(changed) == psycopg.conninfo.conninfo_to_dict(wanted)


@as_root
def test_root_does_not_open_folders_for_the_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "elsewhere"))
    with pytest.raises(Refused) as refused:
        EmbeddedPostgres(closed / "it").start()
    assert refused.value.code == "sandbox-folder"
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_root_lets_the_server_pass_through_temporary_folders_only_as_far_as_needed(folder: Path) -> None:
    private = folder / "private"
    (private / "beside").mkdir(parents=True, mode=0o700)
    private.chmod(0o700)
    with EmbeddedPostgres(private / "it") as server:
        assert ask(server.dsn(user=SUPERUSER), "select 1") == 1
    assert private.stat().st_mode & 0o777 == 0o701
    assert (private / "beside").stat().st_mode & 0o777 == 0o700


@as_root
def test_root_copies_programs_that_the_server_could_not_reach(folder: Path) -> None:
    folder.chmod(0o755)
    programs = Installation.find(folder).bin_folder
    package = folder / "closed" / programs.parents[1].name
    shutil.copytree(programs.parent, package / programs.parent.name, symlinks=True)
    libraries = programs.parents[1].with_name(programs.parents[1].name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, package.with_name(libraries.name))
    (folder / "closed").chmod(0o700)
    hidden = package / programs.parent.name / "bin"
    assert not open_to_all(hidden / "postgres")
    reachable = copied(hidden, folder / "postgresql")
    said = subprocess.run(
        [reachable / "postgres", "--version"], user="nobody", capture_output=True, text=True, check=True
    )
    assert "(PostgreSQL) 18" in said.stdout


def test_a_pid_file_alone_proves_nothing(folder: Path) -> None:
    lines = [str(os.getpid()), str(folder), "0", "5432", str(folder), "", "", "ready"]
    (folder / "postmaster.pid").write_text("\n".join(lines), encoding="utf-8")
    assert server_pid(folder) is None
