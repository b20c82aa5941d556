"""Opens the two sides of a change as a command line states it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import typer

from layerscope.analysis.side import Side
from layerscope.cli.options import AfterFlags, BuildFlags
from layerscope.errors import InputError
from layerscope.opening import after_file, open_context, with_diff, with_revision


@dataclass
class ChangeFlags:
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
            "--change": self.change or self.add or self.remove,
            "--after": self.after,
            "--since": self.since,
            "--diff": self.diff,
        }
        return [name for name, value in ways.items() if value]


@dataclass(frozen=True)
class Change:
    """Both sides of a change; paths: those the user named."""

    before: Side
    after: Side
    paths: tuple[str, ...] = ()


def open_change(context: str, build: BuildFlags, after: AfterFlags, change: ChangeFlags) -> Change:
    """The two sides a command line states. Raises InputError for two ways at once, or what cannot be read."""
    if len(change.given) > 1:
        raise InputError(f"state the change one way only: {' or '.join(change.given)}")
    options = build.options()
    after_options = after.options(options)
    base = open_context(context, file=build.file, options=options)
    if change.after:
        file = after.after_file or after_file(base, change.after, build.file)
        return Change(base, open_context(change.after, file=file, options=after_options))
    own_file = after.after_file
    target = replace(base, options=after_options)
    if own_file:
        opened = open_context(context, file=own_file, options=after_options)
        target = replace(target, dockerfile=opened.dockerfile, ignore=opened.ignore, ignore_file=opened.ignore_file)
    if change.change or change.add or change.remove:
        from layerscope.context.edits import edited

        tree, paths = edited(base.tree, change.change or (), change.add or (), change.remove or ())
        return Change(base, replace(target, tree=tree), paths)
    if change.diff:
        patched, paths = with_diff(base, change.diff)
        target = replace(
            patched, options=after_options, dockerfile=target.dockerfile if own_file else patched.dockerfile
        )
        return Change(base, target, paths)
    if not change.since and (own_file or after_options != options):
        return Change(base, target)
    revision = change.since or "HEAD"
    return Change(with_revision(base, revision, build.file), target)
