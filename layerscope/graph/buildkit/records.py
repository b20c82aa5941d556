"""What a cache holds under one key: records, found by the results and by the contents of their inputs.

Sets of records are bits of an integer, by the records' numbers: a history of thousands of builds leaves thousands of
records of one `COPY . .`, and each later build asks about all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from layerscope.graph.files.content import Content, compare_contents, same_modes
from layerscope.graph.files.filesystem import Match
from layerscope.values import Entity, Value, field

if TYPE_CHECKING:
    from layerscope.graph.files.content_digest import ContentDigest


class Presence(IntEnum):
    """Whether something is in a cache: MAYBE where that hangs on what a command wrote in a build before."""

    NO = 0
    MAYBE = 1
    YES = 2


class ReadContent(Value):
    """The files of one input. digest: None where files would have to be read for it. of_context: not of a stage.

    selectors: a number for what is read.
    """

    content: Content
    digest: ContentDigest | None = None
    of_context: bool = True
    selectors: int = 0


class ByContent(Value):
    """An input of which files must be looked at to find a record, or may have to be."""

    index: int
    needed: Presence


class InputKey(Value):
    """One input of a vertex that is looked up.

    result: None where it is known by its files alone. group: a name for the results that may each be any of the others,
    that one among them. may_equal: single ones that it may turn out to be. selectors: a number for what is read of it;
    0 is all, by its result.
    """

    result: int | None
    group: int
    may_equal: Collection[int]
    selectors: int
    read: ReadContent | None


class AlikeContents(Entity):
    """Contents of one form, by the results they hang on. sample: None where the form says all; selectors: its own."""

    sample: Content | None
    identities: tuple[Hashable, ...]
    selectors: int
    records: int = 0
    by_identities: dict[tuple[Hashable, ...], int] = field(default_factory=dict)
    met: tuple[Hashable, Match] | None = None  # the other form met last, and what comparing one of it gave

    def compared(self, read: ReadContent) -> Match:
        """One of another form held against these. The same ones hang on the same results, whatever their forms."""
        assert self.sample is not None
        digest = read.digest
        if digest is not None and self.identities and set(digest.identities) != set(self.identities):
            if self.met is None or self.met[0] != digest.form:
                self.met = digest.form, min(Match.MAYBE, compare_contents(read.content, self.sample))
            return self.met[1]
        match = compare_contents(read.content, self.sample)
        if match is Match.YES and read.selectors != self.selectors and not same_modes(read.content, self.sample):
            # Only at the place where it was before does a context's directory keep the mode that was sent first.
            match = Match.NO
        return match


class KnownInput(Entity):
    """Under what the records know one input. named: contents whose form says all; other: the rest."""

    by_result: dict[tuple[int, int], int] = field(default_factory=dict)
    named: dict[Hashable, AlikeContents] = field(default_factory=dict)
    other: dict[Hashable, AlikeContents] = field(default_factory=dict)


class Records(Entity):
    """The records of one key.

    results: of each record, by its number. groups: results that may all be each other, by the first of them.
    """

    inputs: list[KnownInput]
    results: list[int] = field(default_factory=list)
    alive: int = 0
    doubtful: int = 0  # those alive of which only a build before can tell whether they are
    without_result: int = 0  # those of which the key alone is there
    maybe_without: int = 0  # those of which that may be so
    groups: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: int) -> Records:
        return cls([KnownInput() for _ in range(inputs)])

    def add(self, result: int) -> int:
        """A new record's number."""
        number = len(self.results)
        self.results.append(result)
        self.alive |= 1 << number
        return number

    def forget(self, number: int) -> None:
        self.alive &= ~(1 << number)

    def renumber(self, number: int) -> int:
        """The record of a result anew, which nothing leads to yet; its new number."""
        new = self.add(self.results[number])
        self.forget(number)
        for first, group in self.groups.items():
            if group >> number & 1:
                self.groups[first] = group | 1 << new
        return new

    def keep(self, number: int, presence: Presence) -> None:
        """Whether a record is there."""
        self.alive = _with(self.alive, number, presence is not Presence.NO)
        self.doubtful = _with(self.doubtful, number, presence is Presence.MAYBE)

    def keep_result(self, number: int, presence: Presence) -> None:
        """Whether the result of a record is there, and not its key alone."""
        self.without_result = _with(self.without_result, number, presence is Presence.NO)
        self.maybe_without = _with(self.maybe_without, number, presence is Presence.MAYBE)

    def drop_results(self, some: int) -> None:
        """Of some records the results are not there."""
        self.without_result |= some
        self.maybe_without &= ~some

    def doubt_results(self, some: int) -> None:
        """Of some records the results may be there."""
        self.maybe_without |= some
        self.without_result &= ~some

    def first(self, among: int) -> int:
        """The number of the oldest record, of those whose results are there if there are such."""
        return next(numbers(among & ~(self.without_result | self.maybe_without) or among))

    def led_by_content(self, number: int, alike: int, inputs: list[InputKey]) -> tuple[ByContent, ...]:
        """The inputs, contexts apart, at which it is what is read of them that leads to a record.

        alike: the records that it may turn out to be, which keys may lead to.
        """
        found: list[ByContent] = []
        for index, (known, given) in enumerate(zip(self.inputs, inputs, strict=True)):
            if given.result is None or known.by_result.get((given.result, given.selectors), 0) >> number & 1:
                continue
            led = 0
            for result in (given.result, given.group, *given.may_equal):
                led |= known.by_result.get((result, given.selectors), 0)
            found.append(ByContent(index, Presence.MAYBE if led & alike else Presence.YES))
        return tuple(found)

    def have_results(self, some: int) -> Presence:
        """Whether the results of some records are there, and not their keys alone."""
        if not some & (self.without_result | self.maybe_without):
            return Presence.YES
        return Presence.NO if not some & ~self.without_result else Presence.MAYBE

    def part(self, number: int, index: int, given: InputKey) -> None:
        """Nothing but what is read of an input leads to a record any more."""
        known, bit = self.inputs[index], 1 << number
        for result in (given.result, given.group):
            if result is not None and (result, given.selectors) in known.by_result:
                known.by_result[result, given.selectors] &= ~bit

    def link(self, number: int, inputs: list[InputKey]) -> None:
        """Remember under which results and contents a record is known now."""
        bit = 1 << number
        for known, given in zip(self.inputs, inputs, strict=True):
            if given.result is not None:
                by_result = known.by_result
                for result in (given.result, given.group):
                    name = result, given.selectors
                    by_result[name] = by_result.get(name, 0) | bit
            if given.read is not None:
                _link_content(known, given.read, bit)

    def matching(self, inputs: list[InputKey]) -> list[tuple[int, int]]:
        """For each input the records that certainly have the same, and those that have or may have."""
        alive = self.alive
        sure = alive & ~self.doubtful
        found: list[tuple[int, int]] = []
        for known, given in zip(self.inputs, inputs, strict=True):
            certain = possible = 0
            if given.result is not None:
                by_result, selectors = known.by_result, given.selectors
                certain = by_result.get((given.result, selectors), 0)
                possible = certain | by_result.get((given.group, selectors), 0)
                for other in given.may_equal:
                    possible |= by_result.get((other, selectors), 0)
            if given.read is not None:
                same, maybe = _with_content(known, given.read)
                certain |= same
                possible |= same | maybe
            found.append((certain & sure, possible & alive))
        return found


