"""The kinds of values that are remembered of a replay: its commits, and the cache of its builder."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import chain
from typing import Any

from layerscope.analysis.answers.replayed_commits import BuiltCommit, ReplayedStep
from layerscope.analysis.cause import Cause
from layerscope.analysis.file_parts import FilePart
from layerscope.answer import Assumption
from layerscope.context.tree import Directory, File, Link, Special
from layerscope.graph.caches.build_cache import BuildCache
from layerscope.graph.caches.entries import AlikeContents, Entries, KnownInput
from layerscope.graph.files.content import Content, Entry
from layerscope.graph.files.filesystem import Match, NamedOwner, Opaque
from layerscope.graph.operations import Selector
from layerscope.graph.outcomes import Outcome
from layerscope.inputs.packed import At, Kind, Place, packed, plain, stored, unpacked
from layerscope.values import Value

_CAUSES = tuple(Cause.__subclasses__())
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}


class Remembered(Value):
    """What a replay did, and the cache that it left."""

    commits: tuple[BuiltCommit, ...]
    cache: BuildCache

    def packed(self) -> bytes:
        """Raises TypeError or RecursionError where it cannot be kept."""
        return packed(self, KINDS, _CAUSES)

    @classmethod
    def unpacked(cls, data: memoryview) -> Remembered:
        """Raises ValueError for what is none."""
        found = unpacked(data, KINDS)
        if not isinstance(found, cls):
            raise ValueError(type(found).__name__)  # noqa: TRY004 (as for all that is damaged)
        return found


def _items(value: Mapping[Any, Any], place: Place) -> Iterable[int]:
    return map(place, chain.from_iterable(value.items()))


def _dict(parts: list[Any], at: At) -> dict[Any, Any]:
    return dict(zip(map(at, parts[::2]), map(at, parts[1::2]), strict=True))


def _numbers(value: Mapping[int, int]) -> list[Any]:
    """Names of results and sets of them lie in the entry itself: there are thousands, and hardly two are the same."""
    return [*value, *map(stored, value.values())]


def _of_numbers(parts: list[Any]) -> dict[int, int]:
    half = len(parts) // 2
    return dict(zip(parts[:half], map(plain, parts[half:]), strict=True))


def _sequence(cls: type) -> Kind:
    return cls, lambda value, place: map(place, value), lambda parts, at: cls(map(at, parts))


def _fields(cls: type, *names: str, make: Callable[..., Any] | None = None) -> Kind:
    """What is made of its fields, by position."""
    create = make or cls
    return (
        cls,
        lambda value, place: [place(getattr(value, name)) for name in names],
        lambda parts, at: create(*map(at, parts)),
    )


def _file(mode: int, size: int | None, digest: str, owner: Hashable) -> File:
    return File(mode, size, digest, owner=owner)


def _directory(parts: list[Any], at: At) -> Directory:
    mode, owner, made, *rest = parts
    return Directory(mode, children=_dict(rest, at), owner=at(owner), made=made)


def _parts_of_opaque(opaque: Opaque, place: Place) -> list[Any]:
    fixed = place(opaque.state), place(opaque.path), place(opaque.mark), opaque.from_image, place(opaque.header)
    return [*fixed, *_items(opaque.overlay, place)]


def _opaque(parts: list[Any], at: At) -> Opaque:
    state, path, mark, from_image, header, *rest = parts
    return Opaque(at(state), at(path), _dict(rest, at), at(mark), from_image, at(header))


def _named_owner(*fields: Any) -> NamedOwner:
    owner = NamedOwner.__new__(NamedOwner)
    owner.text, owner.passwd, owner.group = fields
    return owner


def _parts_of_commit(commit: BuiltCommit, place: Place) -> list[Any]:
    """Of a step that ran only what its row in the layout does not say."""
    ran = [(number, step.outcome.value, [*map(place, step.causes)]) for number, step in commit.ran]
    words = commit.id, commit.time, stored(commit.subject), stored(commit.error)
    return [*words, place(commit.layout), place(commit.assumptions), ran]


def _commit(parts: list[Any], at: At) -> BuiltCommit:
    name, time, subject, error, layout, assumptions, ran = parts
    rows = at(layout)
    steps = [(n, rows[n].run(_OUTCOMES[outcome], tuple(map(at, causes)))) for n, outcome, causes in ran]
    return BuiltCommit(name, time, plain(subject), plain(error), rows, tuple(steps), at(assumptions))


def _parts_of_known_input(known: KnownInput, place: Place) -> list[Any]:
    makers = [maker for maker, _ in known.makers]
    selectors = [number for _, number in known.makers]
    return [place(known.named), place(known.other), makers, selectors, [*map(stored, known.makers.values())]]


def _known_input(parts: list[Any], at: At) -> KnownInput:
    named, other, makers, selectors, records = parts
    names = zip(makers, selectors, strict=True)
    return KnownInput(dict(zip(names, map(plain, records), strict=True)), at(named), at(other))


def _parts_of_alike(alike: AlikeContents, place: Place) -> list[Any]:
    by_identities = chain.from_iterable((place(of), stored(records)) for of, records in alike.by_identities.items())
    fixed = place(alike.sample), place(alike.identities), alike.selectors, stored(alike.records), place(alike.met)
    return [*fixed, *by_identities]


def _alike(parts: list[Any], at: At) -> AlikeContents:
    sample, identities, selectors, records, met, *rest = parts
    by_identities = dict(zip(map(at, rest[::2]), map(plain, rest[1::2]), strict=True))
    return AlikeContents(at(sample), at(identities), selectors, plain(records), by_identities, at(met))


def _entries(parts: list[Any], at: At) -> Entries:
    inputs, results, alive, hollow, groups = parts
    return Entries(at(inputs), results, plain(alive), plain(hollow), _of_numbers(groups))


def _cache(parts: list[Any], at: At) -> BuildCache:
    named, has_hollow, entries, identities, groups, kin, selectors = parts
    return BuildCache(named, has_hollow, at(entries), identities, _of_numbers(groups), at(kin), at(selectors))


_VALUES: tuple[type[Value], ...] = (Content, Entry, Selector, Assumption, ReplayedStep, Remembered, *_CAUSES)
KINDS: tuple[Kind, ...] = (
    *map(_sequence, (tuple, list, set, frozenset)),
    (dict, _items, _dict),
    _fields(File, "mode", "size", "digest", "owner", make=_file),
    _fields(Link, "target", "owner"),
    _fields(Special, "kind", "mode", "owner"),
    _fields(NamedOwner, "text", "passwd", "group", make=_named_owner),
    (BuiltCommit, _parts_of_commit, _commit),
    *[_fields(kind, "value") for kind in (Match, Outcome, FilePart)],
    *[_fields(kind, *kind.__struct_fields__) for kind in _VALUES],
    (Directory, lambda d, place: (d.mode, place(d.owner), d.made, *_items(d.children, place)), _directory),
    (Opaque, _parts_of_opaque, _opaque),
    (KnownInput, _parts_of_known_input, _known_input),
    (AlikeContents, _parts_of_alike, _alike),
    (
        Entries,
        lambda e, place: (place(e.inputs), e.results, stored(e.alive), stored(e.hollow), _numbers(e.groups)),
        _entries,
    ),
    (
        BuildCache,
        lambda c, place: (
            c.named, c.has_hollow, place(c.entries), c.identities, _numbers(c.groups), place(c.kin), place(c.selectors)
        ),
        _cache,
    ),
)  # fmt: skip
