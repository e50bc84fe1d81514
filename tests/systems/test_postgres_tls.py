"""What a server without TLS gets to hear: nothing, unless the operator wrote that clear text will do."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from iahome_fix.cli.entry import run
from iahome_fix.systems.database_errors import DatabaseUnreachable
from iahome_fix.systems.postgres import PostgresDatabase
from tests.repairs.repair_support import command, env_file

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
# A way to write 127.0.0.1 that only the name service understands: to this tool it is any other host.
ELSEWHERE = "127.1"


@dataclass
class WithoutTls:
    """A server that answers every wish for TLS with `offers` (N: no), and closes on anything else."""

    port: int
    offers: bytes = b"N"
    heard: list[bytes] = field(default_factory=list)

    @property
    def clear_text(self) -> list[bytes]:
        return [each for each in self.heard if each != _SSL_REQUEST]


@pytest.fixture
def without_tls() -> Iterator[WithoutTls]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = WithoutTls(listener.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    line, _where = listener.accept()
                except OSError:
                    return
                with line:
                    while heard := line.recv(4096):
                        server.heard.append(heard)
                        if heard != _SSL_REQUEST:
                            break
                        line.sendall(server.offers)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server
        # A listener that is only closed leaves its accept() waiting.
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_without_tls_there_is_no_session_and_nothing_is_sent(without_tls: WithoutTls, tmp_path: Path) -> None:
    dsn = f"postgresql://u:secret@{ELSEWHERE}:{without_tls.port}/postgres"
    answer = command(tmp_path, dsn, "migrate", "--dry-run")
    assert answer.code == 3
    assert "offers no TLS" in answer.error["message"]
    assert "sslmode=disable" in answer.error["hint"]
    assert without_tls.heard
    assert without_tls.clear_text == []


def test_clear_text_that_was_asked_for_is_used_and_said(
    without_tls: WithoutTls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    dsn = f"postgresql://u@{ELSEWHERE}:{without_tls.port}/postgres"
    for url, variables in ((f"{dsn}?sslmode=prefer", {}), (dsn, {"PGSSLMODE": "prefer"})):
        for name, text in variables.items():
            monkeypatch.setenv(name, text)
        without_tls.heard.clear()
        assert run(["migrate", "--dry-run", "--env-file", str(env_file(tmp_path, url))]) == 3
        assert without_tls.clear_text
        said = " ".join(capsys.readouterr().err.split())
        assert "sslmode=prefer: the database is not on this machine" in said
        assert "offers no TLS, and" not in said


def test_a_server_on_this_machine_needs_none(without_tls: WithoutTls, tmp_path: Path) -> None:
    command(tmp_path, f"postgresql://u@127.0.0.1:{without_tls.port}/postgres", "migrate", "--dry-run")
    assert without_tls.clear_text


def test_a_certificate_that_is_named_and_missing_is_said_with_the_way_out(without_tls: WithoutTls) -> None:
    without_tls.offers = b"S"
    database = PostgresDatabase(
        f"postgresql://u@{ELSEWHERE}:{without_tls.port}/postgres?sslrootcert=/nowhere/ca.crt",
        label="test",
        timeout=5,
        options={"sslmode": "verify-full"},
    )
    with pytest.raises(DatabaseUnreachable) as caught:
        database.read("select 1")
    assert caught.value.reason == "certificate"
    assert "prod-ca-2021.crt" in str(caught.value.hint)
    assert without_tls.clear_text == []
