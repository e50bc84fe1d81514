"""`python -m iahome_fix` and the command `iahome-fix`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with the contract's exit code."""
    from iahome_fix.cli.entry import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
