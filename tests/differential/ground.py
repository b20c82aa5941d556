"""What a writer of instructions knows: the context's files, and what lies where in the stages."""

from __future__ import annotations

import posixpath
import random

from tests.differential.case import Files
from tests.differential.contexts import folders, sendable
from tests.differential.draft import Draft, DraftStage


class Ground:
    """One stage of a draft that is being written, over one context."""

    def __init__(self, rng: random.Random, draft: Draft, stage: DraftStage, files: Files, buildkit: bool) -> None:
        self.rng = rng
        self.draft = draft
        self.stage = stage
        self.files = files
        self.buildkit = buildkit
        self.names = sendable(files)
        sent = {path[:at] for path in self.names for at, char in enumerate(path) if char == "/"}
        self.folders = sorted(sent) or folders(files) or ["."]

    def folder(self) -> str:
        return self.rng.choice(("/d", "/d/e", "d", "/app", "/app/src", "sub/dir", "/d/", "/opt/x", "/w"))

    def absolute(self, path: str) -> str:
        return posixpath.normpath(posixpath.join(self.stage.directory, path))

    def learn(self, path: str, folder: bool) -> None:
        self.stage.known[self.absolute(path)] = folder

    def learn_tree(self, folder: str, destination: str) -> None:
        self.learn(destination, True)
        prefix = folder + "/" if folder else ""
        for path in self.names:
            if path.startswith(prefix) and self.rng.random() < 0.3:
                self.learn(posixpath.join(destination, path[len(prefix) :]), False)

    def sources(self) -> list[tuple[str, DraftStage]]:
        """Earlier stages that have something to copy, under a name or number, and what lies outside the file."""
        found = [(name, stage) for name, stage in self.draft.outer.items() if stage.known]
        mine = next((number for number, stage in enumerate(self.draft.stages) if stage is self.stage), 0)
        for number, stage in enumerate(self.draft.stages[:mine]):
            if stage.known:
                found += [(stage.name or str(number), stage)] * 2
        return found
