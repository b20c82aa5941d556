"""Opens both sides of a change, in whatever way it is stated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layerscope.analysis.edited_side import ChangedPath, edited_side, named_directories
from layerscope.analysis.side import Side
from layerscope.answer import Assumption
from layerscope.context.place import GivenPlace, InputPlace, SnapshotPlace
from layerscope.dockerfile.stages import Dockerfile, DockerfileSource
from layerscope.errors import InputError
from layerscope.graph.options import BuildOptions
from layerscope.inputs.choice import has_no_dockerfile
from layerscope.inputs.contexts import dockerfile_of_input, file_of_after, open_context
from layerscope.inputs.options import AfterOptions
from layerscope.inputs.place import StrPath, is_input, place_of, read_input, text_of
from layerscope.values import Value, replace

if TYPE_CHECKING:
    from layerscope.image.model import Image


class StatedChange(Value):
    """How a change is stated; exactly one way, and none is `--since HEAD`.

    change, add, remove: paths of the context (together one way). after: the context that will be built. since: the
    revision that was built. diff: a git diff to apply. without_git: no build gets what git keeps of itself.
    """

    change: tuple[str, ...] = ()
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    after: StrPath | GivenPlace | None = None
    since: str | None = None
    diff: StrPath | None = None
    without_git: bool = False

    @property
    def named(self) -> bool:
        """Whether it names paths."""
        return bool(self.change or self.add or self.remove)

    @property
    def ways(self) -> list[str]:
        """The ways it is stated in, by their options."""
        ways = {
            "--change": self.named,
            "--after": self.after is not None,
            "--since": self.since is not None,
            "--diff": self.diff is not None,
        }
        return [name for name, given in ways.items() if given]


class Sides(Value):
    """Both sides of a change. named: the paths that the user named. image: the one whose history told the steps."""

    before: Side
    after: Side
    named: tuple[ChangedPath, ...] = ()
    image: Image | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """What the user named, as it is told."""
        return tuple(each.text for each in self.named)


def open_sides(
    context: StrPath | GivenPlace,
    stated: StatedChange,
    *,
    file: StrPath | Dockerfile | None = None,
    options: BuildOptions | None = None,
    after: AfterOptions | None = None,
    image: StrPath | None = None,
    image_platform: str | None = None,
) -> Sides:
    """The two sides of a change.

    image: the one that was built, of which image_platform; where no Dockerfile is at hand its history tells the steps.
    Raises InputError for two ways at once, or what cannot be read.
    """
    _check(context, file, stated, after)
    options = options or BuildOptions()
    place = place_of(context)
    if image is None or file is not None or not has_no_dockerfile(place):
        return _sides(_opened_side(place, file, options, stated), options, after, stated)
    from layerscope.image.open import read_image
    from layerscope.inputs.recovered import open_recovered, with_unknown_sources

    built = read_image(text_of(image, "an image"), platform=image_platform)
    sides = _sides(_as_sent(open_recovered(place, built, options), stated), options, after, stated)
    before_side, after_side = with_unknown_sources(sides.before, sides.after)
    return Sides(before_side, after_side, sides.named, built)


def _sides(base: Side, options: BuildOptions, given: AfterOptions | None, stated: StatedChange) -> Sides:
    own = given or AfterOptions()
    after = None if stated.after is None else place_of(stated.after)
    # A snapshot brings its own options; the other side is built with them, unless it is one, too.
    after_options = own.on(_other_than(base, options, after))
    if isinstance(base.place, SnapshotPlace):
        from layerscope.context.credentials import as_recorded

        arguments = as_recorded(after_options.build_args, base.options.build_args)
        after_options = replace(after_options, build_args=arguments)
    if after is not None:
        opened = _opened_side(after, own.file or file_of_after(base, after), after_options, stated)
        return Sides(base, replace(opened, assumptions=(*opened.assumptions, *_same_on_both(base, opened))))
    target = replace(base, options=after_options)
    if stated.diff is not None:
        from layerscope.inputs.changed import with_diff

        patched, paths = with_diff(target, text_of(stated.diff, "a diff"), _opened(own.file))
        return Sides(base, patched, paths)
    if own.file:
        target = _with_file(target, own.file)
    if stated.named:
        changed, paths = edited_side(target, stated.change, stated.add, stated.remove)
        return Sides(base, changed, paths)
    if stated.since is None and given is not None:
        return Sides(base, target)
    return Sides(_as_built(base, stated.since), target)


def _other_than(base: Side, options: BuildOptions, after: GivenPlace | None) -> BuildOptions:
    """The options that an after side begins with. options: as they were given."""
    if isinstance(after, SnapshotPlace):
        return options
    if after is None or not isinstance(base.place, SnapshotPlace):
        return base.options
    # What a snapshot recorded of named contexts is not what lies there now.
    return replace(base.options, named_contexts={**base.options.named_contexts, **options.named_contexts})


def _same_on_both(before: Side, after: Side) -> Iterator[Assumption]:
    """What is taken for granted of named contexts that are told once for two contexts."""
    recorded = isinstance(before.place, SnapshotPlace)
    option = "--build-context" if recorded else "--after-build-context"
    what = "as it was recorded" if recorded else "as the same directory"
    for name, given in named_directories(before).items():
        other = after.options.named_contexts.get(name)
        if other is not None and other.files is given.files:
            text = f"is taken {what} on both sides; {option} {name}=DIR says what it is after"
            yield Assumption("named-context", f"{name}={given.path}", text)


def _opened_side(
    place: GivenPlace, file: StrPath | Dockerfile | None, options: BuildOptions, stated: StatedChange
) -> Side:
    return _as_sent(open_context(place, file=file, options=options), stated)


def _as_sent(side: Side, stated: StatedChange) -> Side:
    """The side without what git keeps of itself, where no build is to get that."""
    if not stated.without_git:
        return side
    from layerscope.inputs.sent_git import without_git

    return without_git(side)


def _opened(file: StrPath | None) -> str | Dockerfile | None:
    if file is None:
        return None
    return dockerfile_of_input(read_input()) if is_input(file) else text_of(file, "a Dockerfile")


def _with_file(side: Side, file: StrPath) -> Side:
    """The side with another Dockerfile, and the ignore rules that go with it."""
    if not isinstance(side.place, GivenPlace):
        raise InputError("names the Dockerfile of what lies on the disk, not of a state made of it", "--after-file")
    opened = open_context(side.place, file=file, options=side.options)
    return replace(
        side, dockerfile=opened.dockerfile, ignore=opened.ignore, ignore_file=opened.ignore_file, file=opened.file
    )


def _as_built(working: Side, revision: str | None) -> Side:
    """The side a revision has: HEAD where no change is stated, and then it is said what would state one."""
    from layerscope.context.git.command import NoRepositoryError
    from layerscope.inputs.changed import with_revision

    if revision is not None:
        return with_revision(working, revision)
    try:
        return with_revision(working, "HEAD")
    except NoRepositoryError:
        text = "is in no git repository to compare with: state the change with --change, --after or --diff"
        raise InputError(text, working.reference) from None


def _check(
    context: StrPath | GivenPlace, file: StrPath | Dockerfile | None, stated: StatedChange, after: AfterOptions | None
) -> None:
    after_file = after.file if after is not None else None
    if len(stated.ways) > 1:
        raise InputError(f"state the change one way only: {' or '.join(stated.ways)}")
    for option, value in {
        "--after": stated.after,
        "--since": stated.since,
        "--diff": stated.diff,
        "--after-file": after_file,
    }.items():
        if value == "":
            raise InputError(f"{option} needs a value")
    given = {"CONTEXT": context, "-f": file, "--after": stated.after, "--diff": stated.diff, "--after-file": after_file}
    from_input = [option for option, value in given.items() if _is_input(value)]
    if len(from_input) > 1:
        raise InputError(f"standard input is one thing only: {' or '.join(from_input)}", "-")


def _is_input(given: StrPath | GivenPlace | Dockerfile | None) -> bool:
    if isinstance(given, Dockerfile):
        return given.source is DockerfileSource.STANDARD_INPUT
    return isinstance(given, InputPlace) if isinstance(given, GivenPlace) else is_input(given)
