"""Sources of ADD that are fetched: files of a URL, and git repositories."""

from __future__ import annotations

import posixpath
import re

from layerscope.graph.operations import GitSource, HttpSource

_GIT_URL = re.compile(r"(git@|git://|ssh://|https?://[^#?]+\.git([#?]|$)|github\.com/)")


def is_git(source: str) -> bool:
    """Whether an ADD source is a git repository."""
    return _GIT_URL.match(source) is not None


def is_url(source: str) -> bool:
    """Whether an ADD source is `https://…` or `http://…`."""
    return source.startswith(("http://", "https://"))


def is_remote(source: str) -> bool:
    """Whether an ADD source is fetched."""
    return is_url(source) or is_git(source)


def remote_source(source: str, *, keep_git_dir: bool = False, checksum: str = "") -> tuple[GitSource | HttpSource, str]:
    """A fetched source and the name that its file has; a repository has none."""
    if is_git(source):
        return GitSource(source, keep_git_dir, checksum), ""
    name = posixpath.basename(
        source.partition("#")[0].partition("?")[0].rstrip("/").partition("://")[2].partition("/")[2]
    )
    name = name or "__unnamed__"
    return HttpSource(source, name, checksum), name
