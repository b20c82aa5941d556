"""An image and its layers.

Every source (archive, layout, engine, registry, saved history) yields an `Image`; what a source cannot
know is `None`, never 0. Nothing that asks questions of an image learns where it came from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, ClassVar

from layerscope.answer import Assumption
from layerscope.docker.model import HistoryEntry, ImageConfig, Platform
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.docker.provenance import Provenance


class TableOfContents(Value):
    """What a manifest states of the list of files inside a layer. digest: of the list. position: start, length and
    expanded length in the blob (zstd:chunked), None where the blob's end tells it (eStargz)."""

    digest: str
    position: tuple[int, int, int] | None = None


class Layer(Value):
    """One non-empty layer, bottom first in `Image.layers`.

    digest: of the stored blob. diff_id: of the uncompressed tar. compressed_size: bytes of the blob as a registry keeps
    it; not known of the plain tars of `docker save`. open_tar: a fresh readable stream of the blob as stored (any
    compression), or `None` where the source does not hold the layer's bytes. stored_as_link: `docker save` wrote no tar
    for this layer but a link to that of another one with the same content; nothing is stored for it. checked: what
    `open_tar` gives is checked against the digest, or kept by an engine under the diff ID where there is no digest.
    toc: what the manifest states of a list of files inside. fetch_part: bytes of the blob from a position, where they
    come over a network and no more than these; it gives None where it cannot.
    """

    diff_id: str | None = None
    digest: str | None = None
    compressed_size: int | None = None
    media_type: str | None = None
    stored_as_link: bool = False
    open_tar: Callable[[], BinaryIO] | None = None
    checked: bool = False
    toc: TableOfContents | None = None
    fetch_part: Callable[[int, int], bytes | None] | None = None

    not_compared: ClassVar = frozenset({"open_tar", "checked", "fetch_part"})


class Image(Value):
    """One image of one platform, from whatever source.

    reference: as the user named it. digest: of the manifest (`None` in a docker-archive).
    config: `None` where only a history was given. names: repository:tag names the source gives it.
    provenance: reads what the builder attached of where the layers come from. provenance_with_layers: it only comes
    along with all layers.
    """

    reference: str
    config: ImageConfig | None
    history: tuple[HistoryEntry, ...]
    layers: tuple[Layer, ...]
    digest: str | None = None
    config_digest: str | None = None
    platform: Platform | None = None
    names: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()  # what the source could not tell or took for granted
    provenance: Callable[[], Provenance | None] | None = None
    provenance_with_layers: bool = False

    not_compared: ClassVar = frozenset({"provenance", "provenance_with_layers"})

    def provenance_at_hand(self, *, lines: bool, layers: bool) -> Provenance | None:
        """The provenance, where it takes no more than was asked for. lines: a Dockerfile is given; layers: they are
        read, from the source or from memory."""
        if self.provenance is None or not (lines and layers if self.provenance_with_layers else lines or layers):
            return None
        return self.provenance()
