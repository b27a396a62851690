"""The rules of one module for one event, compiled: what a write pays for is what matches, not what is there.

Compiling a thousand rules takes a tenth of a second, and every change of a rule makes a new plan. So a plan takes
over what an earlier one compiled: its rules lie in blocks of very different sizes, a changed rule goes into a small
new block, and what the old one says of it is passed over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kaizen.automation.engine.prepared_rule import Branch, Waiting
from kaizen.automation.engine.rule_segment import Block, Reader, Slot, compile_block
from kaizen.automation.engine.triggers import waits_for
from kaizen.automation.engine_context import Circumstances
from kaizen.automation.rule_book import RuleBook
from kaizen.criteria.tree import CURRENT_USER, CURRENT_USER_ROLE, Path, key_of
from kaizen.model.rule import Rule
from kaizen.model.values import Id, Values
from kaizen.vocabulary.automation import Event

#: A block at least so many times smaller than the one before it is left alone, else the two are compiled as one.
#: That keeps the blocks few and the work per changed rule about that of compiling two dozen.
_SHRINKS: Final = 8


#: The pseudo fields that say who changes the record.
CALLER: Final = frozenset({key_of(CURRENT_USER), key_of(CURRENT_USER_ROLE)})


@dataclass(frozen=True)
class Part:
    """One block of a plan."""

    block: Block
    places: Mapping[Id, int]  #: where its rules stand in the plan; those that changed since are not there

    @cached_property
    def branches(self) -> Mapping[Slot, tuple[int, Branch]]:
        """What its conditions lead to: the place of the rule, and the branch."""
        waiting = self.block.waiting
        return {
            (number, at): (place, branch)
            for number, place in self.places.items()
            for at, branch in enumerate(waiting[number].branches)
        }


@dataclass(frozen=True)
class Plan:
    """What can happen on one event of one module."""

    waiting: tuple[Waiting, ...]  #: the rules that work, in the order in which they run: by place
    parts: tuple[Part, ...]
    broken: tuple[tuple[Id, str], ...]
    related: frozenset[Path]  #: what the conditions of `won` read behind lookups
    read: frozenset[str]  #: the record's own fields that these conditions read
    woken_by_event: bool  #: whether the event alone wakes some rules
    woken_by_fields: bool  #: whether the change of a field wakes some

    def __bool__(self) -> bool:
        return bool(self.waiting or self.broken)

    @cached_property
    def looks_only_at_record(self) -> bool:
        """Whether the values of the record alone say which rules wake."""
        return not (self.woken_by_fields or self.broken or self.related or self.read & CALLER)

    def right_at(self, at: int, circumstances: Circumstances) -> bool:
        """Say whether the plan still holds at a moment."""
        return all(part.block.right_at(at, circumstances) for part in self.parts)

    def won(self, values: Values) -> dict[int, Branch]:
        """Return the winning condition of each rule that the event alone wakes, by place."""
        won: dict[int, Branch] = {}
        for part in self.parts:
            for slot in part.block.conditions.matches(values):
                found = part.branches.get(slot)
                if found is not None:
                    won.setdefault(*found)
        return won

    def updated(self, changed: frozenset[str], values: Callable[[Reader], Values]) -> list[int]:
        """Return the places of the field_update rules that a change wakes, in order.

        `values` gives the values that some criteria read.
        """
        found: set[int] = set()
        for part in self.parts:
            for name in part.block.updates.keys() & changed:
                compiled = part.block.updates[name]
                matches = compiled.matches(values(compiled))
                found.update(part.places[number] for number in matches if number in part.places)
        triggers = ((place, self.waiting[place].trigger) for place in sorted(found))
        return [place for place, trigger in triggers if trigger is None or trigger.must_change <= changed]


EMPTY = Plan((), (), (), frozenset(), frozenset(), woken_by_event=False, woken_by_fields=False)


def plan_for(book: RuleBook, module: str, event: Event, at: int, circumstances: Circumstances) -> Plan:
    """Return the plan for an event, compiled once per rule book (and once a day where criteria need it)."""
    if module not in book.by_module:
        return EMPTY
    key = (module, event)
    plan = book.compiled.get(key)
    if isinstance(plan, Plan) and plan.right_at(at, circumstances):
        return plan
    earlier = plan or book.compiled_before.get(key)
    before = earlier if isinstance(earlier, Plan) else EMPTY
    plan = book.compiled[key] = compile_plan(book.by_module[module], event, at, circumstances, before)
    return plan


def compile_plan(
    rules: Iterable[Rule], event: Event, at: int, circumstances: Circumstances, before: Plan = EMPTY
) -> Plan:
    """Compile the rules of one module, given in order, for one event; `before` is an earlier plan for it."""
    chosen = {rule.id: rule for rule in rules if rule.active and waits_for(rule, event)}
    usable = [part.block for part in before.parts if part.block.right_at(at, circumstances)]
    blocks = _blocks(chosen, usable, at, circumstances)
    home = {number: place for place, block in enumerate(blocks) for number in _unchanged(block, chosen)}
    places: list[dict[Id, int]] = [{} for _ in blocks]
    waiting: list[Waiting] = []
    broken: list[tuple[Id, str]] = []
    for number in chosen:
        block = blocks[home[number]]
        if number in block.broken:
            broken.append((number, block.broken[number]))
        else:
            places[home[number]][number] = len(waiting)
            waiting.append(block.waiting[number])
    return Plan(
        tuple(waiting),
        tuple(Part(block, where) for block, where in zip(blocks, places, strict=True)),
        tuple(broken),
        related=frozenset().union(*(block.conditions.related for block in blocks)),
        read=frozenset().union(*(block.conditions.read for block in blocks)),
        woken_by_event=any(each.trigger is None for each in waiting),
        woken_by_fields=any(each.trigger is not None for each in waiting),
    )


def _blocks(rules: Mapping[Id, Rule], usable: Sequence[Block], at: int, circumstances: Circumstances) -> list[Block]:
    """Return blocks that hold all the rules, each in one block as it is now: the usable ones and what they lack."""
    kept: list[Block] = []
    left = dict(rules)
    for block in usable:
        unchanged = _unchanged(block, left)
        # One that is mostly passed over costs more than it saves.
        if 2 * len(unchanged) > len(block.rules):
            kept.append(block)
            for number in unchanged:
                del left[number]
    kept.sort(key=lambda block: len(block.rules), reverse=True)
    while left and kept and len(left) * _SHRINKS >= len(kept[-1].rules):
        left |= {number: rules[number] for number in _unchanged(kept.pop(), rules)}
    if left:
        kept.append(compile_block(left.values(), at, circumstances))
    return kept


def _unchanged(block: Block, rules: Mapping[Id, Rule]) -> list[Id]:
    """Name the rules that a block holds as they are."""
    return [number for number, rule in block.rules.items() if rules.get(number) is rule]
