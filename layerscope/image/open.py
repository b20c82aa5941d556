"""One way in: a reference as users write it → `Image`, whatever kind of source it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layerscope.image.model import Image
from layerscope.image.reference import Reference, SourceKind, parse_reference
from layerscope.values import assert_never, replace

if TYPE_CHECKING:
    from layerscope.image.registry.access import RegistryAccess


def read_image(
    reference: str, *, platform: str | None = None, check: bool = False, access: RegistryAccess | None = None
) -> Image:
    """Reads an image's manifest, config and history; layers are opened only when their files are asked for.

    Args:
        reference: a REF: `docker-archive:FILE[:NAME:TAG|:@N]`, `oci-archive:FILE`, `oci:DIR[:TAG]`, `dir:DIR`,
            `history:FILE`, `daemon:NAME`, `registry:NAME[:TAG|@DIGEST]`, `registry-storage:DIR//NAME[:TAG]`, a path of
            such a thing, `-` for an archive or a history on standard input, or else the name of an image of the running
            engine.
        platform: `OS/ARCH[/VARIANT]`, where the image has several. Without it linux/amd64 is taken, on any machine.
        check: also hash the layers the source holds. Manifests and configs are always checked, and so is all that
            comes from a registry.
        access: which registries need no TLS, and whether their layers may be fetched; without it they are not.

    Raises:
        InputError: nothing there, not readable, damaged, or several images and none chosen.
    """
    source = parse_reference(reference)
    image = _read(source, platform, access)
    if not check:
        return image
    if source.kind is SourceKind.REGISTRY:  # whole layers are checked as they come
        return replace(image, layers=tuple(replace(layer, toc=None) for layer in image.layers))
    from layerscope.image.layers.verify import check_layers

    check_layers(image)
    return image


# Each source is imported when it is asked for: reading a history must not pay for the engine's client.
def _read(source: Reference, platform: str | None, access: RegistryAccess | None) -> Image:
    from layerscope.docker.platforms import parse_platform_option

    wanted = parse_platform_option(platform) if platform is not None else None
    kind, location, text = source.kind, source.location, source.text
    if kind is SourceKind.ARCHIVE:
        from layerscope.image.sources.archive import read_archive

        return read_archive(location, text, wanted)
    if kind is SourceKind.DOCKER_ARCHIVE:
        from layerscope.image.sources.archive import read_docker_archive_file

        return read_docker_archive_file(location, text, source.selector, source.position, wanted)
    if kind is SourceKind.OCI_ARCHIVE:
        from layerscope.image.sources.archive import read_oci_archive

        return read_oci_archive(location, text, source.selector, source.position, wanted)
    if kind is SourceKind.OCI_LAYOUT:
        from layerscope.image.sources.layout import read_layout

        return read_layout(location, text, source.selector, source.position, wanted)
    if kind is SourceKind.BLOB_DIRECTORY:
        from layerscope.image.sources.layout import read_blob_directory

        return read_blob_directory(location, text, wanted)
    if kind is SourceKind.HISTORY:
        from layerscope.image.sources.history import read_history

        return read_history(location, text, source.selector, source.position)
    if kind is SourceKind.STANDARD_INPUT:
        from layerscope.image.sources.standard_input import read_standard_input

        return read_standard_input(text, wanted)
    if kind is SourceKind.DAEMON:
        from layerscope.image.sources.engine import read_engine_image

        return read_engine_image(location, text, wanted)
    if kind is SourceKind.REGISTRY:
        from layerscope.image.registry.access import RegistryAccess
        from layerscope.image.sources.registry import read_registry_image

        return read_registry_image(location, text, wanted, access or RegistryAccess())
    if kind is SourceKind.REGISTRY_STORAGE:
        from layerscope.image.sources.registry_storage import read_storage_image

        return read_storage_image(location, text, wanted)
    assert_never(kind)
