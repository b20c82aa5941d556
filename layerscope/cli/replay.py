"""`layerscope replay`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from layerscope.cli.options import BuildFlags, PriceFlags, with_flags
from layerscope.cli.output import print_answer
from layerscope.cli.progress import Progress
from layerscope.errors import InputError
from layerscope.report.formats import Format
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.analysis.answers.replay import Replay
    from layerscope.graph.caches.policy import CachePolicy
    from layerscope.graph.options import BuildOptions
    from layerscope.inputs.commits import FixedBuild

app = typer.Typer(rich_markup_mode=None)

DEFAULT_COMMITS = 200


class ReplayFlags(Entity):
    """Which commits, and what cache the builds had."""

    commits: Annotated[
        int | None,
        typer.Option("--commits", help=f"The last N commits ({DEFAULT_COMMITS} unless said).", metavar="N", min=1),
    ] = None
    range: Annotated[
        str | None, typer.Option("--range", help="The commits of a range, as git log takes it.", metavar="A..B")
    ] = None
    cache: Annotated[
        str,
        typer.Option(
            "--cache",
            help="unbounded, last, none, days=7, size=10GB, registry[,mode=min|max] or gha[,mode=min|max].",
            metavar="POLICY",
        ),
    ] = "unbounded"
    include_cold: Annotated[
        bool, typer.Option("--include-cold", help="Count the first build, too, which finds an empty cache.")
    ] = False

    def policy(self) -> CachePolicy:
        """Raises InputError for what is no policy."""
        from layerscope.graph.caches.policy import parse_policy

        try:
            return parse_policy(self.cache)
        except ValueError as error:
            raise InputError(str(error), "--cache") from None


@app.command()
@with_flags(BuildFlags, ReplayFlags, PriceFlags)
def replay(
    build: BuildFlags,
    walk: ReplayFlags,
    price: PriceFlags,
    context: Annotated[str, typer.Argument(help="The build context: a directory of a git repository.")] = ".",
    with_file: Annotated[
        str | None,
        typer.Option("--with-file", help="Also replay with this Dockerfile in place of each commit's.", metavar="FILE"),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
    html: Annotated[str | None, typer.Option("--html", help="Also write a report.", metavar="FILE")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the report.")] = False,
) -> None:
    """Say what each commit of the history would have re-run, and what it cost.

    \b
    Examples:
      layerscope replay .                                      the last 200 commits
      layerscope replay . --range v1.0..HEAD --timings build.rawjson
      layerscope replay . --cache registry,mode=min            a cache that CI imports and exports
      layerscope replay . --with-file Dockerfile.new           what another Dockerfile would have saved
    """
    from layerscope.analysis.answers.replay import ReplayedCosts

    per_minute = price.per_minute()
    other = None
    if with_file is not None:
        from layerscope.inputs.commits import FixedBuild

        other = FixedBuild.of_file(with_file)
    answer = ask_replay(context, build, walk)
    second = ask_replay(context, build, walk, other) if other is not None else None
    costs = ReplayedCosts(answer, second, with_file, per_minute)
    if html:
        from layerscope.cli.output import write_file
        from layerscope.report.formats import page

        write_file(html, page(costs), force=force)
    print_answer(output, costs)


def ask_replay(context: str, build: BuildFlags, walk: ReplayFlags, fixed: FixedBuild | None = None) -> Replay:
    """Walk the history. fixed: one build for all commits. Raises InputError."""
    from layerscope.cli.image_input import build_costs
    from layerscope.graph.builder import builder_named
    from layerscope.inputs.commits import History
    from layerscope.inputs.replayed import replay_history

    if walk.commits is not None and walk.range is not None:
        raise InputError("--commits and --range exclude each other")
    policy, options = walk.policy(), build.options()
    if policy.kind in {"registry", "gha"} and not builder_named(options.builder).exports_cache:
        raise InputError(f"the {options.builder} builder exports no cache", f"--cache {walk.cache}")
    history = History(
        context,
        file=build.file,
        fixed=fixed,
        options=options,
        commits=(walk.commits or DEFAULT_COMMITS) if walk.range is None else None,
        between=walk.range,
    )
    sizes = _sizes(context, build, options) if policy.kind == "size" else None
    with Progress("commits", lambda: len(history.names())) as progress:
        return replay_history(
            history, build_costs(build), policy, include_cold=walk.include_cold, sizes=sizes, done=progress.show
        )


def _sizes(context: str, build: BuildFlags, options: BuildOptions) -> Mapping[str, int]:
    """Bytes by the text of the instruction that made them, from the image that was built of the working tree."""
    if build.image is None:
        raise InputError("a cache bounded by size needs the sizes of steps: name a built image with --image REF")
    from layerscope.analysis.image_cost import sizes_by_line
    from layerscope.cli.image_input import image_of
    from layerscope.inputs import open_context

    side = open_context(context, file=build.file, options=options)
    _, cost = image_of(build, side)
    sizes = sizes_by_line(cost) if cost is not None else {}
    instructions = [i for stage in side.dockerfile.stages for i in (stage.origin, *stage.instructions)]
    return {i.whole_text: sizes[i.line] for i in instructions if i.line in sizes}
