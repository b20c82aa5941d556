"""What `compare` and `report compare` ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope import api
from layerscope.cli.after_flags import AfterFlags
from layerscope.cli.options import BuildFlags, PriceFlags, SentFlags, WithoutGit, given_options, only_for_contexts
from layerscope.cli.progress import Progress
from layerscope.cli.registry_access import INSECURE, registry_access
from layerscope.errors import InputError
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.api import Comparison, GivenPlace, Image

_OF_IMAGES = frozenset({"--files", "--no-files", "--check", "--insecure-registry"})
_OF_BOTH = frozenset({"--image-store", "--after-timings", "--after-timings-target", "--history", "--after-history"})


class CompareFlags(Entity):
    """What is known of each side's image and build beside its context."""

    commits: Annotated[
        int | None,
        typer.Option(
            "--commits",
            help="Also replay both Dockerfiles over the last N commits that hold BEFORE.",
            metavar="N",
            min=1,
        ),
    ] = None

    without_git: WithoutGit = False
    change: Annotated[
        list[str] | None, typer.Option("--change", help="A scenario: these paths change on both sides.", metavar="A,B")
    ] = None
    after_image: Annotated[
        str | None, typer.Option("--after-image", help="The image built from AFTER.", metavar="REF")
    ] = None
    history: Annotated[
        str | None, typer.Option("--history", help="A saved `docker history` of the first image.", metavar="FILE")
    ] = None
    after_history: Annotated[
        str | None, typer.Option("--after-history", help="The same of the second.", metavar="FILE")
    ] = None
    after_timings: Annotated[
        list[str] | None, typer.Option("--after-timings", help="Timings of AFTER, if it has its own.", metavar="FILE")
    ] = None
    after_timings_target: Annotated[
        str | None,
        typer.Option("--after-timings-target", help="The same as --timings-target, of AFTER.", metavar="NAME"),
    ] = None
    files: Annotated[bool, typer.Option("--files", help="Fetch and read the layers of images of a registry.")] = False
    no_files: Annotated[bool, typer.Option("--no-files", help="Do not read the layers of images.")] = False
    check: Annotated[bool, typer.Option("--check", help="Check the digests of local layers too.")] = False
    insecure_registry: Annotated[list[str] | None, INSECURE] = None


def ask_compare(
    before: str,
    after: str,
    build: BuildFlags,
    after_build: AfterFlags,
    more: CompareFlags,
    sent: SentFlags,
    price: PriceFlags,
) -> Comparison:
    """Two contexts or two images against each other. Raises InputError if they are of two kinds."""
    api.remember(not build.no_store)
    contexts = api.both_contexts(before, after)
    if contexts is not None:
        return _contexts(*contexts, build, after_build, more, sent, price)
    allowed = {"--platform", "--timings", "--timings-target", "--estimate", "--rates", *_OF_IMAGES, *_OF_BOTH}
    only_for_contexts(before, allowed, build, after_build, more, sent, price)
    return _images(before, after, build, more)


def _images(before: str, after: str, build: BuildFlags, more: CompareFlags) -> Comparison:
    if more.files and more.no_files:
        raise InputError("--files and --no-files exclude each other")
    access = registry_access(more.insecure_registry, layers=more.files)
    first, second = (
        api.image(
            reference,
            platform=build.image_platform,
            check=more.check,
            history=history,
            access=access,
            timings=costs,
            files=not more.no_files,
        )
        for reference, history, costs in (
            (before, more.history, build.costs()),
            (after, more.after_history, build.costs(more.after_timings, more.after_timings_target)),
        )
    )
    return api.compare(first, second, image_store=build.image_store)


def _contexts(
    before: GivenPlace,
    after: GivenPlace,
    build: BuildFlags,
    after_build: AfterFlags,
    more: CompareFlags,
    sent: SentFlags,
    price: PriceFlags,
) -> Comparison:
    if wrong := [name for name in given_options(more) if name in _OF_IMAGES]:
        raise InputError(f"{', '.join(wrong)}: for images; this is a build context", before.text)
    per_minute = api.read_price(price.price)
    sides = api.open_sides(
        before,
        after=after,
        without_git=more.without_git,
        file=build.file,
        options=build.options(),
        after_options=after_build.options(),
    )
    with Progress("commits") as progress:
        return api.compare(
            sides,
            changes=[[path for path in text.split(",") if path] for text in more.change] if more.change else None,
            before_timings=build.costs(),
            after_timings=build.costs(more.after_timings, more.after_timings_target),
            before_image=_built(build.image, more.history),
            after_image=_built(more.after_image, more.after_history),
            count_context=sent.context_bytes,
            price=per_minute,
            commits=more.commits,
            without_git=more.without_git,
            walked=progress.show,
        )


def _built(reference: str | None, history: str | None) -> Image | None:
    return None if reference is None else api.read_image(reference, history=history)
