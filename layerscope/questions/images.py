"""Questions about images and what keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.errors import InputError
from layerscope.inputs.place import StrPath, text_of, texts_of
from layerscope.questions.seconds import read_timings

if TYPE_CHECKING:
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.answers.registry_use import RegistryUse
    from layerscope.analysis.side import Side
    from layerscope.cost.model import Costs
    from layerscope.cost.rates import Rates
    from layerscope.dockerfile.stages import Dockerfile
    from layerscope.exported import TimingsFiles
    from layerscope.image.model import Image
    from layerscope.image.registry.access import RegistryAccess
    from layerscope.inputs.sides import Sides


def read_image(
    reference: StrPath,
    *,
    platform: str | None = None,
    check: bool = False,
    history: StrPath | None = None,
    access: RegistryAccess | None = None,
) -> Image:
    """An image from any source, its layers not yet read.

    Args:
        reference: as `layerscope image` takes it: `docker-archive:FILE`, `oci:DIR`, `registry:NAME`, a path, a name.
        platform: `OS/ARCH`, where the image has several.
        check: also hash the layers that the source holds.
        history: a saved `docker history` of it, for sizes.
        access: how registries are spoken to, of `registry_access`; without it no layers are fetched.

    Returns:
        Its config, history and layers.

    Raises:
        InputError: nothing is there, it is damaged, or there are several images and none is chosen.
    """
    from layerscope.image.open import read_image as read

    image = read(text_of(reference, "an image"), platform=platform, check=check, access=access)
    if history is None:
        return image
    from layerscope.analysis.image_cost import with_history_sizes

    return with_history_sizes(image, read(f"history:{text_of(history, 'a saved history')}"))


def image_cost(
    image: Image,
    *,
    dockerfile: StrPath | Dockerfile | None = None,
    target: str | None = None,
    base: Image | None = None,
    timings: TimingsFiles | Costs = (),
    rates: Rates | None = None,
    files: bool = True,
    contents: bool = False,
    duplicates: bool = False,
) -> ImageCost:
    """What each instruction of an image that was read costs.

    Args:
        image: of `read_image`.
        dockerfile: the one it was built from, for the lines; without it they are those of the Dockerfile in the image's
            provenance, if it has one.
        target: the stage it was built from.
        base: the image it stands on, which tells base and own bytes apart.
        timings: files as `--timings` takes them, or what `read_timings` gave.
        rates: to estimate what these do not tell, of `read_rates`.
        files: whether to read the layers.
        contents: also list the largest files and directories, caches and leftovers.
        duplicates: also find content under several paths.

    Returns:
        Bytes, files and seconds of each instruction, None where unknown; what is wasted.

    Raises:
        InputError: a layer or the Dockerfile cannot be read.
    """
    from layerscope.analysis.image_cost import image_cost as ask
    from layerscope.values import replace

    parsed = _dockerfile(dockerfile)
    measured = None
    if files:
        from layerscope.image.layers.measure import measure
        from layerscope.image.layers.memory import memory_of_user

        measured = measure(image, memory_of_user())
    cost = ask(
        image,
        files=measured,
        dockerfile=parsed,
        target=target,
        base=base,
        costs=read_timings(timings, rates),
        provenance=image.provenance_at_hand(lines=parsed is not None, layers=files),
    )
    if measured is not None and contents:
        from layerscope.analysis.image_contents import image_contents

        cost = replace(cost, contents=image_contents(measured.listings))
    if measured is not None and duplicates:
        from layerscope.image.layers.duplicates import find_duplicates

        cost = replace(cost, duplicates=find_duplicates(image, measured.listings))
    return cost


def image(
    reference: Image | StrPath,
    *,
    platform: str | None = None,
    check: bool = False,
    history: StrPath | None = None,
    access: RegistryAccess | None = None,
    dockerfile: StrPath | Dockerfile | None = None,
    target: str | None = None,
    base: Image | StrPath | None = None,
    timings: TimingsFiles | Costs = (),
    rates: Rates | None = None,
    files: bool = True,
    contents: bool = False,
    duplicates: bool = False,
) -> ImageCost:
    """What each instruction of an image costs: `read_image`, then `image_cost`.

    Args:
        reference: where the image lies, as `layerscope image` takes it; or one that was read.
        platform: as for `read_image`, like check, history and access.
        check: also hash the layers that the source holds.
        history: a saved `docker history` of it, for sizes.
        access: how registries are spoken to, of `registry_access`.
        dockerfile: as for `image_cost`, like all that follow.
        target: the stage it was built from.
        base: the image it stands on, or where that lies.
        timings: files as `--timings` takes them, or what `read_timings` gave.
        rates: to estimate what these do not tell, of `read_rates`.
        files: whether to read the layers.
        contents: also list the largest files and directories, caches and leftovers.
        duplicates: also find content under several paths.

    Returns:
        Bytes, files and seconds of each instruction, None where unknown; what is wasted.

    Raises:
        InputError: something cannot be read, or there are several images and none is chosen.
    """
    found = opened(reference, platform=platform, check=check, history=history, access=access)
    return image_cost(
        found,
        dockerfile=dockerfile,
        target=target,
        base=None if base is None else opened(base, platform=platform, access=access),
        timings=timings,
        rates=rates,
        files=files,
        contents=contents,
        duplicates=duplicates,
    )


def registry(
    place: StrPath,
    names: str | Iterable[str] = (),
    *,
    access: RegistryAccess | None = None,
    say: Callable[[str], None] | None = None,
) -> RegistryUse:
    """What a registry's bytes are for: shared, unique per image, needed by nobody.

    Args:
        place: a registry's folder, or its address.
        names: only these repositories; all if none.
        access: how a registry is spoken to, of `registry_access`.
        say: takes lines about what could not be read.

    Returns:
        Bytes of each repository and of what nobody needs.

    Raises:
        InputError: it cannot be read, or has no such repository.
    """
    from layerscope.analysis.registry_use import registry_use
    from layerscope.image.registry.content import read_content

    where, wanted = text_of(place, "a registry"), texts_of(names, "a repository")
    if Path(where).is_dir():
        from layerscope.image.registry.storage import RegistryStorage

        return registry_use(read_content(RegistryStorage(where)), wanted)
    from layerscope.image.registry.api import open_registry

    return registry_use(read_content(open_registry(where, access or registry_access()), wanted, say), wanted)


def registry_access(
    insecure: str | Iterable[str] = (), *, layers: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> RegistryAccess:
    """How registries are spoken to.

    Args:
        insecure: hosts, with their ports where they have one, that may be without TLS or a trusted certificate.
        layers: whether layers may be fetched.
        progress: is told the digest of a layer that is fetched, the bytes that have come and all of them.

    Raises:
        InputError: an insecure registry is no host.
    """
    from layerscope.image.registry.access import RegistryAccess

    hosts = frozenset(texts_of(insecure, "a registry's host"))
    if any("/" in host or "@" in host or not host for host in hosts):
        raise InputError("--insecure-registry takes a host, with its port where it has one: HOST[:PORT]")
    return RegistryAccess(hosts, layers, progress=progress)


def opened(
    given: Image | StrPath,
    *,
    platform: str | None = None,
    check: bool = False,
    history: StrPath | None = None,
    access: RegistryAccess | None = None,
) -> Image:
    """An image that was read already, or one to read as `read_image` does."""
    from layerscope.image.model import Image

    if isinstance(given, Image):
        return given
    return read_image(given, platform=platform, check=check, history=history, access=access)


def image_of(
    side: Side, given: ImageCost | Image | StrPath | None, sides: Sides | None = None
) -> tuple[Side, ImageCost | None]:
    """What the last build of a side left, its lines those of the side's Dockerfile; and the side with what that takes
    for granted. sides: those it is one of."""
    if given is None:
        return side, None
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.dockerfile.stages import DockerfileSource
    from layerscope.values import replace

    if isinstance(given, ImageCost):
        return side, given
    if side.dockerfile.source is DockerfileSource.HISTORY:
        cost = image_cost(sides.image if sides is not None and sides.image is not None else opened(given))
        rows = tuple(replace(row, line=row.index + 1) for row in cost.instructions)
        return side, replace(cost, instructions=rows, lines_exact=True)
    cost = image_cost(opened(given), dockerfile=side.dockerfile, target=side.options.target)
    return replace(side, assumptions=(*side.assumptions, *cost.assumptions)), cost


def _dockerfile(given: StrPath | Dockerfile | None) -> Dockerfile | None:
    if given is None:
        return None
    from layerscope.dockerfile.stages import Dockerfile

    if isinstance(given, Dockerfile):
        return given
    from layerscope.inputs.contexts import open_dockerfile

    return open_dockerfile(given)
