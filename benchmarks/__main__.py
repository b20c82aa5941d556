"""`python -m benchmarks [NAME...]`: run the benchmarks and print ratios."""

from __future__ import annotations

import compileall
import sys
from pathlib import Path

from benchmarks import contexts, images, replay, startup

ALL = {"startup": startup.run, "contexts": contexts.run, "images": images.run, "replay": replay.run}


def main() -> None:
    names = sys.argv[1:] or list(ALL)
    for name in names:
        if name not in ALL:
            sys.exit(f"no benchmark called {name}; there are: {', '.join(ALL)}")
    # As installing the program from a wheel does.
    compileall.compile_dir(Path(__file__).parent.parent / "layerscope", quiet=1)
    for name in names:
        ALL[name]()


if __name__ == "__main__":  # a benchmark starts processes that import this
    main()
