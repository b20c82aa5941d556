"""`layerscope image`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope.cli.image_input import ask_image, costs_of
from layerscope.cli.options import with_flags
from layerscope.cli.output import hint, print_answer
from layerscope.cli.registry_input import registry_access
from layerscope.errors import InputError
from layerscope.remembered import Remembering
from layerscope.report.formats import Format
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.analysis.answers.image import ImageCost

app = typer.Typer(rich_markup_mode=None)


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
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Estimate the seconds that no timings tell; they are marked.")
    ] = False
    rates: Annotated[
        list[str] | None,
        typer.Option("--rates", help="Figures to estimate with: KEY=VALUE, or a file of them.", metavar="FILE"),
    ] = None
    no_files: Annotated[bool, typer.Option("--no-files", help="Do not read the layers.")] = False
    files: Annotated[bool, typer.Option("--files", help="Fetch and read the layers of a registry's image.")] = False
    insecure_registry: Annotated[
        list[str] | None,
        typer.Option(
            "--insecure-registry", help="A registry that may be without TLS or a trusted certificate.", metavar="HOST"
        ),
    ] = None
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


@app.command()
@with_flags(ImageFlags)
def image(
    flags: ImageFlags,
    reference: Annotated[
        str, typer.Argument(metavar="REF", help="docker-archive:FILE, oci:DIR, registry:NAME, daemon:NAME, a path, …")
    ],
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
    max_size: Annotated[
        int | None, typer.Option("--max-size", help="Exit 1 if the image is larger.", metavar="BYTES", min=0)
    ] = None,
    max_waste: Annotated[
        int | None, typer.Option("--max-waste", help="Exit 1 if more is wasted.", metavar="BYTES", min=0)
    ] = None,
    min_efficiency: Annotated[
        float | None, typer.Option("--min-efficiency", help="Exit 1 below this (0 to 1).", min=0, max=1)
    ] = None,
    html: Annotated[str | None, typer.Option("--html", help="Also write a report.", metavar="FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the report.")] = False,
) -> int:
    """Say what each instruction of an image costs in bytes.

    \b
    Examples:
      layerscope image docker-archive:app.tar
      layerscope image app:latest -f Dockerfile --timings build.rawjson
      layerscope image app:latest --contents --duplicates
      layerscope image history:history.txt --format json
      layerscope image registry:debian:12-slim             manifest and config alone
    """
    from layerscope.analysis.gates import broken_image_gates

    cost = ask(reference, flags)
    if html:
        from layerscope.cli.output import write_file
        from layerscope.report.formats import page

        write_file(html, page(cost), force=force)
    print_answer(output, cost)
    broken = broken_image_gates(cost, max_size=max_size, max_waste=max_waste, min_efficiency=min_efficiency)
    for gate in broken:
        hint(f"layerscope: gate failed: {gate}")
    return 1 if broken else 0


def ask(reference: str, flags: ImageFlags) -> ImageCost:
    """Read an image as the options say. Raises InputError for options that contradict each other, too."""
    if flags.files and flags.no_files:
        raise InputError("--files and --no-files exclude each other")
    if flags.target and not flags.file:
        raise InputError("--target names a stage of a Dockerfile: give -f FILE too", flags.target)
    if flags.no_files and (flags.contents or flags.duplicates):
        raise InputError("--no-files leaves unread what --contents and --duplicates ask about")
    Remembering.enabled = not flags.no_store
    return ask_image(
        reference,
        platform=flags.platform,
        check=flags.check,
        no_files=flags.no_files,
        file=flags.file,
        target=flags.target,
        base=flags.base,
        history=flags.history,
        costs=costs_of(flags.timings, estimate=flags.estimate, rates=flags.rates),
        access=registry_access(flags.insecure_registry, layers=flags.files),
        contents=flags.contents,
        duplicates=flags.duplicates,
    )
