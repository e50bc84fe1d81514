"""A database that is not on this machine is reached over TLS or not at all, however it is named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from iahome_fix.settings.database_tls import _own_folder, is_loopback, transport

REMOTE = "postgresql://u@db.example.com/postgres"
REQUIRE = {"sslmode": "require", "gssencmode": "disable"}
FULL = {"sslmode": "verify-full", "gssencmode": "disable"}
SERVICES = """
# ours
[shop]
host=db.example.com

[safe]
host = db.example.com
sslmode = verify-ca
[here]
host=/run/postgresql
"""


@pytest.mark.parametrize(
    ("dsn", "environ", "options"),
    [
        (REMOTE, {}, REQUIRE),
        (f"{REMOTE}?ssl=true", {}, {"gssencmode": "disable"}),
        (f"{REMOTE}?sslmode=require", {}, {"gssencmode": "disable"}),
        (f"{REMOTE}?sslmode=verify-ca", {}, {"gssencmode": "disable"}),
        (f"{REMOTE}?sslrootcert=/x/prod-ca-2021.crt", {}, FULL),
        (REMOTE, {"PGSSLROOTCERT": "/x/prod-ca-2021.crt"}, FULL),
        (f"{REMOTE}?gssencmode=require", {}, {"sslmode": "require"}),
        (REMOTE, {"PGREQUIRESSL": "1"}, {"gssencmode": "disable"}),
        (REMOTE, {"PGSSLMODE": "verify-full"}, {"gssencmode": "disable"}),
        ("postgresql://u@[2001:db8::1]/postgres", {}, REQUIRE),
        ("postgresql://u@10.0.0.7/postgres", {}, REQUIRE),
        ("host=localhost hostaddr=192.0.2.1", {}, REQUIRE),
        ("host=localhost.example.com", {}, REQUIRE),
        ("host=127.1", {}, REQUIRE),
        ("postgresql://u@localhost,db.example.com/postgres", {}, REQUIRE),
        ("dbname=postgres", {"PGHOST": "db.example.com"}, REQUIRE),
        ("dbname=postgres", {"PGHOSTADDR": "192.0.2.1"}, REQUIRE),
        ("host=localhost", {"PGHOSTADDR": "192.0.2.1"}, REQUIRE),
        ("service=shop", {"PGSERVICEFILE": "/s"}, REQUIRE),
        ("dbname=postgres", {"PGSERVICE": "shop", "PGSERVICEFILE": "/s"}, REQUIRE),
        ("service=safe", {"PGSERVICEFILE": "/s"}, {"gssencmode": "disable"}),
        ("service=unknown", {"PGSERVICEFILE": "/s"}, REQUIRE),
        ("postgresql://u@localhost/postgres", {}, {}),
        ("postgresql://u@LOCALHOST/postgres", {}, {}),
        ("postgresql://u@127.0.0.9/postgres", {}, {}),
        ("postgresql://u@[::1]/postgres", {}, {}),
        ("host=db.example.com hostaddr=127.0.0.1", {}, {}),
        ("host=/var/run/postgresql", {}, {}),
        ("dbname=postgres", {}, {}),
        ("service=here", {"PGSERVICEFILE": "/s"}, {}),
    ],
)
def test_what_is_set_beside_the_address(
    dsn: str, environ: Mapping[str, str], options: Mapping[str, str]
) -> None:
    found = transport(dsn, environ, lambda path: SERVICES if path == Path("/s") else None)
    assert dict(found.options) == options
    assert found.warning is None


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_a_mode_that_does_without_is_kept_and_said(mode: str) -> None:
    for dsn, environ in ((f"{REMOTE}?sslmode={mode}", {}), (REMOTE, {"PGSSLMODE": mode})):
        found = transport(dsn, environ)
        assert not found.options
        assert found.warning is not None
        assert f"sslmode={mode}" in found.warning
        assert "db.example.com" not in found.warning
    assert transport(f"host=localhost sslmode={mode}", {}).warning is None


def test_the_folder_of_a_users_own_files_is_that_of_libpq() -> None:
    assert _own_folder({"HOME": "/home/lea"}, "posix") == Path("/home/lea")
    assert _own_folder({"APPDATA": "appdata", "HOME": "other"}, "nt") == Path("appdata/postgresql")


def test_a_service_file_that_is_really_there(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text(SERVICES, encoding="utf-8")
    assert transport("service=here", {"HOME": str(tmp_path)}).options == {}
    assert transport("service=shop", {"HOME": str(tmp_path)}).options == REQUIRE
    assert transport("service=shop", {"PGSERVICEFILE": str(tmp_path)}).options == REQUIRE


@pytest.mark.parametrize(
    "host", ["", "/run/postgresql", "@abstract", "localhost.", "::ffff:127.0.0.1", "127.255.255.254"]
)
def test_hosts_that_are_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "::", "::ffff:192.0.2.1", "local", "host.docker.internal", "?"])
def test_hosts_that_are_not(host: str) -> None:
    assert not is_loopback(host)
