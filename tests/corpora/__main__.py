"""`python -m tests.corpora`: BuildKit's and patternmatcher's own test corpora against Layerscope's reading.

    python -m tests.corpora --buildkit PATH --patternmatcher PATH [--rev REV] [--patternmatcher-rev REV]

Each PATH is a git repository (bare or not), read at a revision without a checkout, or a plain directory of its
files. Every difference is shown, and everything that does not apply with its reason; a row that is not understood
stops the run. Exit status: 0 all agree, 1 differences, 2 a corpus that cannot be read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.corpora import instruction_tables, parser_files, parser_tables, pattern_tables, shell_tables
from tests.corpora.results import Corpus, report
from tests.corpora.source import CorpusError, Source

ENGINES_BUILDKIT = "v0.25.2"  # the one the engine of the tests brings


def main(words: list[str] | None = None) -> int:
    asked = _arguments(words)
    corpora: list[Corpus] = []
    try:
        if asked.buildkit:
            buildkit = _opened(asked.buildkit, asked.rev, ENGINES_BUILDKIT)
            print(f"BuildKit: {buildkit.title}")
            for room in (parser_files, parser_tables, instruction_tables, shell_tables):
                corpora += room.corpora(buildkit)
        if asked.patternmatcher:
            patternmatcher = _opened(asked.patternmatcher, asked.patternmatcher_rev, None)
            print(f"patternmatcher: {patternmatcher.title}")
            corpora += pattern_tables.corpora(patternmatcher)
    except CorpusError as error:
        print(f"corpus not understood: {error}", file=sys.stderr)
        return 2
    print(report(corpora))
    return 1 if any(corpus.differences for corpus in corpora) else 0


def _opened(path: str, revision: str | None, preferred: str | None) -> Source:
    source = Source(Path(path), revision)
    if revision is None and preferred is not None and source.has_revision(preferred):
        return Source(Path(path), preferred)
    return source


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.corpora", description=__doc__.splitlines()[0])
    parser.add_argument("--buildkit", metavar="PATH", help="moby/buildkit: a repository or a directory")
    parser.add_argument("--patternmatcher", metavar="PATH", help="moby/patternmatcher: a repository or a directory")
    parser.add_argument("--rev", help=f"BuildKit's revision (default: {ENGINES_BUILDKIT} where it is known, or HEAD)")
    parser.add_argument("--patternmatcher-rev", metavar="REV", help="patternmatcher's revision (default: HEAD)")
    asked = parser.parse_args(words)
    if not asked.buildkit and not asked.patternmatcher:
        parser.error("give --buildkit, --patternmatcher or both")
    return asked


if __name__ == "__main__":
    sys.exit(main())
