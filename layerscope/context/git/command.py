"""Calls of git on a repository that a context says, whatever a hook or an alias has set for another."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from layerscope.errors import InputError

# A git hook or alias sets these for its own repository; the context says which one counts here.
_OTHER_REPOSITORY = frozenset(
    f"GIT_{name}"
    for name in (
        "DIR",
        "WORK_TREE",
        "INDEX_FILE",
        "PREFIX",
        "COMMON_DIR",
        "OBJECT_DIRECTORY",
        "ALTERNATE_OBJECT_DIRECTORIES",
    )
)


class NoRepositoryError(InputError):
    """No git repository holds the directory."""


def run_git(directory: str, *arguments: str, given: bytes = b"") -> bytes:
    """What git prints. given: what it reads. Raises InputError with git's first line where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", directory, *arguments], capture_output=True, check=False, env=_environment(), input=given
        )
    except (FileNotFoundError, ValueError) as error:
        raise _not_run(error, directory) from None
    if done.returncode != 0:
        raise _failed(done.stderr, arguments[0], directory)
    return done.stdout


@contextmanager
def started_git(directory: str, *arguments: str, asked: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """A git that runs while its output is read; asked: it also reads. It ends with the block, done or not.

    Raises InputError with git's first line where it failed by itself.
    """
    import tempfile

    # What it says is short, but a pipe that nobody reads would stop it.
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                ["git", "-C", directory, *arguments],
                stdin=subprocess.PIPE if asked else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                env=_environment(),
            )
        except (FileNotFoundError, ValueError) as error:
            raise _not_run(error, directory) from None
        ended = False
        try:
            yield process
            ended = True
        finally:
            if process.stdin:
                with suppress(OSError):  # it has ended by itself: its status tells
                    process.stdin.close()
            if not ended:
                process.kill()
            assert process.stdout is not None
            process.stdout.close()
            status = process.wait()
        if status != 0:
            said.seek(0)
            raise _failed(said.read(), arguments[0], directory)


def repository_of(directory: str) -> str:
    """The real path of the work tree that holds a directory. Raises InputError where none does."""
    return os.path.realpath(text_of(run_git(directory, "rev-parse", "--show-toplevel")).removesuffix("\n"))


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def fields_of(data: bytes) -> list[str]:
    """What `-z` separates."""
    return text_of(data).split("\0")[:-1]


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in _OTHER_REPOSITORY}
    return environment | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}


def _not_run(error: OSError | ValueError, directory: str) -> InputError:
    if isinstance(error, OSError):
        return InputError("git is not installed; name the change with --change instead", directory)
    return InputError(str(error), directory)  # a NUL in a name


def _failed(said: bytes, command: str, directory: str) -> InputError:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    message = lines[0].removeprefix("fatal: ").removeprefix("error: ") if lines else f"git {command} failed"
    # It has one exit status for all that went wrong: its words tell, under LC_ALL=C the same everywhere.
    return (NoRepositoryError if message.startswith("not a git repository") else InputError)(message, directory)
