"""Which records a cache that forgets still has: those that are held, and all from which one of them can be reached.

A key outlives its result: as long as a record is known by it, a build is led there through it. An exported cache has
the keys that its build used with all that lead to them, one that was pruned those that lead to the results it has.
"""

from __future__ import annotations

from layerscope.graph.buildkit.records import Presence, Records
from layerscope.values import Entity, field


class LinkedRecord(Entity):
    """One record. sources: results that it is known by. may_be: others of its key that it may turn out to be, by their
    numbers; through: the results of those of them that lead to all.

    users: records that are there and known by its result. possible_users: those that may be there, or may be it.
    """

    records: Records
    number: int
    sources: set[int] = field(default_factory=set)
    may_be: int = 0
    through: set[int] = field(default_factory=set)
    users: set[int] = field(default_factory=set)
    possible_users: set[int] = field(default_factory=set)
    held: Presence = Presence.NO
    presence: Presence = Presence.NO


class RecordLinks(Entity):
    """All records that are there or may be, by their results."""

    by_result: dict[int, LinkedRecord] = field(default_factory=dict)
    lost: bool = False  # whether something has gone, or may have, since this was asked last

    def add(self, records: Records, number: int, sources: set[int], may_be: int) -> None:
        """A record that a build used, with the results that it is known by since then."""
        result = records.results[number]
        record = self.by_result.get(result)
        if record is None:
            record = self.by_result[result] = LinkedRecord(records, number)
        for source in sources - record.sources:
            record.sources.add(source)
            self._lead(result, record, source)
        may_be &= ~record.may_be
        while may_be:
            number = may_be.bit_length() - 1
            other = records.results[number]
            record.through.add(other)
            self._lead(result, record, other, certain=False)
            leading = self.by_result.get(other)
            reached = 1 << number | (leading.may_be if leading is not None else 0)
            record.may_be |= reached
            may_be &= ~reached

    def hold(self, result: int, held: Presence) -> None:
        """Whether the policy itself keeps a record."""
        record = self.by_result.get(result)
        if record is not None and record.held is not held:
            record.held = held
            self._settle(result)

    def replace(self, result: int, number: int, sources: set[int]) -> None:
        """The record has another number, and is known by these results alone."""
        record = self.by_result[result]
        for source in record.sources - sources:
            self._part(result, source)
        record.sources, record.number = sources, number

    def _lead(self, result: int, record: LinkedRecord, source: int, *, certain: bool = True) -> None:
        leading = self.by_result.get(source)
        if leading is None or record.presence is Presence.NO:
            return
        leading.possible_users.add(result)
        if certain and record.presence is Presence.YES:
            leading.users.add(result)
        self._settle(source)

    def _part(self, result: int, source: int) -> None:
        leading = self.by_result.get(source)
        if leading is not None:
            leading.users.discard(result)
            leading.possible_users.discard(result)
            self._settle(source)

    def _settle(self, result: int) -> None:
        """Say of a record, and of all that lead to it, whether they are there now."""
        waiting = [result]
        while waiting:
            current = waiting.pop()
            record = self.by_result.get(current)
            if record is None:
                continue
            presence = record.held
            if record.users:
                presence = Presence.YES
            elif record.possible_users:
                presence = max(presence, Presence.MAYBE)
            if presence is record.presence:
                continue
            record.presence = presence
            record.records.keep(record.number, presence)
            self.lost = self.lost or presence is not Presence.YES
            for source in (*record.sources, *record.through):
                leading = self.by_result.get(source)
                if leading is None:
                    continue
                _set(leading.possible_users, current, presence > Presence.NO)
                _set(leading.users, current, presence is Presence.YES and source in record.sources)
                waiting.append(source)
            if presence is Presence.NO:
                del self.by_result[current]


def _set(members: set[int], member: int, there: bool) -> None:
    if there:
        members.add(member)
    else:
        members.discard(member)
