"""Build contexts, opened: one, or both sides of a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from layerscope.errors import InputError
from layerscope.graph.options import DEFAULT_BUILDER
from layerscope.inputs.place import StrPath, text_of, texts_of

if TYPE_CHECKING:
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.side import Side
    from layerscope.context.place import GivenPlace
    from layerscope.dockerfile.stages import Dockerfile
    from layerscope.exported import Context
    from layerscope.graph.options import BuildOptions
    from layerscope.image.model import Image
    from layerscope.inputs.options import AfterOptions, GivenBase
    from layerscope.inputs.sides import Sides

_One = TypeVar("_One")


def open_context(
    context: StrPath | GivenPlace = ".",
    *,
    file: StrPath | Dockerfile | None = None,
    options: BuildOptions | None = None,
) -> Side:
    """A build context as `docker build` takes it.

    Args:
        context: a directory, a tar archive, `-` for one (or for a Dockerfile alone) on standard input; or the file of a
            snapshot, which brings its own Dockerfile and options.
        file: the Dockerfile, as `-f`: relative to the current directory, of an archive a path in it, `-` for standard
            input; without it `Dockerfile`, else `dockerfile`, in the context.
        options: of the build, as `build_options` makes them.

    Returns:
        The side with its tree, its Dockerfile and its ignore rules; nothing is listed before it is asked for.

    Raises:
        InputError: something cannot be read; it names file and line.
    """
    from layerscope.inputs.contexts import open_context as opened

    return opened(context, file=file, options=options)


def context_or_image(subject: StrPath | GivenPlace) -> GivenPlace | None:
    """What a `CONTEXT|REF` means.

    Args:
        subject: where a build context or an image lies.

    Returns:
        The place of a build context, which every function takes for one; None where it is an image.
    """
    from layerscope.inputs.place import context_or_image as decided

    return decided(subject)


def both_contexts(before: StrPath, after: StrPath) -> tuple[GivenPlace, GivenPlace] | None:
    """What two `CONTEXT|REF` mean that are held against each other.

    Args:
        before: where a build context or an image lies.
        after: where another one of the same kind lies.

    Returns:
        The places of two build contexts; None where both are images.

    Raises:
        InputError: one is a context and the other an image.
    """
    return of_one_kind(context_or_image(before), context_or_image(after), before)


def context_of(given: Context | ImageCost | Image) -> Side | GivenPlace | None:
    """A build context, opened or where it lies; None for an image."""
    from layerscope.analysis.answers.image import ImageCost
    from layerscope.analysis.side import Side
    from layerscope.image.model import Image

    if isinstance(given, Side):
        return given
    return None if isinstance(given, ImageCost | Image) else context_or_image(given)


def of_one_kind(first: _One | None, second: _One | None, before: object) -> tuple[_One, _One] | None:
    """Two contexts, None where both are images. before: the first as given. Raises InputError for one of each."""
    if first is not None and second is not None:
        return first, second
    if first is None and second is None:
        return None
    named = before if isinstance(before, str) else str(getattr(before, "reference", before))
    raise InputError("compare takes two build contexts or two images, not one of each", named)


def build_options(
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    build_contexts: Mapping[str, StrPath] | None = None,
    platform: str | None = None,
    builder: str | None = None,
    builder_version: str | None = None,
    image_store: str | None = None,
    bases: Mapping[str, GivenBase] | None = None,
    no_cache: bool = False,
    no_cache_filter: Iterable[str] = (),
    pull: bool = False,
    network: str | None = None,
    add_hosts: Iterable[str] = (),
    shm_size: str | int | None = None,
    ulimits: Iterable[str] = (),
    cgroup_parent: str | None = None,
) -> BuildOptions:
    """The options of a build, with the words of `docker build`; what is None is at its default.

    Args:
        target: the stage to build.
        build_args: values of build arguments, by name.
        build_contexts: named contexts: a directory, or `docker-image://REF`, by name.
        platform: `OS/ARCH` to build for (`linux/amd64`).
        builder: `buildkit` or `classic` (`buildkit`).
        builder_version: the BuildKit version whose rules count (the newest that is modelled).
        image_store: `containerd` or `overlay2`, which decides `COPY --link`, and pulls (`containerd`).
        bases: what a base image is, by name: a digest, a reference, or an image that was read.
        no_cache: build without the cache.
        no_cache_filter: stages to build without the cache.
        pull: ask the registry for newer base images.
        network: of RUN: `default`, `none` or `host`; of the classic builder any.
        add_hosts: of RUN, each `NAME=ADDRESS`.
        shm_size: of `/dev/shm` in a RUN: `64m`, or bytes.
        ulimits: of RUN, each `NAME=SOFT[:HARD]`.
        cgroup_parent: of RUN.

    Returns:
        The options, as every function takes them.

    Raises:
        InputError: a value is none, or what it names cannot be read.
    """
    from layerscope.inputs.options import build_options as made

    given: dict[str, Any] = {
        "platform": platform,
        "builder": builder,
        "builder_version": builder_version,
        "image_store": image_store,
        "network": network,
        "shm_size": shm_size,
        "cgroup_parent": cgroup_parent,
    }
    return made(
        target=target,
        build_args=build_args,
        build_contexts=build_contexts,
        bases=bases,
        no_cache=no_cache,
        no_cache_filter=no_cache_filter,
        pull=pull,
        add_hosts=add_hosts,
        ulimits=ulimits,
        **{name: value for name, value in given.items() if value is not None},
    )


def builders() -> tuple[str, ...]:
    """The builders that are modelled.

    Returns:
        Their names, the one that is taken where none is named first.
    """
    from layerscope.graph.builder import BUILDERS

    return (DEFAULT_BUILDER, *(name for name in BUILDERS if name != DEFAULT_BUILDER))


def builder_versions(builder: str = DEFAULT_BUILDER) -> tuple[str, ...]:
    """The versions of a builder whose rules are modelled.

    Args:
        builder: its name.

    Returns:
        The versions, oldest first; none where it has one set of rules.

    Raises:
        InputError: no builder has that name.
    """
    from layerscope.graph.builder import builder_named

    return builder_named(builder).versions


def after_options(
    *,
    file: StrPath | None = None,
    build_args: Mapping[str, str] | None = None,
    bases: Mapping[str, GivenBase] | None = None,
    build_contexts: Mapping[str, StrPath] | None = None,
    platform: str | None = None,
    network: str | None = None,
    add_hosts: Iterable[str] | None = None,
    shm_size: str | int | None = None,
    ulimits: Iterable[str] | None = None,
    cgroup_parent: str | None = None,
) -> AfterOptions:
    """What the after side of a change has of its own; its other options are those of the before side.

    Args:
        file: its Dockerfile, as `--after-file`.
        build_args: values of build arguments, by name.
        bases: what a base image is there, by name.
        build_contexts: named contexts, by name.
        platform: `OS/ARCH` to build for.
        network: of RUN.
        add_hosts: of RUN, in place of those of the before side; an empty list for none.
        shm_size: of `/dev/shm` in a RUN.
        ulimits: of RUN, in place of those of the before side.
        cgroup_parent: of RUN; "" for none.

    Returns:
        The options, as `open_sides` takes them.
    """
    from layerscope.inputs.options import AfterOptions

    return AfterOptions(
        file,
        build_args or {},
        bases or {},
        build_contexts or {},
        platform,
        network,
        None if add_hosts is None else tuple(add_hosts),
        shm_size,
        None if ulimits is None else tuple(ulimits),
        cgroup_parent,
    )


def open_sides(
    context: StrPath | GivenPlace = ".",
    *,
    change: StrPath | Iterable[StrPath] = (),
    add: StrPath | Iterable[StrPath] = (),
    remove: StrPath | Iterable[StrPath] = (),
    after: StrPath | GivenPlace | None = None,
    since: str | None = None,
    diff: StrPath | None = None,
    without_git: bool = False,
    file: StrPath | Dockerfile | None = None,
    options: BuildOptions | None = None,
    after_options: AfterOptions | None = None,
    image: StrPath | None = None,
    image_platform: str | None = None,
) -> Sides:
    """Both sides of a change, stated one way: by paths, by the context after it, a revision before it or a diff.

    Args:
        context: what was built: a directory, an archive, `-`, or a snapshot's file.
        change: paths of the context with other content; a directory means all below it, a glob all that it matches.
        add: paths that come.
        remove: paths that go.
        after: the context that will be built.
        since: the git revision that was built; `HEAD` where nothing else states the change.
        diff: a git diff to apply to the context, `-` for standard input.
        without_git: the builds are not sent `.git`, as of a Git context or a clean export.
        file: the Dockerfile, as `-f`.
        options: of both builds, as `build_options` makes them.
        after_options: what the after side has of its own.
        image: the image that was built: where no Dockerfile is at hand its history tells the steps.
        image_platform: `OS/ARCH`, where that image has several.

    Returns:
        The sides, with the paths that were named.

    Raises:
        InputError: the change is stated two ways at once, or something cannot be read; it names file and line.
    """
    from layerscope.inputs import sides

    stated = sides.StatedChange(
        texts_of(change, "a path"), texts_of(add, "a path"), texts_of(remove, "a path"), after, since, diff, without_git
    )
    return sides.open_sides(
        context,
        stated,
        file=file,
        options=options,
        after=after_options,
        image=image,
        image_platform=image_platform,
    )


def change(
    context: Context, *paths: StrPath, add: StrPath | Iterable[StrPath] = (), remove: StrPath | Iterable[StrPath] = ()
) -> Side:
    """A side with other content at some paths, or with paths added and removed.

    Args:
        context: the side, or where its context lies.
        paths: of the context; a directory means all below it, a glob all that it matches.
        add: paths that come.
        remove: paths that go.

    Returns:
        The side after that change.

    Raises:
        InputError: nothing is at a path, or an added one is there already.
    """
    from layerscope.analysis.edited_side import edited_side

    asked = (texts_of(names, "a path") for names in (paths, add, remove))
    return edited_side(side_of(context), *asked)[0]


def at_revision(context: Context, revision: str = "HEAD") -> Side:
    """A side as git has it at a revision: the before side of `--since`.

    Args:
        context: a directory in a git repository, or a side of one.
        revision: any name git has for a commit.

    Returns:
        The side with the context, Dockerfile and ignore rules of that commit.

    Raises:
        InputError: no repository holds the directory, or it knows no such commit.
    """
    from layerscope.inputs.changed import with_revision

    return with_revision(side_of(context), revision)


def snapshot(context: Context, file: StrPath, *, force: bool = False) -> None:
    """Save a side: paths, modes and digests of what its steps can read, to compare with later; no file's bytes.

    Args:
        context: the side, or where its context lies.
        file: the snapshot to write, for its owner's eyes alone. It is opened as a context is.
        force: replace a file that is there.

    Raises:
        InputError: the context is a snapshot already, or the file is there or cannot be written.
    """
    from layerscope.inputs.snapshot import save_snapshot

    save_snapshot(side_of(context), text_of(file, "a snapshot"), force=force)


def remember(enabled: bool) -> None:
    """Whether anything is remembered between runs; it changes how long an answer takes, never the answer.

    Args:
        enabled: whether digests of files, listings of layers and replays of a history are, from now on.
    """
    from layerscope.remembered import Remembering

    Remembering.enabled = enabled


def side_of(context: Context | GivenPlace) -> Side:
    """What was opened already, or a context opened with no options."""
    from layerscope.analysis.side import Side

    return context if isinstance(context, Side) else open_context(context)


def both_sides(before: Context | Sides, after: Context | None) -> tuple[Side, Side | None]:
    """Two sides as they are given: together, or one by one. Raises TypeError where one is given twice."""
    from layerscope.inputs.sides import Sides

    if not isinstance(before, Sides):
        return side_of(before), None if after is None else side_of(after)
    if after is not None:
        raise TypeError("both sides are given already: there can be no other after side")
    return before.before, before.after
