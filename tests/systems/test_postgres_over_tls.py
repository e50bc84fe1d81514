"""A database that is not on this machine is reached over TLS: here on servers that speak it.

Debian's PostgreSQL 15 or npm's 17: what IAHOME_TEST_DSN names, else the first that is there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from iahome_fix.sandbox.databases import DatabaseFactory
from iahome_fix.sandbox.npm_pack import NotFetched
from tests.commands import Done, call
from tests.repairs.repair_support import command, env_file
from tests.servers import programs_of
from tests.systems.test_postgres_tls import ELSEWHERE
from tests.systems.tls_support import Authority, TlsServer

pytestmark = [
    pytest.mark.postgrest,
    pytest.mark.skipif(sys.platform != "linux", reason="npm's PostgreSQL is for Linux"),
]
TLS, CLEAR_TEXT = {True}, {False}


@pytest.fixture(scope="module")
def programs(other_server: str | None) -> tuple[Path, int]:
    """The programs of a PostgreSQL with TLS, and its version."""
    majors: tuple[int, ...] = (15, 17)
    if other_server is not None:
        with psycopg.connect(other_server) as connection:
            majors = (connection.info.server_version // 10_000,)
    reason = f"no PostgreSQL {' or '.join(map(str, majors))} of Debian's or npm's"
    try:
        for major in majors:
            if found := programs_of(major):
                return found, major
    except NotFetched as error:
        reason = str(error)
    if os.environ.get("IAHOME_REQUIRE_POSTGREST") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def running(programs: tuple[Path, int], short_folder: Path) -> Iterator[TlsServer]:
    with TlsServer(short_folder, *programs) as server:
        yield server


@pytest.fixture(scope="module")
def dsn(running: TlsServer) -> Iterator[str]:
    """An IAHome without module_access, on a host that is not this machine to the tool."""
    factory = DatabaseFactory(running.superuser)
    parts = conninfo_to_dict(factory.create())
    yield f"postgresql://postgres@{ELSEWHERE}:{running.port}/{parts['dbname']}"
    factory.close()


@pytest.fixture
def server(running: TlsServer, monkeypatch: pytest.MonkeyPatch) -> TlsServer:
    """The server as every test finds it: with TLS, and a certificate for the host's address."""
    monkeypatch.setenv("HOME", "/nowhere")  # libpq's own root certificate of the operator's
    running.offer()
    return running


def planned(folder: Path, url: str, **more: str) -> Done:
    return call(folder, "migrate", "--dry-run", "--env-file", str(env_file(folder, url)), more=more)


def test_a_url_that_says_nothing_is_reached_over_tls(server: TlsServer, dsn: str, tmp_path: Path) -> None:
    server.offer(name="db.example.test")  # "require" encrypts, and checks no name
    done = planned(tmp_path, dsn)
    assert (done.code, "sslmode" in done.err) == (0, False), done.err
    assert set(server.sessions()) == TLS


def test_what_is_written_and_taken_back_goes_over_tls_too(
    server: TlsServer, dsn: str, tmp_path: Path
) -> None:
    url = f"{dsn}?sslrootcert={server.authority.file}"
    made = command(tmp_path, url, "migrate", "--yes")
    taken_back = command(tmp_path, url, "undo", str(made.document["run_id"]), "--yes")
    assert (made.verdict, taken_back.code) == ("applied", 0)
    assert set(server.sessions()) == TLS


@pytest.mark.parametrize("where", ["url", "variable"])
def test_the_named_root_proves_the_server(where: str, server: TlsServer, dsn: str, tmp_path: Path) -> None:
    root = str(server.authority.file)
    in_url, outside = (f"?sslrootcert={root}", {}) if where == "url" else ("", {"PGSSLROOTCERT": root})
    done = planned(tmp_path, dsn + in_url, **outside)
    assert done.code == 0, done.err
    assert set(server.sessions()) == TLS


@pytest.mark.parametrize("mode", ["", "&sslmode=verify-full"])
@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("root", "certificate verify failed"),
        ("root of that name", "signature failure"),
        ("name", "db.example.test"),
        ("over", "certificate verify failed"),
    ],
)
def test_a_server_that_cannot_prove_itself_is_refused(
    trouble: str, said: str, mode: str, server: TlsServer, dsn: str, tmp_path: Path
) -> None:
    root = server.authority
    if trouble.startswith("root"):
        root = Authority(tmp_path / "other.crt", "another" if trouble == "root" else "test root")
    server.offer(
        name="db.example.test" if trouble == "name" else "127.0.0.1", days=-1 if trouble == "over" else 1
    )
    done = planned(tmp_path, f"{dsn}?sslrootcert={root.file}{mode}")
    assert done.code == 3
    words = " ".join(done.err.split())
    assert "cannot prove that it is the right server" in words
    assert said in words
    assert "sslrootcert=PATH" in words
    assert server.sessions() == []


@pytest.mark.parametrize("more", ["", "?sslmode=require", "?sslrootcert={root}"])
def test_without_tls_nothing_falls_back_to_clear_text(
    more: str, server: TlsServer, dsn: str, tmp_path: Path
) -> None:
    server.offer(tls="off")
    done = planned(tmp_path, dsn + more.format(root=server.authority.file))
    assert done.code == 3
    assert "offers no TLS" in " ".join(done.err.split())
    assert server.sessions() == []


@pytest.mark.parametrize(
    ("mode", "tls", "how"),
    [
        ("disable", "on", CLEAR_TEXT),
        ("allow", "on", CLEAR_TEXT),
        ("prefer", "on", TLS),
        ("prefer", "off", CLEAR_TEXT),
    ],
)
def test_what_allows_clear_text_is_done_as_written_and_said(
    mode: str, tls: str, how: set[bool], server: TlsServer, dsn: str, tmp_path: Path
) -> None:
    server.offer(tls=tls)
    done = planned(tmp_path, f"{dsn}?sslmode={mode}")
    assert done.code == 0, done.err
    assert f"sslmode={mode}: the database is not on this machine" in " ".join(done.err.split())
    assert set(server.sessions()) == how


def test_a_server_that_wants_tls_of_a_client_without_says_so(
    server: TlsServer, dsn: str, tmp_path: Path
) -> None:
    server.offer(rule="hostssl")
    done = planned(tmp_path, f"{dsn}?sslmode=disable")
    assert done.code == 3
    words = " ".join(done.err.split())
    assert "takes no connection without TLS" in words
    assert "sslmode=disable" in words
    assert planned(tmp_path, dsn).code == 0