def _with(records: int, number: int, there: bool) -> int:
    bit = 1 << number
    return records | bit if there else records & ~bit


def numbers(records: int) -> Iterator[int]:
    """The numbers of some records, in the order in which they were made."""
    while records:
        lowest = records & -records
        yield lowest.bit_length() - 1
        records ^= lowest


def _link_content(known: KnownInput, read: ReadContent, bit: int) -> None:
    digest = read.digest
    place: dict[Hashable, AlikeContents] = known.other
    sample: Content | None = read.content
    form: Hashable = digest.form if digest is not None else id(read.content)
    identities = digest.identities if digest is not None else ()
    if digest is not None and not identities:
        place = known.named
        if read.of_context:
            sample = None  # the form says all: no context of an old build is kept for it
    alike = place.get(form)
    if alike is None:
        alike = place[form] = AlikeContents(sample, identities, read.selectors)
    alike.records |= bit
    alike.by_identities[identities] = alike.by_identities.get(identities, 0) | bit


def _with_content(known: KnownInput, read: ReadContent) -> tuple[int, int]:
    """The records with certainly the same content, and those of which only a build can tell."""
    certain = possible = 0
    digest = read.digest
    if digest is not None and not digest.identities:
        alike = known.named.get(digest.form)
        certain = alike.records if alike is not None else 0
    else:
        # A stage that only a build knows may hold just these files.
        for alike in known.named.values():
            if alike.sample is None or compare_contents(read.content, alike.sample) is not Match.NO:
                possible |= alike.records
    for form, alike in known.other.items():
        if digest is not None and form == digest.form:
            certain |= alike.by_identities.get(digest.identities, 0)
            possible |= alike.records
            continue
        match = alike.compared(read)
        if match is Match.YES:
            certain |= alike.by_identities[alike.identities]
        if match is not Match.NO:
            possible |= alike.records
    return certain, possible
