"""The answer of `registry`: what its bytes are for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerscope.answer import (
    Answer,
    Assumption,
    Column,
    Cut,
    Finding,
    Rows,
    Sentence,
    Statement,
    assumption_members,
    items_members,
)
from layerscope.figures import Figure, count, size
from layerscope.values import Value

if TYPE_CHECKING:
    from layerscope.image.registry.content import MissingBlob

_FIRST = Cut(20)


class RepositoryUse(Value):
    """Bytes that a repository's tags need; exclusive: no other repository needs them."""

    name: str
    tags: tuple[str, ...]
    referenced_bytes: int
    exclusive_bytes: int

    @property
    def shared_bytes(self) -> int:
        return self.referenced_bytes - self.exclusive_bytes


class ImageUse(Value):
    """One image of a repository under all its tags. unique_bytes: what no other image needs.

    artifact: what it is where it is no image; about: the digest of the image that it belongs to. missing: what it
    names and the registry has not.
    """

    repository: str
    tags: tuple[str, ...]
    digest: str
    referenced_bytes: int
    unique_bytes: int
    artifact: str | None = None
    about: str | None = None
    missing: tuple[MissingBlob, ...] = ()

    @property
    def name(self) -> str:
        """`app:v1, v2`"""
        return f"{self.repository}:{', '.join(self.tags)}"


class _Lack(Value):
    """One row of what is broken."""

    image: ImageUse
    missing: MissingBlob


def told_missing(missing: MissingBlob) -> str:
    """`the manifest of linux/arm64, sha256:…`"""
    of = "" if missing.platform is None else f" of {_of(missing.platform)}"
    return f"the {missing.what}{of}, {missing.digest}"


def _of(platform: str) -> str:
    return "an attestation" if platform == "attestation" else platform


class SharedLayer(Value):
    """A layer that several repositories need."""

    digest: str
    size: int
    repositories: tuple[str, ...]


class RegistryUse(Answer):
    """The answer of `registry`. blobs: all that are stored; over an API only those that a tag needs.

    unreferenced: stored, but no manifest of any repository needs it, so that garbage-collect deletes it; `None` where
    only tags can be seen. referenced_bytes: what the tags of all repositories need, each blob once; exclusive_bytes:
    what one of them alone needs.
    """

    reference: str
    repositories: tuple[RepositoryUse, ...]
    images: tuple[ImageUse, ...]
    shared_layers: tuple[SharedLayer, ...]
    blob_count: int
    blob_bytes: int
    unreferenced_count: int | None
    unreferenced_bytes: int | None
    referenced_bytes: int
    exclusive_bytes: int
    assumptions: tuple[Assumption, ...]

    @property
    def broken(self) -> list[ImageUse]:
        """The images of which something is not there."""
        return [image for image in self.images if image.missing]

    @property
    def shared_bytes(self) -> int:
        """Bytes that several repositories need, counted once."""
        return self.referenced_bytes - self.exclusive_bytes

    def statement(self) -> Statement:
        repositories = Rows(_REPOSITORIES, self.repositories, name="repositories", shown=_SHOWN_OF_REPOSITORIES)
        shared = Rows(
            _LAYERS,
            self.shared_layers,
            name="shared layers",
            title="Layers of several repositories, stored once",
            shown=("size", "layer", "repositories"),
            cut=_FIRST,
        )
        return Statement(
            "registry",
            self._headline(),
            {
                "reference": self.reference,
                "assumptions": assumption_members(self.assumptions),
                "repositories": repositories,
                "images": Rows(_IMAGES, self.images),
                "shared_layers": shared,
                "blobs": {
                    "count": self.blob_count,
                    "bytes": self.blob_bytes,
                    "unreferenced_count": self.unreferenced_count,
                    "unreferenced_bytes": self.unreferenced_bytes,
                },
            },
            tables=(
                repositories,
                *((self._broken_rows(),) if self.broken else ()),
                *((self._dearest_images(),) if self.images else ()),
                *((shared,) if self.shared_layers else ()),
            ),
            notes=self.assumptions,
            findings=self._findings,
            subject=f"`{self.reference}`",
        )

    def _headline(self) -> Sentence:
        parts: list[str | Figure] = [
            f"{self.reference}: ",
            size(self.blob_bytes),
            " in ",
            count(self.blob_count, "blob"),
        ]
        parts += [", ", count(len(self.repositories), "repository")]
        if len(self.repositories) > 1:
            parts += ["; ", size(self.shared_bytes), " shared among them"]
        if self.unreferenced_count:
            parts += ["; ", *self._unreferenced(), " needed by no manifest"]
        elif self.unreferenced_count is not None:
            parts.append("; every blob is needed")
        if len(self.broken) == 1:
            image = self.broken[0]
            parts.append(f"; {image.name} is broken: {_lacks(image.missing)}")
        elif self.broken:
            parts += ["; ", count(len(self.broken), "image"), " are broken"]
        return Sentence((*parts, "."))

    def _broken_rows(self) -> Rows:
        lacks = [_Lack(image, missing) for image in self.broken for missing in image.missing]
        return Rows(_LACKS, lacks, name="broken", title="What is not there", cut=_FIRST)

    def _unreferenced(self) -> tuple[str | Figure, ...]:
        return (size(self.unreferenced_bytes), " in ", count(self.unreferenced_count or 0, "blob"))

    def _dearest_images(self) -> Rows:
        images = sorted(self.images, key=lambda image: (-image.unique_bytes, image.repository, image.tags))
        title = "What each image alone keeps"
        return Rows(_IMAGES, images, name="images", title=title, shown=("unique", "of", "image"), cut=_FIRST)

    def _findings(self) -> Iterator[Finding]:
        for image in self.broken:
            for missing in image.missing:
                yield Finding("broken-image", f"{image.name}: {told_missing(missing)}, is not there.", None, "error")
        if self.unreferenced_count:
            text = f"{self.unreferenced_count} blobs, {self.unreferenced_bytes} bytes, are needed by no manifest."
            yield Finding("unreferenced-blobs", text, None, "note")


