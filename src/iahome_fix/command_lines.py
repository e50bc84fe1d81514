"""Commands of this tool as a person copies them, quoted for the shell."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence

from iahome_fix.i18n import asked_language


def command_line(*words: str) -> str:
    """`iahome-fix` and these words; in the language that the command line asked for, if it asked."""
    asked = asked_language()
    return quoted(["iahome-fix", *words, *(("--lang", asked) if asked else ())])


def quoted(words: Sequence[str]) -> str:
    """The words as one line of the shell of this machine."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
