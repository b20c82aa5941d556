"""RUN → the exec operation: what of it is in the key, and the files its mounts read."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from layerscope.context.tree import cleaned
from layerscope.dockerfile.instructions import Mount, Run
from layerscope.dockerfile.logical_lines import heredoc_of_word
from layerscope.dockerfile.parse import chomp_tabs
from layerscope.graph.buildkit.copy_operation import mkfile_operation
from layerscope.graph.buildkit.scopes import BuildScope, StageScope
from layerscope.graph.mounts import BindMount, CacheMount, FileMount, MountType, SecretMount, TmpfsMount
from layerscope.graph.operations import ExecOp, Selector
from layerscope.graph.options import DEFAULT_NETWORK
from layerscope.graph.value_checks import check_mount
from layerscope.graph.vertices import Operation
from layerscope.values import Entity

_PIPES = "/dev/pipes/"  # where a RUN finds the script of a `#!` heredoc
_SHARED_MEMORY = "/dev/shm"  # what --shm-size mounts: the same as a tmpfs of the Dockerfile's
_FIELDS = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"}
_ALL_FIELDS = frozenset(
    {
        *("type", "from", "source", "target", "readonly", "readwrite", "id", "sharing"),
        *("required", "size", "mode", "uid", "gid", "env"),
    }
)


class ExpandedMount(Entity):
    """A mount with its words expanded; `values` holds the fields under their long names. from_name: as written."""

    type: MountType
    from_name: str | None
    values: dict[str, str]

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def read_only(self) -> bool:
        if "readwrite" in self.values:
            return self.value("readwrite") not in {"", "1", "t", "T", "true", "TRUE", "True"}
        if "readonly" in self.values:
            return self.value("readonly") in {"", "1", "t", "T", "true", "TRUE", "True"}
        return self.type not in {MountType.CACHE, MountType.TMPFS}


def expanded_mounts(run: Run, word: Callable[[str], str]) -> list[ExpandedMount]:
    """The mounts of a RUN. Raises ValueError where the builder refuses one."""
    return [_expanded(mount, word) for mount in run.mounts]


def secret_variables(mounts: list[ExpandedMount]) -> list[str]:
    """Names of the environment variables that secrets fill; the builder prints `****` for them."""
    return [mount.value("env") for mount in mounts if mount.type is MountType.SECRET and mount.value("env")]


def run_operation(run: Run, expanded: list[ExpandedMount], stage: StageScope) -> Operation:
    """The exec operation of a RUN. Raises ValueError where the builder refuses a mount."""
    state = stage.state
    if run.json_form and not run.command:
        raise ValueError("arguments are required")
    command, script = _command(run, stage.build)
    mounted = _Mounted(run, stage)
    if script is not None:
        mounted.add_script(script)
    for mount in expanded:
        if not mount.type.is_secret:
            mounted.add(mount)
    mounted.inputs.sort(key=lambda item: item[0])
    options = stage.build.options
    if options.shm_size:
        mounted.mounts.append(TmpfsMount(_SHARED_MEMORY, False, options.shm_size))
    network = run.network if run.has_network else options.network
    op = ExecOp(
        state.command_line(command, run.json_form or script is not None),
        tuple(state.env.items()),
        state.directory or "/",
        state.user,
        None if network == DEFAULT_NETWORK else network,
        None if run.security == "sandbox" else run.security,
        run.devices,
        tuple(sorted(mounted.mounts, key=lambda mount: repr(mount.key))),
        tuple([_secret(mount) for mount in expanded if mount.type.is_secret]),
        options.build_args.get("BUILDKIT_SANDBOX_HOSTNAME", ""),
        stage.platform,
        tuple([host.name for host in options.add_hosts]),
        tuple([(limit.name, limit.soft, limit.hard) for limit in options.ulimits]),
        options.cgroup_parent,
    )
    return Operation(op, state.last, tuple((source, (selector,)) for _, source, selector in mounted.inputs))


class _Mounted:
    """The mounts of one RUN in turn, and the files they give it. inputs: target, source, what of it."""

    def __init__(self, run: Run, stage: StageScope) -> None:
        self.run = run
        self.stage = stage
        self.mounts: list[FileMount] = []
        self.inputs: list[tuple[str, Operation, Selector]] = []

    def add_script(self, script: Operation) -> None:
        """The file of a `#!` heredoc."""
        self.mounts.append(BindMount(_PIPES, True))
        self.inputs.append((_PIPES, script, Selector("")))

    def add(self, mount: ExpandedMount) -> None:
        """A mount that is no secret. Raises ValueError."""
        build = self.stage.build
        target = self._target(mount)
        name, read = mount.from_name, mount.value("source")
        if mount.type is MountType.TMPFS:
            if name is None:
                build.context_operation("")  # BuildKit's frontend asks for all of the context here, too
            self.mounts.append(TmpfsMount(target, mount.read_only, _size(mount)))
            return
        if mount.type is MountType.CACHE:
            self.mounts.append(
                CacheMount(target, mount.read_only, _cache_id(mount, build.options.build_args), _ownership(mount))
            )
        else:
            self.mounts.append(BindMount(target, mount.read_only))
        source = None
        if name is not None:
            source = build.source_operation(self.run, name, read)
        elif mount.type is MountType.BIND:
            source = build.context_operation(read)
        if source is not None:
            self.inputs.append((target, source, Selector(posixpath.normpath("/" + read).strip("/"))))

    def _target(self, mount: ExpandedMount) -> str:
        target = mount.value("target")
        if not posixpath.normpath(target or ".").startswith("/"):
            target = cleaned(posixpath.join("/", self.stage.state.directory, target))
        if target == "/":
            raise ValueError('invalid mount target "/"')
        return target


def _command(run: Run, build: BuildScope) -> tuple[tuple[str, ...], Operation | None]:
    """The command line with heredocs put in their place, and the script file of a `#!` heredoc."""
    if not run.heredocs:
        return run.command, None
    opened = heredoc_of_word(run.command[0]) if run.command else None
    if opened is None:
        text = run.command[0] if run.command else ""
        return (text + "".join(f"\n{doc.content}{doc.name}" for doc in run.heredocs),), None
    document = run.heredocs[0]
    content = chomp_tabs(document.content) if document.chomp else document.content
    if content.startswith("#!") and (document.content.startswith("#!") or build.frontend().looks_behind_tabs):
        return (f"/dev/pipes/{document.name}",), mkfile_operation(document.name, content, 0o755)
    return (content,), None


def _expanded(mount: Mount, word: Callable[[str], str]) -> ExpandedMount:
    values: dict[str, str] = {}
    fields: list[tuple[str, str]] = []
    for field in mount.fields:
        key, equals, value = field.partition("=")
        key = _FIELDS.get(key.lower(), key.lower())
        if not equals and key not in {"readonly", "readwrite", "required"}:
            raise ValueError(f"invalid field '{field}' must be a key=value pair")
        if key not in _ALL_FIELDS:
            raise ValueError(f"unexpected key '{key}' in '{field}'")
        values[key] = word(value) if equals else ""
        fields.append((key, values[key]))
        if key == "readonly":
            values.pop("readwrite", None)
        elif key == "readwrite":
            values.pop("readonly", None)
    try:
        kind = MountType(values.get("type", MountType.BIND.value).lower())
    except ValueError:
        raise ValueError(f'unsupported mount type "{values["type"]}"') from None
    check_mount(kind, fields)
    return ExpandedMount(kind, mount.from_name, values)


def _cache_id(mount: ExpandedMount, build_args: Mapping[str, str]) -> tuple[str, str] | None:
    """The id counts only in the default case: shared, and the target for an id; any other id is blanked."""
    default = cleaned(mount.value("target"))
    if mount.value("id") not in {"", default} or mount.value("sharing").lower() not in {"", "shared"}:
        return None
    return build_args.get("BUILDKIT_CACHE_MOUNT_NS", ""), default


def _size(mount: ExpandedMount) -> int:
    text = mount.value("size")
    if not text:
        return 0
    from layerscope.docker.sizes import memory_bytes

    size = memory_bytes(text)
    if size is None:
        raise ValueError(f"invalid value for size: {text}")
    return size


def _ownership(mount: ExpandedMount) -> tuple[str, ...] | None:
    if mount.value("source").strip("/") or not any(mount.value(key) for key in ("uid", "gid", "mode")):
        return None
    return tuple(mount.value(key) for key in ("uid", "gid", "mode"))


def _secret(mount: ExpandedMount) -> SecretMount:
    identity = mount.value("source") or mount.value("id")
    target = mount.value("target")
    if mount.type is MountType.SECRET:
        identity = identity or posixpath.basename(target)
        if not target and "env" not in mount.values:
            target = f"/run/secrets/{posixpath.basename(identity)}"
    required = "required" in mount.values and mount.value("required") not in {"false", "0"}
    uid, gid, mode = map(mount.value, ("uid", "gid", "mode"))
    return SecretMount(mount.type, identity, target, mount.values.get("env"), required, (uid, gid, mode))
