"""The build options that several commands share, declared once."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer
from click.core import ParameterSource
from msgspec.structs import asdict

from layerscope import api
from layerscope.errors import InputError
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.api import BuildOptions, Costs, Rates

BUILD = "Build options"


def _option(*names: str, text: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=text, metavar=metavar, rich_help_panel=BUILD)


class BuildFlags(Entity):
    """The shared options as given; `options` makes a `BuildOptions` of them."""

    file: Annotated[str | None, _option("-f", "--file", text="The Dockerfile.", metavar="FILE")] = None
    target: Annotated[str | None, _option("--target", text="The stage to build.", metavar="STAGE")] = None
    build_arg: Annotated[
        list[str] | None, _option("--build-arg", text="A build argument; K alone: from the environment.", metavar="K=V")
    ] = None
    build_context: Annotated[
        list[str] | None,
        _option("--build-context", text="A named context: a directory or docker-image://REF.", metavar="NAME=PATH"),
    ] = None
    platform: Annotated[str, _option("--platform", text="The platform to build for.", metavar="OS/ARCH")] = (
        "linux/amd64"
    )
    builder: Annotated[str, _option("--builder", text=f"{' or '.join(api.builders())}.", metavar="NAME")] = (
        api.builders()[0]
    )
    builder_version: Annotated[
        str, _option("--builder-version", text="The BuildKit version whose rules count.", metavar="V")
    ] = api.builder_versions()[-1]
    image_store: Annotated[
        str,
        _option(
            "--image-store",
            text="containerd or overlay2: decides COPY --link, and pulls.",
            metavar="STORE",
        ),
    ] = "containerd"
    base: Annotated[
        list[str] | None,
        _option("--base", text="What a base image is: a digest, or a REF that gives its config.", metavar="NAME=REF"),
    ] = None
    no_cache: Annotated[bool, _option("--no-cache", text="Build without the cache.")] = False
    no_cache_filter: Annotated[
        list[str] | None, _option("--no-cache-filter", text="Build these stages without the cache.", metavar="STAGE")
    ] = None
    pull: Annotated[bool, _option("--pull", text="Ask the registry for newer base images.")] = False
    network: Annotated[
        str | None, _option("--network", text="The network of RUN: default, none or host.", metavar="MODE")
    ] = None
    add_host: Annotated[
        list[str] | None, _option("--add-host", text="A host that RUN knows.", metavar="NAME=ADDRESS")
    ] = None
    shm_size: Annotated[str | None, _option("--shm-size", text="The size of /dev/shm in RUN: 64m.", metavar="SIZE")] = (
        None
    )
    ulimit: Annotated[list[str] | None, _option("--ulimit", text="A limit of RUN.", metavar="NAME=SOFT[:HARD]")] = None
    cgroup_parent: Annotated[
        str | None, _option("--cgroup-parent", text="The parent cgroup of RUN.", metavar="CGROUP")
    ] = None
    timings: Annotated[
        list[str] | None, _option("--timings", text="Seconds per step: a timings file or a build log.", metavar="FILE")
    ] = None
    timings_target: Annotated[
        str | None,
        _option(
            "--timings-target",
            text="Of timings of several: the bake target, the compose service, or a build's number in its log.",
            metavar="NAME",
        ),
    ] = None
    estimate: Annotated[
        bool, _option("--estimate", text="Estimate the seconds of steps that no timings tell; they are marked.")
    ] = False
    rates: Annotated[
        list[str] | None,
        _option("--rates", text="Figures to estimate with: KEY=VALUE, or a file of them.", metavar="FILE"),
    ] = None
    image: Annotated[str | None, _option("--image", text="The built image: gives sizes per step.", metavar="REF")] = (
        None
    )

    no_store: Annotated[bool, _option("--no-store", text="Remember nothing between runs.")] = False

    @property
    def image_platform(self) -> str | None:
        """The platform to choose of an image: only one that was asked for."""
        return self.platform if "--platform" in given_options(self) else None

    def options(self) -> BuildOptions:
        """Raises InputError for a value that is none."""
        api.remember(not self.no_store)  # before anything is read
        return api.build_options(
            target=self.target,
            build_args=build_args_of(self.build_arg),
            build_contexts=contexts_of(self.build_context),
            platform=self.platform,
            builder=self.builder,
            builder_version=self.builder_version if "--builder-version" in given_options(self) else None,
            image_store=self.image_store,
            bases=bases_of(self.base),
            no_cache=self.no_cache,
            no_cache_filter=self.no_cache_filter or (),
            pull=self.pull,
            network=self.network,
            add_hosts=self.add_host or (),
            shm_size=self.shm_size,
            ulimits=self.ulimit or (),
            cgroup_parent=self.cgroup_parent,
        )

    def costs(self, timings: list[str] | None = None, target: str | None = None) -> Costs:
        """Where seconds come from: only the files the user names, and estimates only where they are asked for.

        timings, target: in place of its own, where a side has some. Raises InputError.
        """
        named, chosen = timings or self.timings or (), target or self.timings_target
        if chosen is not None and not named:
            raise InputError("--timings-target chooses among the timings of --timings", chosen)
        return api.read_timings(named, rates_of(self.rates, estimate=self.estimate), chosen)


WithoutGit = Annotated[
    bool, typer.Option("--without-git", help="The build is not sent .git, as of a Git context or a clean export.")
]


class SentFlags(Entity):
    """Whether to count what is sent before a build begins."""

    context_bytes: Annotated[
        bool, typer.Option("--context-bytes", help="Also count what is sent as context: looks at all of it.")
    ] = False


class PriceFlags(Entity):
    """What time costs."""

    price: Annotated[
        str | None,
        typer.Option(
            "--price", help="What a machine costs a minute: 0.008, $0.008, '0.008 EUR'.", metavar="PER_MINUTE"
        ),
    ] = None


def given_options(*flags: Any) -> list[str]:
    """The options of some flag objects that stand on the command line, by name, whatever their value."""
    source_of = click.get_current_context().get_parameter_source
    return [
        "--" + name.replace("_", "-")
        for flag in flags
        for name in flag.__struct_fields__
        if source_of(name) is ParameterSource.COMMANDLINE
    ]


def only_for_contexts(subject: str, allowed: set[str], *flags: Any) -> None:
    """Raises InputError for options that mean nothing to an image, rather than passing over them."""
    wrong = [name for name in given_options(*flags) if name not in allowed | {"--no-store"}]
    if wrong:
        raise InputError(f"{', '.join(wrong)}: for build contexts; this is an image", subject)


def with_flags(*groups: type[Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of some flag classes; it receives one filled object per class, by position.

    The objects come first among the command's parameters; typer sees the classes' fields in their place.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[len(groups) :]
        shared = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_hint(group, name))
            for group in groups
            for name, default in asdict(group()).items()
        ]

        def command(**values: Any) -> Any:
            filled = [group(**{name: values.pop(name) for name in group.__struct_fields__}) for group in groups]
            return function(*filled, **values)

        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + shared
        command.__name__ = function.__name__
        command.__doc__ = function.__doc__
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        return command

    return decorate


def _hint(group: type[Any], name: str) -> Any:
    module = inspect.getmodule(group)
    return eval(group.__annotations__[name], vars(module))


def rates_of(rates: list[str] | None, *, estimate: bool) -> Rates | None:
    """What to estimate with, where estimates are asked for. Raises InputError."""
    return api.read_rates(rates or ()) if estimate or rates else None


def build_args_of(given: list[str] | None) -> dict[str, str]:
    """`K=V`, or `K` alone for the value the environment has (none: as if it was not given)."""
    values: dict[str, str] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not name:
            raise InputError("--build-arg needs a name: K=V", text)
        if equals:
            values[name] = value
        elif name in os.environ:
            values[name] = os.environ[name]
    return values


def contexts_of(given: list[str] | None) -> dict[str, str]:
    """Named contexts by name. Raises InputError."""
    return _pairs(given, "--build-context needs NAME=PATH")


def bases_of(given: list[str] | None) -> dict[str, str]:
    """What base images are, by name. Raises InputError."""
    return _pairs(given, "--base needs NAME=DIGEST or NAME=REF")


def _pairs(given: list[str] | None, needs: str) -> dict[str, str]:
    """What is given as NAME=VALUE. Raises InputError, saying what it needs."""
    pairs: dict[str, str] = {}
    for text in given or ():
        name, _, value = text.partition("=")
        if not name or not value:
            raise InputError(needs, text)
        pairs[name] = value
    return pairs
