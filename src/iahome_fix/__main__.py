"""`python -m iahome_fix` and the command `iahome-fix`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with the contract's exit code."""
    try:
        from iahome_fix.cli.entry import end, run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the first modules were loaded
        sys.exit(130)
    end(code)


if __name__ == "__main__":
    main()
