"""What both builders make of a stage's config: the defaults of what no image says, and where WORKDIR leads."""

from __future__ import annotations

import posixpath

from layerscope.context.tree import cleaned

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
DEFAULT_SHELL = ("/bin/sh", "-c")
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy")
PROXIES = frozenset([*_PROXIES, *map(str.upper, _PROXIES)])  # the arguments that need no ARG


def changed_directory(directory: str, path: str) -> str:
    """The working directory after WORKDIR: an absolute path stays as written, a relative one is joined and cleaned."""
    return path if path.startswith("/") else joined(directory or "/", path)


def joined(parent: str, path: str) -> str:
    """A path below a directory, cleaned."""
    return cleaned(posixpath.join(parent, path))
