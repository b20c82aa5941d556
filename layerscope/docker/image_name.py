"""Names of images as Docker reads them: `ubuntu` is `docker.io/library/ubuntu:latest`."""

from __future__ import annotations

import re

from layerscope.errors import InputError
from layerscope.values import Value

DEFAULT_HOST = "docker.io"
DEFAULT_TAG = "latest"
_IMAGE_CONTEXT = "docker-image://"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
)
_PATH = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}")
_ID = re.compile(r"[0-9a-f]{64}")


def image_of_context(text: str) -> str | None:
    """The image that `docker-image://REF` names in place of a directory of files; None for any other context."""
    return text.removeprefix(_IMAGE_CONTEXT) if text.startswith(_IMAGE_CONTEXT) else None


def context_of_image(name: str) -> str:
    """An image as a named context is given."""
    return _IMAGE_CONTEXT + name


class ImageName(Value):
    """A name in full. host: `docker.io` where none was written. path: without the host, `library/` included.

    tag and digest are as written, `None` where they were not; where both are, the digest decides.
    """

    host: str
    path: str
    tag: str | None = None
    digest: str | None = None

    @property
    def repository(self) -> str:
        return f"{self.host}/{self.path}"

    @property
    def version(self) -> str:
        """What tells one image of the repository from the others: the digest, else the tag, else `latest`."""
        return self.digest or self.tag or DEFAULT_TAG

    def __str__(self) -> str:
        if self.digest:
            return f"{self.repository}@{self.digest}"
        return f"{self.repository}:{self.tag or DEFAULT_TAG}"


def parse_name(text: str) -> ImageName:
    """Reads an image's name by the rules of distribution/reference.

    Raises:
        InputError: it is no name Docker would take.
    """
    if _ID.fullmatch(text):
        raise InputError("not the name of an image: 64 hexadecimal digits are an image's id", text)
    rest, _, digest = text.partition("@")
    if "@" in text and not _DIGEST.fullmatch(digest):
        raise InputError("not the name of an image: the digest is not well formed", text)
    head, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # a colon before the last slash belongs to the host's port
        head, tag = rest, ""
    if head != rest and not _TAG.fullmatch(tag):
        raise InputError("not the name of an image: the tag is not well formed", text)
    host, path = _split_host(head)
    if not _HOST.fullmatch(host):
        raise InputError("not the name of an image: the host is not well formed", text)
    if not _PATH.fullmatch(path):
        why = (
            "repositories are written in lower case" if _PATH.fullmatch(path.lower()) else "the path is not well formed"
        )
        raise InputError(f"not the name of an image: {why}", text)
    if len(path) > 255:
        raise InputError("not the name of an image: longer than 255 characters", text)
    return ImageName(host, path, tag or None, digest or None)


def is_host(text: str) -> bool:
    """Whether a text is a registry's `HOST[:PORT]`, and not a name of one word."""
    return _HOST.fullmatch(text) is not None and ("." in text or ":" in text or text == "localhost")


def same_image(one: str, other: str) -> bool:
    """Whether two names mean the same image; what is no name is compared as it stands."""
    try:
        return one == other or str(parse_name(one)) == str(parse_name(other))
    except InputError:
        return False


def _split_host(head: str) -> tuple[str, str]:
    """The part before the first slash is a host if it has a dot, a colon or a capital, or is `localhost`."""
    first, slash, rest = head.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        first, rest = DEFAULT_HOST, head
    if first == "index.docker.io":
        first = DEFAULT_HOST
    if first == DEFAULT_HOST and "/" not in rest:
        rest = "library/" + rest
    return first, rest
