"""What a stage carries from instruction to instruction: environment, directory, user, shell, its last operation."""

from __future__ import annotations

from layerscope.graph.options import BaseImage, BuildOptions
from layerscope.graph.stage_config import DEFAULT_PATH, DEFAULT_SHELL, changed_directory, joined
from layerscope.graph.vertices import Operation
from layerscope.values import Entity, field

_NEVER_IN_ENVIRONMENT = frozenset({"BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"})


class StageState(Entity):
    """The mutable state of one stage while its instructions become operations.

    env: the build environment (image ENV, ENV and ARG), in order; image_env: what the image config keeps.
    directory keeps its spelling: `/w` and `/w/` are two to a RUN.
    """

    name: str  # as printed; "" where the file has only one stage
    index: int
    total: int
    env: dict[str, str] = field(default_factory=dict)
    image_env: dict[str, str] = field(default_factory=dict)
    directory: str = ""
    user: str = ""
    shell: tuple[str, ...] = ()
    last: Operation | None = None  # the file system so far
    printed: int = 0
    ignore_cache: bool = False
    shown_platform: str = ""  # the stage's platform where names bear it

    def set_env(self, name: str, value: str) -> None:
        """Add to the build environment; an existing variable moves to the end (the order is in a RUN's key)."""
        self.env.pop(name, None)
        self.env[name] = value

    def set_image_env(self, name: str, value: str) -> None:
        self.set_env(name, value)
        self.image_env[name] = value

    def set_arg(self, name: str, value: str) -> None:
        if name not in _NEVER_IN_ENVIRONMENT:
            self.set_env(name, value)

    def change_directory(self, path: str) -> None:
        self.directory = changed_directory(self.directory, path)

    def begin_from_image(self, image: BaseImage) -> None:
        self.image_env = dict(image.env)
        self.image_env.setdefault("PATH", DEFAULT_PATH)
        self.shell = image.shell
        self._apply_config(image.workdir, image.user)

    def begin_from_stage(self, base: StageState) -> None:
        """A child inherits the build environment, ARG values included; the image's ENV is applied again on top."""
        self.env = dict(base.env)
        self.image_env = dict(base.image_env)
        self.image_env.setdefault("PATH", DEFAULT_PATH)
        self.shell = base.shell
        self.last = base.last
        self._apply_config(base.directory, base.user)

    def _apply_config(self, directory: str, user: str) -> None:
        for name, value in self.image_env.items():
            self.set_env(name, value)
        if directory:
            self.change_directory(directory)
        self.user = user

    def command_line(self, command: tuple[str, ...], json_form: bool) -> tuple[str, ...]:
        return command if json_form else (*(self.shell or DEFAULT_SHELL), *command)

    def next_prefix(self, on_build: bool = False) -> str:
        """`[stage 3/12] ` for the next printed step; the index is padded to the width of the total."""
        if self.total == 0:
            return ""
        self.printed += 1
        stage = f"{self.name} " if self.name else ""
        if self.shown_platform:
            stage = f"{self.shown_platform}{self._target_platform()} {stage}"
        return f"[{stage}{self.printed:>{len(str(self.total))}}/{self.total}] " + ("ONBUILD " if on_build else "")

    def _target_platform(self) -> str:
        """`->arm64` where the stage declared TARGETPLATFORM, TARGETOS or TARGETARCH, and they name another platform."""
        whole = self.env.get("TARGETPLATFORM")
        names = whole.split("/") if whole else [self.env.get(f"TARGET{part}", "") for part in ("OS", "ARCH", "VARIANT")]
        own = self.shown_platform.split("/")
        system, architecture, variant = (*names, "", "")[:3]
        system, architecture = system or own[0], architecture or own[1]
        target = "/".join(part for part in (architecture, variant) if part)
        if system != own[0]:
            return f"->{system}/{target}"
        return f"->{target}" if architecture != own[1] else ""


def copy_destination(directory: str, destination: str) -> str:
    """The absolute destination of a COPY: cleaned, but a trailing `/` or `/.` is kept, and `.` is `./`."""
    if destination in {"", "."}:
        destination = "./"
    path = joined(directory or "/", destination)
    if destination.endswith("/") and not path.endswith("/"):
        return path + "/"
    if destination.endswith("/."):
        return path + "." if path == "/" else path + "/."
    return path


def platform_args(options: BuildOptions, target: str | None) -> dict[str, str]:
    """The predefined platform ARGs of the global scope, and TARGETSTAGE."""
    values: dict[str, str] = {}
    for side, platform in (("BUILD", options.build_platform), ("TARGET", options.platform)):
        system, _, rest = platform.partition("/")
        architecture, _, variant = rest.partition("/")
        values |= {
            f"{side}PLATFORM": platform,
            f"{side}OS": system,
            f"{side}OSVERSION": "",
            f"{side}ARCH": architecture,
            f"{side}VARIANT": variant,
        }
    values["TARGETSTAGE"] = target or "default"
    return {name: options.build_args.get(name, value) for name, value in values.items()}


def shows_platforms(options: BuildOptions) -> bool:
    """Whether names of steps begin with the stage's platform."""
    return options.build_args.get("BUILDKIT_MULTI_PLATFORM", "") in {"1", "t", "T", "TRUE", "true", "True"}
