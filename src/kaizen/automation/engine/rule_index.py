"""The rules of one module for one event, indexed: what a write pays for is what matches, not what is there.

Compiling a thousand rules takes a tenth of a second, and every change of a rule makes a new index. So an index takes
over what an earlier one compiled: its rules lie in segments of very different sizes, a changed rule goes into a small
new segment, and what the old one says of it is passed over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kaizen.automation.engine.prepared_rule import Branch, PreparedRule
from kaizen.automation.engine.rule_segment import Reader, RuleSegment, Slot, compile_segment
from kaizen.automation.engine.triggers import waits_for
from kaizen.automation.engine_context import EngineContext
from kaizen.automation.rule_book import RuleBook
from kaizen.criteria.tree import CURRENT_USER, CURRENT_USER_ROLE, Path, key_of
from kaizen.model.rule import Rule
from kaizen.model.values import Id, Values
from kaizen.model.weak_cache import WeakCache
from kaizen.vocabulary.automation import Event

#: A segment at least so many times smaller than the one before it is left alone, else the two are compiled as one.
#: That keeps the segments few and the work per changed rule about that of compiling two dozen.
_SHRINKS: Final = 8


#: The pseudo fields that say who changes the record.
CALLER: Final = frozenset({key_of(CURRENT_USER), key_of(CURRENT_USER_ROLE)})


@dataclass(frozen=True)
class IndexedSegment:
    """One segment of an index."""

    segment: RuleSegment
    places: Mapping[Id, int]  #: where its rules stand in the index; those that changed since are not there

    @cached_property
    def branches(self) -> Mapping[Slot, tuple[int, Branch]]:
        """What its conditions lead to: the place of the rule, and the branch."""
        prepared = self.segment.prepared
        return {
            (number, at): (place, branch)
            for number, place in self.places.items()
            for at, branch in enumerate(prepared[number].branches)
        }


@dataclass(frozen=True)
class RuleIndex:
    """What can happen on one event of one module."""

    prepared: tuple[PreparedRule, ...]  #: the rules that work, in the order in which they run: by place
    segments: tuple[IndexedSegment, ...]
    broken: tuple[tuple[Id, str], ...]
    related: frozenset[Path]  #: what the conditions of `won` read behind lookups
    read: frozenset[str]  #: the record's own fields that these conditions read
    woken_by_event: bool  #: whether the event alone wakes some rules
    woken_by_fields: bool  #: whether the change of a field wakes some

    def __bool__(self) -> bool:
        return bool(self.prepared or self.broken)

    @cached_property
    def looks_only_at_record(self) -> bool:
        """Whether the values of the record alone say which rules wake."""
        return not (self.woken_by_fields or self.broken or self.related or self.read & CALLER)

    def right_at(self, at: int, context: EngineContext) -> bool:
        """Return whether the index still holds at a moment."""
        return all(indexed.segment.right_at(at, context) for indexed in self.segments)

    def won(self, values: Values) -> dict[int, Branch]:
        """Return the winning condition of each rule that the event alone wakes, by place."""
        won: dict[int, Branch] = {}
        for indexed in self.segments:
            for slot in indexed.segment.conditions.matches(values):
                found = indexed.branches.get(slot)
                if found is not None:
                    won.setdefault(*found)
        return won

    @cached_property
    def plain(self) -> frozenset[int]:
        """The places of the rules that `won_by_fields` answers for."""
        return frozenset(
            place
            for indexed in self.segments
            for number, place in indexed.places.items()
            if number in indexed.segment.plain
        )

    def won_by_fields(self, values: Callable[[Reader], Values]) -> dict[int, Branch]:
        """Return the winning condition of each plain rule, by place, whether or not a change wakes it."""
        won: dict[int, Branch] = {}
        for indexed in self.segments:
            watchers = indexed.segment.watchers
            for slot in watchers.matches(values(watchers)):
                found = indexed.branches.get(slot)
                if found is not None:
                    won.setdefault(*found)
        return won

    def updated(self, changed: frozenset[str], values: Callable[[Reader], Values]) -> list[int]:
        """Return the places of the field_update rules that a change wakes, in order.

        `values` gives the values that some criteria read.
        """
        found: set[int] = set()
        for indexed in self.segments:
            for name in indexed.segment.updates.keys() & changed:
                compiled = indexed.segment.updates[name]
                seen = values(compiled)
                for number in compiled.matches(seen):
                    place = indexed.places.get(number)
                    if place is not None and self._is_woken(place, name, changed, seen):
                        found.add(place)
        return sorted(found)

    def _is_woken(self, place: int, name: str, changed: frozenset[str], values: Values) -> bool:
        trigger = self.prepared[place].trigger
        return trigger is None or trigger.wakes(name, changed, values)


EMPTY_INDEX = RuleIndex((), (), (), frozenset(), frozenset(), woken_by_event=False, woken_by_fields=False)


def index_for(book: RuleBook, module: str, event: Event, at: int, context: EngineContext) -> RuleIndex:
    """Return the index for an event, compiled once per rule book (and once a day where criteria need it)."""
    if module not in book.by_module:
        return EMPTY_INDEX
    indexes, key = _INDEXES.of(book), (module, event)
    index = indexes.now.get(key)
    if index is not None and index.right_at(at, context):
        return index
    before = index or indexes.before.get(key) or EMPTY_INDEX
    index = indexes.now[key] = compile_index(book.by_module[module], event, at, context, before)
    return index


def take_over(book: RuleBook, before: RuleBook) -> None:
    """Let what is compiled from a book begin with what was compiled from the one before it."""
    earlier = _INDEXES.of(before)
    _INDEXES.of(book).before = {**earlier.before, **earlier.now}


class _Indexes:
    """What was compiled from one book, and from those before it."""

    def __init__(self) -> None:
        self.now: dict[tuple[str, Event], RuleIndex] = {}
        self.before: Mapping[tuple[str, Event], RuleIndex] = {}


_INDEXES: Final[WeakCache[RuleBook, _Indexes]] = WeakCache(lambda _: _Indexes())


def compile_index(
    rules: Iterable[Rule], event: Event, at: int, context: EngineContext, before: RuleIndex = EMPTY_INDEX
) -> RuleIndex:
    """Compile the rules of one module, given in order, for one event; `before` is an earlier index for it."""
    chosen = {rule.id: rule for rule in rules if rule.active and waits_for(rule, event)}
    usable = [indexed.segment for indexed in before.segments if indexed.segment.right_at(at, context)]
    segments = _segments(chosen, usable, at, context)
    home = {number: place for place, segment in enumerate(segments) for number in _unchanged(segment, chosen)}
    places: list[dict[Id, int]] = [{} for _ in segments]
    prepared: list[PreparedRule] = []
    broken: list[tuple[Id, str]] = []
    for number in chosen:
        segment = segments[home[number]]
        if number in segment.broken:
            broken.append((number, segment.broken[number]))
        else:
            places[home[number]][number] = len(prepared)
            prepared.append(segment.prepared[number])
    return RuleIndex(
        tuple(prepared),
        tuple(IndexedSegment(segment, where) for segment, where in zip(segments, places, strict=True)),
        tuple(broken),
        related=frozenset().union(*(segment.conditions.related for segment in segments)),
        read=frozenset().union(*(segment.conditions.read for segment in segments)),
        woken_by_event=any(each.trigger is None for each in prepared),
        woken_by_fields=any(each.trigger is not None for each in prepared),
    )


def _segments(
    rules: Mapping[Id, Rule], usable: Sequence[RuleSegment], at: int, context: EngineContext
) -> list[RuleSegment]:
    """Return segments that hold all the rules, each in one segment as it is now: the usable ones and what they lack."""
    kept: list[RuleSegment] = []
    left = dict(rules)
    for segment in usable:
        unchanged = _unchanged(segment, left)
        # One that is mostly passed over costs more than it saves.
        if 2 * len(unchanged) > len(segment.rules):
            kept.append(segment)
            for number in unchanged:
                del left[number]
    kept.sort(key=lambda segment: len(segment.rules), reverse=True)
    while left and kept and len(left) * _SHRINKS >= len(kept[-1].rules):
        left |= {number: rules[number] for number in _unchanged(kept.pop(), rules)}
    if left:
        kept.append(compile_segment(left.values(), at, context))
    return kept


def _unchanged(segment: RuleSegment, rules: Mapping[Id, Rule]) -> list[Id]:
    """Return the rules that a segment has unchanged."""
    return [number for number, rule in segment.rules.items() if rules.get(number) is rule]
