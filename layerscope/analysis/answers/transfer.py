"""What goes over a wire: layers of an image, and the files of a build context."""

from __future__ import annotations

from layerscope.answer import Assumption, Document
from layerscope.figures import Figure, known_or_guessed
from layerscope.values import Value


class Transfer(Value):
    """What a host that has BEFORE must fetch to run AFTER, or a push to the registry that has BEFORE must send.

    Bytes are compressed, None where a layer's are unknown; they may be estimated then. because: of a push, what the
    engine says of the layers that it need not send; None where there are none, or the images' names do not tell which
    it is.
    """

    bytes: int | None
    layers_reused: int
    layers_sent: int
    bytes_reused: int | None = None
    because: str | None = None
    estimate: int | None = None
    estimate_reused: int | None = None

    @property
    def figure(self) -> Figure:
        """The bytes that are sent."""
        return known_or_guessed(self.bytes, self.estimate)

    @property
    def figure_reused(self) -> Figure:
        """The bytes that are there."""
        return known_or_guessed(self.bytes_reused, self.estimate_reused)


class RebuiltLayers(Value):
    """The layers of an image that a rebuild makes anew; least: of the steps that re-run, most: open ones, too.

    Both are what a push sends as well as what a host with the last image pulls: on a store that knows layers by all
    that lies below, no step is taken from the cache above one that re-runs. export: as the builder writes them.
    """

    least: Transfer
    most: Transfer
    export_bytes: int | None
    export_bytes_max: int | None
    reference: str

    @property
    def assumption(self) -> Assumption:
        text = "a layer that is made anew is taken to be as large as it is in this image"
        return Assumption("layer-sizes", self.reference, text)

    @property
    def members(self) -> Document:
        """The document's `transfer`."""
        return {
            "bytes": self.least.bytes,
            "bytes_max": self.most.bytes,
            "layers_reused": self.least.layers_reused,
            "layers_sent": self.least.layers_sent,
            "layers_sent_max": self.most.layers_sent,
        }

    @property
    def export_members(self) -> Document:
        """The document's `export`."""
        return {
            "bytes": self.export_bytes,
            "bytes_max": self.export_bytes_max,
            "push_bytes": self.least.bytes,
            "push_bytes_max": self.most.bytes,
        }


class SentContext(Value):
    """Files and bytes that a build sends; changed: of those, what a builder lacks that has the last build's copy.

    Bytes are None where a file's size is not known. The classic builder keeps no copy: it is sent all each time.
    """

    files: int
    bytes: int | None
    changed_files: int
    changed_bytes: int | None

    @property
    def members(self) -> Document:
        """The document's `context`."""
        return {
            "files": self.files,
            "bytes": self.bytes,
            "changed_files": self.changed_files,
            "changed_bytes": self.changed_bytes,
        }
