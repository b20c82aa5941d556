"""The door of the program: small, so that an interrupt while the rest is imported leaves as one should."""

from __future__ import annotations

import gc
import sys

from layerscope.cli.exits import EXIT_INTERRUPTED


def main() -> None:
    """Run the command line and leave with its exit status."""
    # What a run makes it needs to its end: the collector would only walk it over and over.
    gc.disable()
    try:
        from layerscope.cli.app import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
    gc.freeze()  # what is left goes with the process: no last walk over it
    sys.exit(status)
