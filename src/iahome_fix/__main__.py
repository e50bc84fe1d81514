"""`python -m iahome_fix` and the command `iahome-fix`."""

from __future__ import annotations

import gc
import sys

from iahome_fix.systems import stopping

_OBJECTS = 50_000
"""So many new ones before cycles are looked for: at the usual 700 that takes an eighth of a short run."""


def main() -> None:
    """Run the command line and end the process with the contract's exit code."""
    gc.set_threshold(_OBJECTS)
    stopping.listen()
    too_early = False
    try:
        try:
            with stopping.held_back():
                from iahome_fix.cli.entry import end, run, stopped
        except KeyboardInterrupt:
            too_early = True
        code = stopped(sys.argv[1:]) if too_early else run(sys.argv[1:])
    except (KeyboardInterrupt, NameError):  # asked twice while the first modules were loaded
        sys.exit(130)
    end(code)


if __name__ == "__main__":
    main()
