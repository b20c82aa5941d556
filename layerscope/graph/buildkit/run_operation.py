"""RUN → the exec operation: what of it is in the key, and the files its mounts read."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Hashable

from layerscope.context.tree import cleaned
from layerscope.dockerfile.instructions import Mount, Run
from layerscope.dockerfile.logical_lines import heredoc_of_word
from layerscope.dockerfile.parse import chomp_tabs
from layerscope.graph.buildkit.copy_operation import document_operation
from layerscope.graph.buildkit.scopes import StageScope
from layerscope.graph.operations import Operation, Selector
from layerscope.graph.value_checks import check_mount
from layerscope.values import Entity

_TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
_FIELDS = {"src": "source", "dst": "target", "destination": "target", "ro": "readonly", "rw": "readwrite"}
_ALL_FIELDS = frozenset(
    {
        *("type", "from", "source", "target", "readonly", "readwrite", "id", "sharing"),
        *("required", "size", "mode", "uid", "gid", "env"),
    }
)


class ExpandedMount(Entity):
    """A mount with its words expanded; `values` holds the fields under their long names. from_name: as written."""

    kind: str
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
        return self.kind not in {"cache", "tmpfs"}


def expanded_mounts(run: Run, word: Callable[[str], str]) -> list[ExpandedMount]:
    """The mounts of a RUN. Raises ValueError where the builder refuses one."""
    return [_expanded(mount, word) for mount in run.mounts]


def secret_variables(mounts: list[ExpandedMount]) -> list[str]:
    """Names of the environment variables that secrets fill; the builder prints `****` for them."""
    return [mount.value("env") for mount in mounts if mount.kind == "secret" and mount.value("env")]


def run_operation(run: Run, expanded: list[ExpandedMount], stage: StageScope) -> Operation:
    """The exec operation of a RUN. Raises ValueError where the builder refuses a mount."""
    state, build = stage.state, stage.build
    if run.json_form and not run.command:
        raise ValueError("arguments are required")
    command, script = _command(run)
    inputs: list[tuple[str, Operation, Selector]] = []  # target, source, what of it
    mounts: list[Hashable] = []
    secrets: list[Hashable] = []
    if script is not None:
        mounts.append(("/dev/pipes/", "bind", True))
        inputs.append(("/dev/pipes/", script, Selector("")))
    for values in expanded:
        if values.kind in {"secret", "ssh"}:
            secrets.append(_secret(values))
            continue
        target = values.value("target")
        if not posixpath.normpath(target or ".").startswith("/"):
            target = cleaned(posixpath.join("/", state.directory, target))
        if target == "/":
            raise ValueError('invalid mount target "/"')
        name = values.from_name
        read_only = values.read_only
        if values.kind == "tmpfs":
            if name is None:
                build.context_operation("")  # BuildKit's frontend asks for all of the context here, too
            mounts.append((target, "tmpfs", read_only, values.value("size")))
            continue
        if values.kind == "cache":
            mounts.append((target, "cache", read_only, _cache_identity(values, stage), _ownership(values)))
        else:
            mounts.append((target, "bind", read_only))
        source = None
        if name is not None:
            source = build.source_operation(run, name, values.value("source"))
        elif values.kind == "bind":
            source = build.context_operation(values.value("source"))
        if source is not None:
            inputs.append((target, source, Selector(posixpath.normpath("/" + values.value("source")).strip("/"))))
    inputs.sort(key=lambda item: item[0])
    definition = (
        ("arguments", state.command_line(command, run.json_form or script is not None)),
        ("environment", tuple(state.env.items())),
        ("working directory", state.directory or "/"),
        ("user", state.user),
        ("network", None if run.network == "default" else run.network),
        ("security", None if run.security == "sandbox" else run.security),
        ("devices", run.devices),
        ("mounts", tuple(sorted(mounts, key=repr))),
        ("secrets", tuple(secrets)),
        ("hostname", build.options.build_args.get("BUILDKIT_SANDBOX_HOSTNAME", "")),
        ("platform", stage.platform),
    )
    sources = tuple((source, (selector,)) for _, source, selector in inputs)
    return Operation("exec", definition, state.chain, sources)


def _command(run: Run) -> tuple[tuple[str, ...], Operation | None]:
    """The command line with heredocs put in their place, and the script file of a `#!` heredoc."""
    if not run.heredocs:
        return run.command, None
    opened = heredoc_of_word(run.command[0]) if run.command else None
    if opened is None:
        text = run.command[0] if run.command else ""
        return (text + "".join(f"\n{doc.content}{doc.name}" for doc in run.heredocs),), None
    document = run.heredocs[0]
    content = chomp_tabs(document.content) if document.chomp else document.content
    if content.startswith("#!"):
        return (f"/dev/pipes/{document.name}",), document_operation(document.name, content, 0o755)
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
    kind = values.get("type", "bind").lower()
    if kind not in _TYPES:
        raise ValueError(f'unsupported mount type "{values["type"]}"')
    check_mount(kind, fields)
    return ExpandedMount(kind, mount.from_name, values)


def _cache_identity(mount: ExpandedMount, stage: StageScope) -> Hashable:
    """The id counts only in the default case: shared, and the target for an id; any other id is blanked."""
    default = cleaned(mount.value("target"))
    if mount.value("id") not in {"", default} or mount.value("sharing").lower() not in {"", "shared"}:
        return None
    return stage.build.options.build_args.get("BUILDKIT_CACHE_MOUNT_NS", ""), default


def _ownership(mount: ExpandedMount) -> Hashable:
    if mount.value("source").strip("/") or not any(mount.value(key) for key in ("uid", "gid", "mode")):
        return None
    return tuple(mount.value(key) for key in ("uid", "gid", "mode"))


def _secret(mount: ExpandedMount) -> Hashable:
    """Id, place and permissions; never the value."""
    identity = mount.value("source") or mount.value("id")
    if mount.kind == "secret":
        if not identity:
            identity = posixpath.basename(mount.value("target"))
        target = mount.value("target")
        if not target and "env" not in mount.values:
            target = f"/run/secrets/{posixpath.basename(identity)}"
    else:
        target = mount.value("target")
    required = "required" in mount.values and mount.value("required") not in {"false", "0"}
    return (mount.kind, identity, target, mount.values.get("env"), required, *map(mount.value, ("uid", "gid", "mode")))
