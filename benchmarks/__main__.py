"""`python -m benchmarks [NAME...]`: run the benchmarks and print ratios."""

from __future__ import annotations

import sys

from benchmarks import contexts, images, replay, startup

ALL = {"startup": startup.run, "contexts": contexts.run, "images": images.run, "replay": replay.run}


def main() -> None:
    names = sys.argv[1:] or list(ALL)
    for name in names:
        if name not in ALL:
            sys.exit(f"no benchmark called {name}; there are: {', '.join(ALL)}")
        ALL[name]()


if __name__ == "__main__":  # a benchmark starts processes that import this
    main()