def _lacks(missing: tuple[MissingBlob, ...]) -> str:
    """What is gone of an image, in short."""
    gone = [lack.platform for lack in missing if lack.what == "manifest" and lack.platform is not None]
    if len(gone) == len(missing):
        return f"{', '.join(map(_of, gone))} {'is' if len(gone) == 1 else 'are'} gone"
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return f"the {missing[0].what} {missing[0].digest[:19]}{more} {'are' if more else 'is'} gone"


def _told(image: ImageUse) -> str:
    if image.artifact is None:
        return " (broken)" if image.missing else ""
    about = "" if image.about is None else f" of {image.about[7:19]}"
    return f" ({image.artifact}{about}{', broken' if image.missing else ''})"


_LACKS = (
    Column("", lambda lack: lack.image.name, "image", is_name=True, most=60),
    Column("", lambda lack: _of(lack.missing.platform or ""), "of"),
    Column("", lambda lack: lack.missing.what, "what is gone"),
    Column("", lambda lack: lack.missing.digest, "digest", is_name=True),
)
_REPOSITORIES = (
    Column("name", header="repository", is_name=True),
    Column("tags"),
    Column("referenced_bytes", lambda use: size(use.referenced_bytes), "needed", right=True),
    Column("exclusive_bytes", lambda use: size(use.exclusive_bytes), "by it alone", right=True),
    Column("shared_bytes", lambda use: size(use.shared_bytes), "shared", right=True),
)
_SHOWN_OF_REPOSITORIES = ("needed", "by it alone", "shared", "repository")
_MISSING = (Column("what"), Column("digest"), Column("platform"))
_IMAGES = (
    Column("repository"),
    Column("tags"),
    Column("digest"),
    Column("referenced_bytes", lambda use: size(use.referenced_bytes), "of", right=True),
    Column("unique_bytes", lambda use: size(use.unique_bytes), "unique", right=True),
    Column("artifact"),
    Column("about"),
    Column("missing", plain=lambda use: items_members(_MISSING, use.missing)),
    Column("", lambda use: use.name, "image", is_name=True, tail=_told),
)
_LAYERS = (
    Column("digest", lambda layer: layer.digest[7:19], "layer", is_name=True, plain=lambda layer: layer.digest),
    Column("size", lambda layer: size(layer.size), "size", right=True),
    Column("repositories", header="repositories", is_name=True, most=70),
)
