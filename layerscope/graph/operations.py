"""Operations and vertices: what BuildKit's frontend makes of instructions (its LLB), with the parts of each key.

An operation's key is its definition plus, for every input, the key of the vertex that makes it *or* a digest of
the selected files in it. Equal operations with equal inputs are one vertex.
"""

from __future__ import annotations

from collections.abc import Hashable

from layerscope.context.tree import Directory
from layerscope.dockerfile.instructions import Instruction
from layerscope.graph.options import BaseImage
from layerscope.values import Entity, Value, field

Definition = tuple[tuple[str, Hashable], ...]  # named parts, in a fixed order per kind of operation


class Selector(Value):
    """Files of an input: a path, or what a pattern and its include/exclude lists match below it."""

    path: str
    wildcard: bool = False
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()

    @property
    def lists(self) -> bool:
        """Whether the digest is over a list of matches instead of one tree."""
        return self.wildcard or bool(self.exclude) or bool(self.include)


class Label(Value):
    """Where an operation comes from and how the builder prints it."""

    name: str
    stage: str
    stage_index: int
    position: int  # index of the step within its stage; -1 for what is no Dockerfile step
    instruction: Instruction
    keyword: str
    order: int = 0  # position in build order among the labels of one graph


class Operation(Entity):
    """One file-system operation before equal ones are merged.

    kind: image, context, document, remote, unknown, exec, copy, mkdir or merge. chain: the parent file system,
    matched only by definition. sources: other inputs with what is read of them. tree: for a context, what the builder
    is sent.
    """

    kind: str
    definition: Definition
    chain: Operation | None = None
    sources: tuple[tuple[Operation, tuple[Selector, ...]], ...] = ()
    label: Label | None = None
    tree: Directory | None = None
    ignore_cache: bool = False
    placements: tuple[Placement, ...] = ()
    directory: str = ""  # mkdir: the path made
    owner: str = ""  # mkdir: `user[:group]` whose it is
    reference: str = ""  # image: full name and platform. Two names of one image are two vertices, though of one key


def image_parts(image: BaseImage, platform: str) -> Definition:
    """An image that was read is known by its layers; of another the platform decides which ones a name means."""
    return (("image", image.identity), ("platform", "" if image.known else platform))


class Placement(Value):
    """One copy action: which source input, what of it, where to, and how modes and owners are set.

    owns_parents: whether directories made above a copied one are given the owner, too; the classic builder does not.
    """

    source: int  # index into Operation.sources
    selector: Selector
    destination: str
    unpack: bool = False
    chown: str = ""
    chmod: str = ""
    owns_parents: bool = True


class Vertex(Entity):
    """Equal operations made one. `label` is the one the builder prints, `others` are the labels it swallowed.

    inputs: the chain, of which no file is selected, then the sources (of BuildKit's vertices).
    """

    operation: Operation
    chain: Vertex | None
    sources: tuple[tuple[Vertex, tuple[Selector, ...]], ...]
    label: Label | None
    inputs: tuple[tuple[Vertex, tuple[Selector, ...]], ...] = ()
    others: list[Label] = field(default_factory=list)


def merge_operations(target: Operation | None) -> list[Vertex]:
    """The vertices a target needs, inputs before users.

    The walk is BuildKit's own (parent first, then sources, then the operation), because the name of a merged
    vertex is that of the last operation met.
    """
    met: dict[int, Vertex] = {}
    unique: dict[Hashable, Vertex] = {}
    ordered: list[Vertex] = []
    stack: list[tuple[Operation, bool]] = [(target, False)] if target is not None else []
    while stack:
        operation, ready = stack.pop()
        if id(operation) in met:
            continue
        if not ready:
            stack.append((operation, True))
            inputs = [source for source, _ in operation.sources]
            if operation.chain is not None:
                inputs.insert(0, operation.chain)
            stack.extend((source, False) for source in reversed(inputs))
            continue
        chain = met[id(operation.chain)] if operation.chain is not None else None
        sources = tuple((met[id(source)], selectors) for source, selectors in operation.sources)
        key = (
            operation.kind,
            operation.definition,
            id(chain),
            tuple((id(vertex), selectors) for vertex, selectors in sources),
            operation.ignore_cache,
            operation.reference,
            id(operation.tree) if operation.kind == "context" else None,
        )
        vertex = unique.get(key)
        if vertex is None:
            read = ((chain, ()), *sources) if chain is not None else sources
            vertex = Vertex(operation, chain, sources, operation.label, read)
            unique[key] = vertex
            ordered.append(vertex)
        elif operation.label is not None:
            if vertex.label is not None:
                vertex.others.append(vertex.label)
            vertex.label = operation.label
        met[id(operation)] = vertex
    return ordered
