"""The build options that several commands share, declared once."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer
from msgspec.structs import asdict

from layerscope.errors import InputError
from layerscope.graph.builder import BUILDERS, builder_named
from layerscope.graph.names import normalized
from layerscope.graph.options import DEFAULT_BUILDER, BaseImage, BuildOptions, NamedContext
from layerscope.remembered import Remembering
from layerscope.values import Entity, replace

if TYPE_CHECKING:
    from layerscope.analysis.price import Price

BUILD = "Build options"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


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
    builder: Annotated[str, _option("--builder", text=f"{' or '.join(BUILDERS)}.", metavar="NAME")] = DEFAULT_BUILDER
    builder_version: Annotated[
        str, _option("--builder-version", text="The BuildKit version whose rules count.", metavar="V")
    ] = builder_named(DEFAULT_BUILDER).versions[-1]
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
    timings: Annotated[
        list[str] | None, _option("--timings", text="Seconds per step: a timings file or a build log.", metavar="FILE")
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

    @property
    def merges(self) -> bool:
        """Whether the image store takes layers on any others. Raises InputError for one that is not known."""
        return _choice("--image-store", self.image_store, ("containerd", "overlay2")) == "containerd"

    def _version(self) -> str:
        """The version whose rules count; "" is the newest that the builder models."""
        if "--builder-version" not in given_options(self):
            return ""
        return _choice("--builder-version", self.builder_version, builder_named(self.builder).versions)

    def options(self) -> BuildOptions:
        """Raises InputError for a value that is none."""
        Remembering.enabled = not self.no_store  # before anything is read
        if self.no_cache and self.no_cache_filter:
            raise InputError("--no-cache and --no-cache-filter cannot be used together")
        return BuildOptions(
            builder=_choice("--builder", self.builder, tuple(BUILDERS)),
            builder_version=self._version(),
            target=self.target,
            build_args=build_args(self.build_arg or []),
            named_contexts=dict(_named_context(text) for text in self.build_context or []),
            bases=bases(self.base or [], self.builder, self.platform),
            platform=_platform(self.platform),
            merge=self.merges,
            pull=self.pull,
            no_cache=self.no_cache,
            no_cache_filter=frozenset(
                name.strip().lower() for text in self.no_cache_filter or [] for name in text.split(",")
            ),
        )


class AfterFlags(Entity):
    """What the after side has of its own."""

    after_file: Annotated[
        str | None, typer.Option("--after-file", help="The Dockerfile of the after side.", metavar="FILE")
    ] = None
    after_build_arg: Annotated[
        list[str] | None,
        typer.Option("--after-build-arg", help="A build argument of the after side.", metavar="K=V"),
    ] = None
    after_base: Annotated[
        list[str] | None,
        typer.Option("--after-base", help="What a base image is on the after side.", metavar="NAME=REF"),
    ] = None

    def options(self, before: BuildOptions) -> BuildOptions:
        """The after side's options: those of the before side, with its own on top."""
        arguments = {**before.build_args, **build_args(self.after_build_arg or [])}
        known = {**before.bases, **bases(self.after_base or [], before.builder, before.platform)}
        return replace(before, build_args=arguments, bases=known)


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

    def per_minute(self) -> Price | None:
        """Raises InputError for what is no price."""
        if self.price is None:
            return None
        from layerscope.analysis.price import read_price

        return read_price(self.price)


def given_options(*flags: Any) -> list[str]:
    """The options of some flag objects that were given, by name: those that are not at their defaults."""
    return [
        "--" + name.replace("_", "-")
        for flag in flags
        for name in flag.__struct_fields__
        if getattr(flag, name) not in (getattr(type(flag)(), name), None, [])
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


def build_args(given: list[str]) -> dict[str, str]:
    """`K=V`, or `K` alone for the value the environment has (none: as if it was not given)."""
    values: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name:
            raise InputError("--build-arg needs a name: K=V", text)
        if equals:
            values[name] = value
        elif name in os.environ:
            values[name] = os.environ[name]
    return values


def bases(given: list[str], builder: str, platform: str) -> dict[str, BaseImage]:
    """`NAME=sha256:…`, or `NAME=REF` for an image whose config is read. Raises InputError."""
    known: dict[str, BaseImage] = {}
    for text in given:
        name, _, value = text.partition("=")
        if not name or not value:
            raise InputError("--base needs NAME=DIGEST or NAME=REF", text)
        known[normalized(name)] = _base(value, builder, platform)
    return known


def _base(value: str, builder: str, platform: str) -> BaseImage:
    if value.startswith("sha256:"):
        if not _DIGEST.fullmatch(value):
            raise InputError("--base: a digest is sha256: and 64 hexadecimal digits", value)
        return BaseImage(value)
    from layerscope.analysis.base_image import base_image
    from layerscope.image.open import read_image

    return base_image(read_image(value, platform=platform), builder)


def _named_context(text: str) -> tuple[str, NamedContext]:
    name, _, value = text.partition("=")
    if not name or not value:
        raise InputError("--build-context needs NAME=PATH", text)
    normalized(name)  # as an image's: `Base` is refused
    if value.startswith("docker-image://"):
        return name, NamedContext(image=value.removeprefix("docker-image://"))
    from layerscope.inputs.named import open_named_context

    return name, NamedContext(tree=open_named_context(value))


def _platform(text: str) -> str:
    if "," in text:
        raise InputError("--platform takes one platform at a time", text)
    parts = text.lower().split("/")
    if not 2 <= len(parts) <= 3 or not all(parts):
        raise InputError("--platform needs OS/ARCH[/VARIANT]", text)
    return "/".join(parts)


def _choice(option: str, value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise InputError(f"{option} takes {' or '.join(choices)}", value)
    return value
