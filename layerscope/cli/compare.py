"""`layerscope compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope.analysis.answers.comparison import Comparison
from layerscope.analysis.answers.image import ImageCost
from layerscope.analysis.compare import ContextSide
from layerscope.cli.image_input import ask_image, build_costs, is_context
from layerscope.cli.options import (
    AfterFlags,
    BuildFlags,
    PriceFlags,
    SentFlags,
    given_options,
    only_for_contexts,
    with_flags,
)
from layerscope.cli.output import hint, print_answer
from layerscope.cli.registry_input import registry_access
from layerscope.cost.model import Costs
from layerscope.dockerfile.stages import Dockerfile
from layerscope.errors import InputError
from layerscope.remembered import Remembering
from layerscope.report.formats import Format
from layerscope.values import Entity, replace

if TYPE_CHECKING:
    from layerscope.analysis.side import Side

app = typer.Typer(rich_markup_mode=None)

_OF_IMAGES = frozenset({"--files", "--no-files", "--check", "--insecure-registry"})
_OF_BOTH = frozenset({"--image-store", "--after-timings", "--history", "--after-history"})


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
    files: Annotated[bool, typer.Option("--files", help="Fetch and read the layers of images of a registry.")] = False
    no_files: Annotated[bool, typer.Option("--no-files", help="Do not read the layers of images.")] = False
    check: Annotated[bool, typer.Option("--check", help="Check the digests of local layers too.")] = False
    insecure_registry: Annotated[
        list[str] | None,
        typer.Option(
            "--insecure-registry", help="A registry that may be without TLS or a trusted certificate.", metavar="HOST"
        ),
    ] = None


@app.command()
@with_flags(BuildFlags, AfterFlags, CompareFlags, SentFlags, PriceFlags)
def compare(
    build: BuildFlags,
    after_build: AfterFlags,
    more: CompareFlags,
    sent: SentFlags,
    price: PriceFlags,
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="A build context, or an image REF.")],
    after: Annotated[str, typer.Argument(metavar="AFTER", help="A build context, or an image REF.")],
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
    fail_on_slower: Annotated[
        bool, typer.Option("--fail-on-slower", help="Exit 1 if a scenario takes longer after.")
    ] = False,
    html: Annotated[str | None, typer.Option("--html", help="Also write a report.", metavar="FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the report.")] = False,
) -> int:
    """Hold two build contexts or two images against each other.

    \b
    Examples:
      layerscope compare before/ after/ --change app.rb --timings build.rawjson
      layerscope compare docker-archive:old.tar docker-archive:new.tar
    """
    from layerscope.analysis.gates import slower_scenarios

    answer = ask_compare(before, after, build, after_build, more, sent, price)
    if html:
        from layerscope.cli.output import write_file
        from layerscope.report.formats import page

        write_file(html, page(answer), force=force)
    print_answer(output, answer)
    slower = slower_scenarios(answer) if fail_on_slower else []
    for gate in slower:
        hint(f"layerscope: gate failed: {gate}")
    return 1 if slower else 0


def ask_compare(
    before: str,
    after: str,
    build: BuildFlags,
    after_build: AfterFlags,
    more: CompareFlags,
    sent: SentFlags,
    price: PriceFlags,
) -> Comparison:
    """Open both sides, contexts or images, and compare them. Raises InputError if they are of two kinds."""
    from layerscope.analysis.compare import compare_contexts, compare_images

    Remembering.enabled = not build.no_store
    kinds = (is_context(before), is_context(after))
    if kinds[0] != kinds[1]:
        raise InputError("compare takes two build contexts or two images, not one of each", before)
    if not kinds[0]:
        allowed = {"--platform", "--timings", "--estimate", "--rates", *_OF_IMAGES, *_OF_BOTH}
        only_for_contexts(before, allowed, build, after_build, more, sent, price)
        if more.files and more.no_files:
            raise InputError("--files and --no-files exclude each other")
        access = registry_access(more.insecure_registry, layers=more.files)
        first, second = (
            ask_image(
                reference,
                platform=build.image_platform,
                check=more.check,
                no_files=more.no_files,
                history=history,
                costs=costs,
                access=access,
            )
            for reference, history, costs in (
                (before, more.history, build_costs(build)),
                (after, more.after_history, build_costs(build, more.after_timings)),
            )
        )
        return compare_images(first, second, chains=not build.merges)
    if wrong := [name for name in given_options(more) if name in _OF_IMAGES]:
        raise InputError(f"{', '.join(wrong)}: for images; this is a build context", before)

    from layerscope.inputs import after_file, open_context

    per_minute = price.per_minute()
    options = build.options()
    side = open_context(before, file=build.file, options=options)
    file = after_build.after_file or after_file(side, after, build.file)
    read = side.dockerfile if file == "-" else None  # standard input gives it once
    after_side = open_context(after, file=file, options=after_build.options(options), dockerfile=read)
    changes = [[path for path in text.split(",") if path] for text in more.change] if more.change else None
    costs, later = build_costs(build), build_costs(build, more.after_timings)
    answer = compare_contexts(
        ContextSide(side, costs, _of_context(build.image, more.history, side.dockerfile, costs)),
        ContextSide(after_side, later, _of_context(more.after_image, more.after_history, after_side.dockerfile, later)),
        changes,
        count_context=sent.context_bytes,
    )
    if more.commits is not None:
        answer = _with_history(answer, more.commits, (side, costs), (after_side, later))
    return replace(answer, price=per_minute)


def _with_history(answer: Comparison, commits: int, *sides: tuple[Side, Costs]) -> Comparison:
    """Both sides' Dockerfiles, rules and options over the history of the repository that tracks a context."""
    from layerscope.analysis.compared_history import compared_history
    from layerscope.cli.progress import Progress
    from layerscope.inputs.commits import FixedBuild, History, is_tracked
    from layerscope.inputs.replayed import replay_history

    tracked = next((side.reference for side, _ in sides if is_tracked(side.reference)), None)
    if tracked is None:
        raise InputError("--commits needs a context that a git repository tracks", sides[0][0].reference)
    found = []
    for side, costs in sides:
        fixed = FixedBuild(side.dockerfile, side.ignore, side.ignore_file)
        history = History(tracked, fixed=fixed, options=side.options, commits=commits)
        with Progress("commits", lambda history=history: len(history.names())) as progress:  # type: ignore[misc]
            found.append(replay_history(history, costs, done=progress.show))
    assumed = dict.fromkeys((*answer.assumptions, *(a for replayed in found for a in replayed.assumptions)))
    return replace(answer, history=compared_history(*found), assumptions=tuple(assumed))


def _of_context(reference: str | None, history: str | None, dockerfile: Dockerfile, costs: Costs) -> ImageCost | None:
    if reference is None:
        return None
    return ask_image(reference, history=history, dockerfile=dockerfile, costs=costs)
