"""What `COPY --from=NUMBER` means: a stage or, past the last one, what an instruction above it has registered.

BuildKit keeps one list: all stages, and after them each image that a `from=` names, and for each mount without a
`from=` an empty file system.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from layerscope.dockerfile.instructions import Copy, Instruction, Run

_NUMBER = re.compile(r"[+-]?[0-9]+")


def is_number(name: str) -> bool:
    return _NUMBER.fullmatch(name) is not None


class NumberedStates:
    """Grows as instructions are met, those of all stages in the order of the file, then triggers of bases."""

    def __init__(self, stages: int, names: Collection[str]) -> None:
        self.stages = stages
        self.names = names
        self.further: list[str] = []
        self._means: dict[int, str] = {}

    def meet(self, instruction: Instruction) -> None:
        """Find what its number means, and register what it names. Raises ValueError for a number of nothing."""
        if isinstance(instruction, Copy) and instruction.from_name:
            if not is_number(instruction.from_name):
                self._register(instruction.from_name)
                return
            number = int(instruction.from_name)
            if not 0 <= number < self.stages + len(self.further):
                raise ValueError(f"invalid stage index {number}")
            if number >= self.stages:
                self._means[id(instruction)] = self.further[number - self.stages]
        elif isinstance(instruction, Run):
            # A mount's `from=` is a name, also where it looks like a number.
            for mount in instruction.mounts:
                self._register(mount.from_name or "scratch")

    def name(self, instruction: Instruction, name: str) -> str:
        """The name that stands for a number past the last stage; any other is given back as it is."""
        return self._means.get(id(instruction), name)

    def _register(self, name: str) -> None:
        if name.lower() not in self.names:
            self.further.append(name)
