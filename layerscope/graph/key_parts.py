"""The named parts of keys: what `explain` calls them, and which instruction sets a part for those below it."""

from __future__ import annotations

from collections.abc import Hashable

from layerscope.dockerfile.instructions import Instruction, User, Workdir
from layerscope.values import Value


class KeyPart(Value):
    """name: in words. set_by: the instruction that gives the part to the steps below it, if there is one."""

    name: str
    set_by: type[Instruction] | None = None


Definition = tuple[tuple[KeyPart, Hashable], ...]  # in a fixed order for each type of operation

IMAGE = KeyPart("image")
PLATFORM = KeyPart("platform")
CONTEXT = KeyPart("context")
STATE = KeyPart("state")
URL = KeyPart("url")
KEEP_GIT_DIR = KeyPart("keep-git-dir")
CHECKSUM = KeyPart("checksum")

ARGUMENTS = KeyPart("arguments")
BUILD_ARGUMENTS = KeyPart("build arguments")
PROXY = KeyPart("proxy")
ENVIRONMENT = KeyPart("environment")
WORKING_DIRECTORY = KeyPart("working directory", Workdir)
USER = KeyPart("user", User)
NETWORK = KeyPart("network")
SECURITY = KeyPart("security")
DEVICES = KeyPart("devices")
MOUNTS = KeyPart("mounts")
SECRETS = KeyPart("secrets")
HOSTNAME = KeyPart("hostname")
HOSTS = KeyPart("hosts")
ULIMITS = KeyPart("ulimits")
CGROUP_PARENT = KeyPart("cgroup parent")

SOURCES = KeyPart("sources")
DESTINATION = KeyPart("destination", Workdir)
CHOWN = KeyPart("chown")
CHMOD = KeyPart("chmod")
EXCLUDE = KeyPart("exclude")
DIRECTORY = KeyPart("directory", Workdir)
MODE = KeyPart("mode")
OWNER = KeyPart("owner", User)
SOURCE_DATE_EPOCH = KeyPart("SOURCE_DATE_EPOCH")
NAME = KeyPart("name")
CONTENT = KeyPart("content")
SIZE = KeyPart("size")
