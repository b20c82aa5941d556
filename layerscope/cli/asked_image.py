"""What `image` and `report image` ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope import api
from layerscope.cli.options import rates_of
from layerscope.cli.registry_access import INSECURE, registry_access
from layerscope.errors import InputError
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.api import ImageCost


class ImageFlags(Entity):
    """What is known beside an image, and how much of it is to be read."""

    platform: Annotated[str | None, typer.Option("--platform", help="OS/ARCH, where the image has several.")] = None
    file: Annotated[
        str | None, typer.Option("-f", "--file", help="The Dockerfile it was built from: gives lines.", metavar="FILE")
    ] = None
    target: Annotated[str | None, typer.Option("--target", help="The stage it was built from.", metavar="STAGE")] = None
    base: Annotated[
        str | None,
        typer.Option("--base", help="The image it stands on: tells base and own bytes apart.", metavar="REF"),
    ] = None
    history: Annotated[
        str | None, typer.Option("--history", help="A saved `docker history` of it: gives sizes.", metavar="FILE")
    ] = None
    timings: Annotated[
        list[str] | None, typer.Option("--timings", help="A timings file or build log: gives seconds.", metavar="FILE")
    ] = None
    timings_target: Annotated[
        str | None,
        typer.Option("--timings-target", help="Of timings of several: the target or service.", metavar="NAME"),
    ] = None
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Estimate the seconds that no timings tell; they are marked.")
    ] = False
    rates: Annotated[
        list[str] | None,
        typer.Option("--rates", help="Figures to estimate with: KEY=VALUE, or a file of them.", metavar="FILE"),
    ] = None
    no_files: Annotated[bool, typer.Option("--no-files", help="Do not read the layers.")] = False
    files: Annotated[bool, typer.Option("--files", help="Fetch and read the layers of a registry's image.")] = False
    insecure_registry: Annotated[list[str] | None, INSECURE] = None
    check: Annotated[bool, typer.Option("--check", help="Check the digests of local layers too.")] = False
    no_store: Annotated[
        bool, typer.Option("--no-store", help="Remember nothing of layers between runs, and use nothing remembered.")
    ] = False
    contents: Annotated[
        bool, typer.Option("--contents", help="Also list the largest files and directories, caches and leftovers.")
    ] = False
    duplicates: Annotated[
        bool, typer.Option("--duplicates", help="Also find content under several paths: hashes files of equal size.")
    ] = False


def ask_image(reference: str, flags: ImageFlags) -> ImageCost:
    """What an image costs. Raises InputError for options that contradict each other, too."""
    if flags.files and flags.no_files:
        raise InputError("--files and --no-files exclude each other")
    if flags.target and not flags.file:
        raise InputError("--target names a stage of a Dockerfile: give -f FILE too", flags.target)
    if flags.no_files and (flags.contents or flags.duplicates):
        raise InputError("--no-files leaves unread what --contents and --duplicates ask about")
    api.remember(not flags.no_store)
    return api.image(
        reference,
        platform=flags.platform,
        check=flags.check,
        history=flags.history,
        access=registry_access(flags.insecure_registry, layers=flags.files),
        dockerfile=flags.file,
        target=flags.target,
        base=flags.base,
        timings=api.read_timings(flags.timings or (), target=flags.timings_target),
        rates=rates_of(flags.rates, estimate=flags.estimate),
        files=not flags.no_files,
        contents=flags.contents,
        duplicates=flags.duplicates,
    )
