"""Opens the two sides of a change as a command line states it."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope.analysis.side import Side
from layerscope.cli.options import AfterFlags, BuildFlags
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions
from layerscope.inputs import after_file, open_context, with_diff, with_revision
from layerscope.inputs.choice import has_no_dockerfile
from layerscope.inputs.snapshot_mark import is_snapshot
from layerscope.values import Entity, Value, replace


class ChangeFlags(Entity):
    """Ways to state the change; exactly one, and none is `--since HEAD`."""

    change: Annotated[
        list[str] | None, typer.Option("--change", help="This path has other content.", metavar="PATH")
    ] = None
    add: Annotated[list[str] | None, typer.Option("--add", help="This path comes.", metavar="PATH")] = None
    remove: Annotated[list[str] | None, typer.Option("--remove", help="This path goes.", metavar="PATH")] = None
    after: Annotated[str | None, typer.Option("--after", help="The context that will be built.", metavar="DIR")] = None
    since: Annotated[
        str | None, typer.Option("--since", help="What was built: this git revision of the context.", metavar="REV")
    ] = None
    diff: Annotated[
        str | None,
        typer.Option("--diff", help="A git diff to apply to the context, - for standard input.", metavar="FILE"),
    ] = None

    @property
    def given(self) -> list[str]:
        ways = {
            "--change": self.named,
            "--after": self.after is not None,
            "--since": self.since is not None,
            "--diff": self.diff is not None,
        }
        return [name for name, given in ways.items() if given]

    @property
    def named(self) -> bool:
        return bool(self.change or self.add or self.remove)


class Change(Value):
    """Both sides of a change; paths: those the user named."""

    before: Side
    after: Side
    paths: tuple[str, ...] = ()


def open_change(context: str, build: BuildFlags, after: AfterFlags, change: ChangeFlags) -> Change:
    """The two sides a command line states. Raises InputError for two ways at once, or what cannot be read."""
    _check(context, build, after, change)
    options = build.options()
    if build.image is not None and build.file is None and has_no_dockerfile(context):
        return _of_history(context, build, after, change, options)
    return _sides(open_context(context, file=build.file, options=options), build, after, change)


def _of_history(
    context: str, build: BuildFlags, after: AfterFlags, change: ChangeFlags, options: BuildOptions
) -> Change:
    """The two sides where no Dockerfile is at hand, and the image's history tells the steps."""
    from layerscope.image.open import read_image
    from layerscope.inputs.recovered import open_recovered, with_unknown_sources

    base = open_recovered(context, read_image(build.image or "", platform=build.image_platform), options)
    sides = _sides(base, build, after, change)
    return Change(*with_unknown_sources(sides.before, sides.after), sides.paths)


def _sides(base: Side, build: BuildFlags, after: AfterFlags, change: ChangeFlags) -> Change:
    # A snapshot brings its own options; the other side is built with them, unless it is one, too.
    brings_its_own = change.after is not None and is_snapshot(change.after)
    after_options = after.options(build.options() if brings_its_own else base.options)
    if not base.whole:
        from layerscope.context.credentials import as_recorded

        arguments = as_recorded(after_options.build_args, base.options.build_args)
        after_options = replace(after_options, build_args=arguments)
    if change.after is not None:
        file = after.after_file or after_file(base, change.after, build.file)
        # Standard input and an image's history give one Dockerfile for both sides.
        read = base.dockerfile if file == "-" or (file is None and base.dockerfile.source != "file") else None
        return Change(base, open_context(change.after, file=file, options=after_options, dockerfile=read))
    target = replace(base, options=after_options)
    if change.diff is not None:
        patched, paths = with_diff(target, change.diff, after.after_file)
        return Change(base, patched, paths)
    if after.after_file:
        opened = open_context(base.reference, file=after.after_file, options=after_options)
        target = replace(target, dockerfile=opened.dockerfile, ignore=opened.ignore, ignore_file=opened.ignore_file)
    if change.named:
        from layerscope.context.edits import edited

        tree, paths = edited(base.tree, change.change or (), change.add or (), change.remove or ())
        return Change(base, replace(target, tree=tree), paths)
    if change.since is None and _after_given(after):
        return Change(base, target)
    return Change(_as_built(base, change.since, build.file), target)


def _as_built(working: Side, revision: str | None, file: str | None) -> Side:
    """The side a revision has: HEAD where no change is stated, and then it is said what would state one."""
    if revision is not None:
        return with_revision(working, revision, file)
    try:
        return with_revision(working, "HEAD", file)
    except InputError as error:
        if "not a git repository" not in error.message:
            raise
        text = "is in no git repository to compare with: state the change with --change, --after or --diff"
        raise InputError(text, working.reference) from None


def _check(context: str, build: BuildFlags, after: AfterFlags, change: ChangeFlags) -> None:
    if len(change.given) > 1:
        raise InputError(f"state the change one way only: {' or '.join(change.given)}")
    for option, value in {
        "--after": change.after,
        "--since": change.since,
        "--diff": change.diff,
        "--after-file": after.after_file,
    }.items():
        if value == "":
            raise InputError(f"{option} needs a value")
    inputs = {"CONTEXT": context, "-f": build.file, "--after": change.after, "--diff": change.diff}
    inputs["--after-file"] = after.after_file
    from_input = [option for option, value in inputs.items() if value == "-"]
    if len(from_input) > 1:
        raise InputError(f"standard input is one thing only: {' or '.join(from_input)}", "-")


def _after_given(after: AfterFlags) -> bool:
    """An after option states the change by being there, even with the value the before side has."""
    return any(getattr(after, name) for name in after.__struct_fields__)
