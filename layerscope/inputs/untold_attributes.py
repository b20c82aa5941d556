"""What is taken for granted of extended attributes where they cannot be known."""

from __future__ import annotations

from layerscope.answer import Assumption
from layerscope.dockerfile.instructions import Copy, Mount, Run
from layerscope.dockerfile.stages import Dockerfile

_KIND = "extended-attributes"
_BY_SYSTEM = "this system does not tell extended attributes of files: they are taken as the same on both sides"
_BY_SNAPSHOT = "the snapshot was taken without extended attributes of files: a file is taken to have had none"


def untold_by_system(dockerfile: Dockerfile, context: str) -> tuple[Assumption, ...]:
    """Of a context that is read from a directory, where the system tells none."""
    return (Assumption(_KIND, context, _BY_SYSTEM),) if _reads_context(dockerfile) else ()


def untold_by_snapshot(dockerfile: Dockerfile, file: str) -> tuple[Assumption, ...]:
    """Of a snapshot that does not hold them."""
    return (Assumption(_KIND, file, _BY_SNAPSHOT),) if _reads_context(dockerfile) else ()


def _reads_context(dockerfile: Dockerfile) -> bool:
    """Whether a step may read files of a context."""
    instructions = [each for stage in dockerfile.stages for each in stage.instructions]
    copies = [each for each in instructions if isinstance(each, Copy)]
    mounts = [mount for each in instructions if isinstance(each, Run) for mount in each.mounts]
    return any(copy.sources and copy.from_name is None for copy in copies) or any(map(_is_of_context, mounts))


def _is_of_context(mount: Mount) -> bool:
    kind = next((field for field in mount.fields if field.startswith("type=")), "type=bind")
    return kind == "type=bind" and mount.from_name is None
