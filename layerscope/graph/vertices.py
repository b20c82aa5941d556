"""Operations with their inputs, and the vertices that equal ones become.

A vertex is looked up by its operation's key plus, for every input, the vertex that makes it *or* a digest of the
selected files in it. Equal operations on equal inputs are one vertex.
"""

from __future__ import annotations

from collections.abc import Hashable

from layerscope.context.tree import Directory
from layerscope.dockerfile.instructions import Instruction
from layerscope.graph.operations import AnyOp, LocalSource, Selector
from layerscope.values import Entity, Value, field

Selectors = tuple[Selector, ...]


class StepLabel(Value):
    """Where an operation comes from and how the builder prints it."""

    name: str
    stage: str
    stage_index: int
    position: int  # index of the step within its stage; -1 for what is no Dockerfile step
    instruction: Instruction
    keyword: str
    order: int = 0  # position in build order among the labels of one graph

    @property
    def is_from(self) -> bool:
        """Whether it is the row of a base image."""
        return self.keyword == "FROM"


class Operation(Entity):
    """One operation before equal ones are merged.

    parent: the file system it begins with, matched by its key alone. sources: other inputs with what is read of them.
    tree: of a source, its files where they are given; of a context, what the builder is sent.
    """

    op: AnyOp
    parent: Operation | None = None
    sources: tuple[tuple[Operation, Selectors], ...] = ()
    label: StepLabel | None = None
    tree: Directory | None = None
    ignore_cache: bool = False


class Vertex(Entity):
    """Equal operations made one: the first of them, and what they all do.

    label: the one the builder prints; others: the labels it swallowed. inputs: the parent, of which no file is
    selected, then the sources (of BuildKit's vertices).
    """

    operation: Operation
    op: AnyOp
    parent: Vertex | None = None
    sources: tuple[tuple[Vertex, Selectors], ...] = ()
    label: StepLabel | None = None
    inputs: tuple[tuple[Vertex, Selectors], ...] = ()
    others: list[StepLabel] = field(default_factory=list)


def lone_vertex(
    op: AnyOp,
    parent: Vertex | None = None,
    sources: tuple[tuple[Vertex, Selectors], ...] = (),
    tree: Directory | None = None,
) -> Vertex:
    """The vertex of an operation that is merged with no other, and has no row."""
    return Vertex(Operation(op, tree=tree), op, parent, sources)


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
            if operation.parent is not None:
                inputs.insert(0, operation.parent)
            stack.extend((source, False) for source in reversed(inputs))
            continue
        parent = met[id(operation.parent)] if operation.parent is not None else None
        sources = tuple((met[id(source)], selectors) for source, selectors in operation.sources)
        key = (
            operation.op.vertex_key,
            id(parent),
            tuple((id(vertex), selectors) for vertex, selectors in sources),
            id(operation.tree) if isinstance(operation.op, LocalSource) else None,
        )
        vertex = unique.get(key)
        if vertex is None:
            read = ((parent, ()), *sources) if parent is not None else sources
            vertex = Vertex(operation, operation.op, parent, sources, operation.label, read)
            unique[key] = vertex
            ordered.append(vertex)
        else:
            # Of equal ones, where one is not to be taken from the cache, none is (`mergeMetadata`).
            vertex.operation.ignore_cache |= operation.ignore_cache
            if operation.label is not None:
                if vertex.label is not None:
                    vertex.others.append(vertex.label)
                vertex.label = operation.label
        met[id(operation)] = vertex
    return ordered


def ready_first(vertices: list[Vertex]) -> list[Vertex]:
    """Vertices by the length of what they wait for, as a builder comes to them: of two with one key the first runs."""
    depth: dict[Vertex, int] = {}
    for vertex in vertices:
        depth[vertex] = 1 + max([depth[source] for source, _ in vertex.inputs], default=0)
    return sorted(vertices, key=depth.__getitem__)
