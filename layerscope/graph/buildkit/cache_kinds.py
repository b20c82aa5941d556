"""The kinds of values that BuildKit's cache is made of, to be kept between runs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import chain
from typing import Any

from layerscope.context.special import parse_special_type
from layerscope.context.tree import Directory, File, Link, Special
from layerscope.graph.buildkit.cache import BuildCache
from layerscope.graph.buildkit.records import AlikeContents, KnownInput, Records
from layerscope.graph.files.content import Content, ListedFile
from layerscope.graph.files.filesystem import Match, NamedOwner, Opaque
from layerscope.graph.operations import Selector
from layerscope.packed import At, Kind, Position, fields, items, of_items, plain, stored
from layerscope.values import Value


def _numbers(value: Mapping[int, int]) -> list[Any]:
    """Names of results and sets of them lie in the entry itself: there are thousands, and hardly two are the same."""
    return [*value, *map(stored, value.values())]


def _of_numbers(parts: list[Any]) -> dict[int, int]:
    half = len(parts) // 2
    return dict(zip(parts[:half], map(plain, parts[half:]), strict=True))


def _file(mode: int, size: int | None, digest: str, owner: Hashable) -> File:
    return File(mode, size, digest, owner=owner)


def _special(parts: list[Any], at: At) -> Special:
    kind, mode, owner = parts
    return Special(parse_special_type(kind), mode, at(owner))


def _directory(parts: list[Any], at: At) -> Directory:
    mode, owner, made, *rest = parts
    return Directory(mode, children=of_items(rest, at), owner=at(owner), made=made)


def _parts_of_opaque(opaque: Opaque, place: Position) -> list[Any]:
    fixed = place(opaque.state), place(opaque.path), place(opaque.mark), opaque.from_image, place(opaque.header)
    return [*fixed, *items(opaque.overlay, place)]


def _opaque(parts: list[Any], at: At) -> Opaque:
    state, path, mark, from_image, header, *rest = parts
    return Opaque(at(state), at(path), of_items(rest, at), at(mark), from_image, at(header))


def _named_owner(*fields: Any) -> NamedOwner:
    owner = NamedOwner.__new__(NamedOwner)
    owner.text, owner.passwd, owner.group = fields
    return owner


def _parts_of_known_input(known: KnownInput, place: Position) -> list[Any]:
    results = [result for result, _ in known.by_result]
    selectors = [number for _, number in known.by_result]
    return [place(known.named), place(known.other), results, selectors, [*map(stored, known.by_result.values())]]


def _known_input(parts: list[Any], at: At) -> KnownInput:
    named, other, results, selectors, records = parts
    names = zip(results, selectors, strict=True)
    return KnownInput(dict(zip(names, map(plain, records), strict=True)), at(named), at(other))


def _parts_of_alike(alike: AlikeContents, place: Position) -> list[Any]:
    by_identities = chain.from_iterable((place(of), stored(records)) for of, records in alike.by_identities.items())
    fixed = place(alike.sample), place(alike.identities), alike.selectors, stored(alike.records), place(alike.met)
    return [*fixed, *by_identities]


def _alike(parts: list[Any], at: At) -> AlikeContents:
    sample, identities, selectors, records, met, *rest = parts
    by_identities = dict(zip(map(at, rest[::2]), map(plain, rest[1::2]), strict=True))
    return AlikeContents(at(sample), at(identities), selectors, plain(records), by_identities, at(met))


def _parts_of_records(records: Records, place: Position) -> list[Any]:
    return [place(records.inputs), records.results, stored(records.alive), _numbers(records.groups)]


def _records(parts: list[Any], at: At) -> Records:
    inputs, results, alive, groups = parts
    return Records(at(inputs), results, plain(alive), groups=_of_numbers(groups))


def _parts_of_cache(cache: BuildCache, place: Position) -> list[Any]:
    """All but what hangs on the vertices of one program's run; a cache that forgets has more, and is not kept."""
    groups, rest = _numbers(cache.groups), (place(cache.may_equal), place(cache.selectors))
    return [cache.named, place(cache.records), cache.identities, groups, *rest]


def _cache(parts: list[Any], at: At) -> BuildCache:
    named, records, identities, groups, may_equal, selectors = parts
    return BuildCache(named, at(records), identities, _of_numbers(groups), at(may_equal), selectors=at(selectors))


_VALUES: tuple[type[Value], ...] = (Content, ListedFile, Selector)
CACHE_KINDS: tuple[Kind, ...] = (
    fields(File, "mode", "size", "digest", "owner", make=_file),
    fields(Link, "target", "owner"),
    (Special, lambda s, place: (str(s.kind), s.mode, place(s.owner)), _special),
    fields(NamedOwner, "text", "passwd", "group", make=_named_owner),
    fields(Match, "value"),
    *[fields(kind, *kind.__struct_fields__) for kind in _VALUES],
    (Directory, lambda d, place: (d.mode, place(d.owner), d.made, *items(d.children, place)), _directory),
    (Opaque, _parts_of_opaque, _opaque),
    (KnownInput, _parts_of_known_input, _known_input),
    (AlikeContents, _parts_of_alike, _alike),
    (Records, _parts_of_records, _records),
    (BuildCache, _parts_of_cache, _cache),
)
