"""Choosing among the platforms of an image, as containerd matches them."""

from __future__ import annotations

from collections.abc import Sequence

from layerscope.docker.model import Platform
from layerscope.errors import InputError

DEFAULT_PLATFORM = Platform(
    "linux", "amd64"
)  # the same on every machine: an answer must not depend on where it is asked
_ARCHITECTURES = {
    "x86_64": ("amd64", None),
    "x86-64": ("amd64", None),
    "aarch64": ("arm64", None),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "i386": ("386", None),
    "i686": ("386", None),
}
_DEFAULT_VARIANTS = {"arm64": "v8", "arm": "v7", "amd64": "v1"}
_NOT_PRINTED = {("arm64", "v8"), ("amd64", "v1")}


def parse_platform_option(text: str) -> Platform:
    """`OS/ARCH[/VARIANT]` as `--platform` takes it.

    Raises:
        InputError: it is not of that form.
    """
    parts = text.split("/")
    if not 2 <= len(parts) <= 3 or not all(parts):
        raise InputError(f"--platform takes OS/ARCH or OS/ARCH/VARIANT, not '{text}'")
    return Platform(parts[0], parts[1], parts[2] if len(parts) == 3 else None)


def printed_platform(text: str) -> str:
    """`OS/ARCH[/VARIANT]` as BuildKit prints it: `linux/arm64/v8` and `linux/aarch64` are `linux/arm64`."""
    system, _, rest = text.partition("/")
    architecture, _, variant = rest.partition("/")
    system, architecture, of = _normal(Platform(system, architecture, variant or None))
    return f"{system}/{architecture}" + (f"/{of}" if of and (architecture, of) not in _NOT_PRINTED else "")


def matches(wanted: Platform, offered: Platform) -> bool:
    """Whether an offer is what is wanted; a variant not asked for may be any."""
    return _normal(wanted)[:2] == _normal(offered)[:2] and (
        wanted.variant is None or _normal(wanted) == _normal(offered)
    )


def choose(offered: Sequence[Platform], wanted: Platform | None, file: str) -> int:
    """The position of the platform to take: the one wanted, else the only one, else linux/amd64.

    Raises:
        InputError: none or several match; the message lists what there is.
    """
    fitting = [n for n, platform in enumerate(offered) if wanted is None or matches(wanted, platform)]
    if wanted is not None and len(fitting) > 1:
        fitting = [n for n in fitting if _normal(offered[n]) == _normal(wanted)] or fitting[:1]
    if wanted is None and len(fitting) > 1:
        fitting = [n for n in fitting if matches(DEFAULT_PLATFORM, offered[n])]
    if fitting:
        return fitting[0]
    listing = ", ".join(str(platform) or "an unnamed platform" for platform in offered)
    if wanted is not None:
        raise InputError(f"no image for {wanted} (there is {listing})", file)
    raise InputError(f"holds several platforms, choose one with --platform: {listing}", file)


def _normal(platform: Platform) -> tuple[str, str, str | None]:
    architecture, variant = platform.architecture.lower(), platform.variant
    if architecture in _ARCHITECTURES:
        architecture, implied = _ARCHITECTURES[architecture]
        variant = variant or implied
    if variant and not variant.startswith("v"):
        variant = "v" + variant
    return platform.os.lower(), architecture, variant or _DEFAULT_VARIANTS.get(architecture)
