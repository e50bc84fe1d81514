"""How child processes are started here: out of reach of the terminal's Ctrl-C, without a console window."""

from __future__ import annotations

import sys
from typing import Any


def detached() -> dict[str, Any]:
    """Arguments for `subprocess.Popen` that put the child into a session (process group) of its own.

    A Ctrl-C on the terminal goes to the whole foreground group: it must stop this tool, which then stops its
    children in order, and not the children at the same moment.
    """
    if sys.platform == "win32":
        import subprocess

        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def as_user(name: str | None) -> dict[str, Any]:
    """Arguments for `subprocess.Popen` that run the child as another system user (Unix, as root only)."""
    if name is None or sys.platform == "win32":
        return {}
    import pwd

    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
