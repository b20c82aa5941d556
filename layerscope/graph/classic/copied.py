"""One COPY or ADD of the classic builder: the files that are summed for its step, and what it leaves of them."""

from __future__ import annotations

import posixpath

from layerscope.context.globs import check_glob, has_wildcard
from layerscope.context.tree import Directory, cleaned
from layerscope.dockerfile.instructions import Add, Copy
from layerscope.errors import InputError
from layerscope.graph.classic.cache import ClassicResult
from layerscope.graph.classic.config import ClassicConfig
from layerscope.graph.classic.file_sums import FileSums, plain, summed_files
from layerscope.graph.classic.scope import BuildScope
from layerscope.graph.files.content import matched_paths
from layerscope.graph.files.filesystem import Opaque, Tree
from layerscope.graph.names import unmoved_source
from layerscope.graph.operations import CopyAction, CopyOp, ImageSource, Selector, UnknownSource
from layerscope.graph.remote_sources import is_url, remote_source
from layerscope.graph.vertices import Selectors, Vertex, lone_vertex


class ClassicCopy:
    """A COPY or ADD with the config of its stage; --link, --exclude and heredocs are passed over.

    origin: what it copies from, None where that is empty. source: the stage that left it, if one did.
    """

    def __init__(self, copy: Copy, config: ClassicConfig, build: BuildScope) -> None:
        """Raises InputError for what the classic builder refuses."""
        self.copy = copy
        self.config = config
        self.build = build
        self._check()
        self.words = [config.word(text) for text in copy.sources]
        self.origin: Vertex | None
        self.source: ClassicResult | None
        self.origin, self.source = self._origin()

    def sums(self) -> FileSums:
        """What is summed of all its sources. Raises InputError, and MissingSource."""
        copy = self.copy
        sums: list[tuple[str, Tree | None]] = []
        root = self.build.files(self.origin) if self.origin is not None else Directory(0o755, children={})
        found = 0
        for word in self.words:
            if isinstance(copy, Add) and is_url(word):
                self.build.assume(unmoved_source(word))
                sums.append((word, Opaque(remote_source(word)[0].key)))
                found += 1
                continue
            path = word.strip("/")
            if ".." in path.split("/"):
                raise self._refusal(f"{copy.keyword} failed: forbidden path outside the build context: {path}")
            if not check_glob(path):
                raise self._refusal(f"{copy.keyword} failed: syntax error in pattern {path}")
            selector = _selector(word)
            summed = summed_files(root, selector)
            if copy.from_name is not None:  # of a stage's own files none is missing in an archive
                summed = [(path, plain(node)) for path, node in summed]
            sums += summed
            found += len(matched_paths(root, selector)[0]) or bool(summed)
        if found == 0:
            raise self._refusal(f"{copy.keyword} failed: no source files were specified")
        if found > 1 and not self.config.word(copy.destination).endswith("/"):
            raise self._refusal(f"{copy.keyword} of more than one source file: the destination must end with a /")
        return tuple(sums)

    def onto(self, parent: Vertex | None) -> Vertex | None:
        """What it leaves on a file system, as the vertex that BuildKit would have for it."""
        copy = self.copy
        if self.origin is None:
            return None
        written = self.config.word(copy.destination)
        destination = cleaned(posixpath.join("/", self.config.workdir, written))
        if written.endswith("/"):
            destination += "/"
        inputs: list[tuple[Vertex, Selectors]] = [(self.origin, ())]
        actions: list[CopyAction] = []
        for word in self.words:
            if isinstance(copy, Add) and is_url(word):
                remote, name = remote_source(word, keep_git_dir=bool(copy.keep_git_dir))
                actions.append(CopyAction(len(inputs), Selector(name)))
                inputs.append((lone_vertex(remote), ()))
            else:
                actions.append(CopyAction(0, _selector(word), isinstance(copy, Add)))
        chown = self.config.word(copy.chown)
        op = CopyOp(tuple(actions), destination, chown, owns_parents=False)
        return lone_vertex(op, parent, tuple(inputs))

    def _check(self) -> None:
        copy = self.copy
        if self.config.word(copy.chmod):
            raise self._refusal("the --chmod option requires BuildKit")
        if copy.parents:
            raise self._refusal("unknown flag: --parents")
        if copy.from_name == "scratch":
            raise self._refusal("invalid from flag value scratch: 'scratch' is a reserved name")
        if copy.chown.count(":") > 1:
            raise self._refusal(f"invalid chown string format: {copy.chown}")

    def _origin(self) -> tuple[Vertex | None, ClassicResult | None]:
        build, name = self.build, self.copy.from_name
        if name is None:
            return build.context_vertex, None
        below = build.stage_named(name)
        if below is not None:
            return below.vertex, below.result
        if name.isdecimal():
            raise self._refusal(f"invalid from flag value {name}: index out of bounds")
        named = build.options.named_contexts.get(name)
        if named is not None and named.unknown is not None:
            return lone_vertex(UnknownSource(name, named.unknown)), None
        image = build.image(name, is_base=False)
        return lone_vertex(ImageSource(image.identity)), None

    def _refusal(self, message: str) -> InputError:
        return InputError(message, self.build.dockerfile.path, self.copy.line)


def _selector(word: str) -> Selector:
    path = word.strip("/")
    return Selector(path if path != "." else "", has_wildcard(path))
