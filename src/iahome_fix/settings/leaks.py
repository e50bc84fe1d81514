"""Finds secrets where others can read them: in public variables and in env files that git tracks."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from iahome_fix.i18n import _
from iahome_fix.settings import kinds
from iahome_fix.settings.model import clean
from iahome_fix.settings.names import is_public
from iahome_fix.settings.replacing import Secret, leaked

if TYPE_CHECKING:
    from iahome_fix.settings.replacing import Leaked
    from iahome_fix.settings.settings import Settings
    from iahome_fix.settings.stains import Severity

_GIT_SECONDS = 3


@dataclass(frozen=True)
class Leak:
    """One place where a secret is, or soon may be, readable for others.

    Attributes:
        code: "public-variable" or "tracked-file".
        what: the variable, or the path of the file.
        severity: "warn" for a tracked file without a secret in it.
        sentence: for a person; never a value.
        secrets: which ones others may have.
    """

    code: Literal["public-variable", "tracked-file"]
    what: str
    severity: Severity
    sentence: str
    secrets: tuple[Leaked, ...] = ()


def public_leaks(settings: Settings) -> list[Leak]:
    """All leaks of a configuration. Never fails: without git, or in no repository, no file is tracked."""
    return [*_variables(settings), *_files(settings)]


def _variables(settings: Settings) -> list[Leak]:
    found = []
    for name, value in sorted(settings.by_name.items()):
        secret = leaked(name, value.text) if is_public(name) else None
        if secret is not None:
            sentence = _("{name} ({place}) holds {kind}; every visitor of the site can read it.")
            sentence = sentence.format(name=name, place=value.source.place, kind=_what(secret, value.text))
            found.append(Leak("public-variable", name, "fail", sentence, (secret,)))
    return found


def _what(secret: Leaked, text: str) -> str:
    if secret.secret is Secret.SERVICE_ROLE:
        return _("the service role key")
    kind = kinds.kind_of(clean(text))
    if kind is not None:
        return kinds.in_words(kind)
    return _("a JWT secret") if secret.secret is Secret.JWT_SECRET else _("a database password")


def _files(settings: Settings) -> list[Leak]:
    found = []
    # Each path as it is shown, and where it really is: those of Next.js lie in the folder.
    shown = settings.env_files or settings.files_read
    if not settings.env_files:
        places = {path: settings.folder / Path(path).name for path in shown}
    else:
        places = {path: Path(path) for path in shown}
    for where, path in places.items():
        if not _is_tracked(path):
            continue
        severity: Severity = "warn"
        sentence = _("git tracks {path}; keep env files out of version control.")
        secrets = settings.secrets_in.get(where, ())
        if secrets:
            severity = "fail"
            sentence = _("git tracks {path}, which holds a secret: all who have the repository have it too.")
        found.append(Leak("tracked-file", where, severity, sentence.format(path=where), secrets))
    return found


def _is_tracked(path: Path) -> bool:
    git = shutil.which("git")
    if git is None:
        return False
    # Where git itself calls the tool (a hook), its variables point at another repository.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            [git, "ls-files", "--error-unmatch", "--", path.name],
            cwd=path.absolute().parent,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
