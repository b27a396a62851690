"""How often rules were triggered, matched and acted, counted by day of the organisation's zone.

That an event wakes a rule is not counted for each rule, because a thousand silent ones must cost a write
nothing: events are counted by module and rule book version, and a rule's share is worked out when asked.
Such a row has the module's id as `rule_id`, the version as `group_id` and the event as `action_id`.
Rules that wait for changes of fields are counted together with those that the same changes triggered.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from kaizen.automation.engine.triggers import waits_for, watches_fields
from kaizen.automation.reaction import Fired, Matched, Reaction
from kaizen.fields.moment import show_instant
from kaizen.model.catalog import Module
from kaizen.model.values import Id
from kaizen.records.ports import OrganisationState, UnitOfWork, UsageCount
from kaizen.vocabulary.automation import Event

_EVENTS: Final = {Event.CREATE: 1, Event.EDIT: 2, Event.DELETE: 3}

#: The beginning of the text of a moment.
_DAY: Final = len("2024-01-31")

Key = tuple[Id, Id, Id, Id]


class UsageCounter:
    """Counts of one unit of work, handed over at once."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._events: dict[Key, int] = {}
        self._triggered: list[tuple[Id, ...]] = []
        self._matched: list[Matched] = []
        self._fired: list[Fired] = []

    def saw(self, module: Module, event: Event, times: int) -> None:
        """Count events of one kind that the module's rules looked at."""
        if times:
            key = (module.id, 0, self._uow.book.version, _EVENTS[event])
            self._events[key] = self._events.get(key, 0) + times

    def reacted(self, reaction: Reaction) -> None:
        """Count the rules that a change triggered and the conditions that matched."""
        if reaction.triggered:
            self._triggered.append(reaction.triggered)
        self._matched += reaction.matched

    def acted(self, fired: Iterable[Fired]) -> None:
        """Count actions and how they went."""
        self._fired += fired

    def hand_over(self) -> None:
        """Add what was counted to the counts of the day."""
        done, failed = self._events, dict[Key, int]()
        if self._matched or self._fired:
            self._count_actions(done, failed)
        triggered = Counter(self._triggered) if self._triggered else {}
        self._events, self._triggered, self._matched, self._fired = {}, [], [], []
        if not (done or failed or triggered):
            return
        now = self._uow.now
        day = show_instant(now, self._uow.organisation.zone)[:_DAY]
        for rules, times in triggered.items():
            self._uow.tally_triggered(rules, times, day, now)
        self._uow.tally([UsageCount(*key, day, done.get(key, 0), failed.get(key, 0), now) for key in done | failed])

    def _count_actions(self, done: dict[Key, int], failed: dict[Key, int]) -> None:
        for (rule_id, condition_id, _), times in Counter(self._matched).items():
            done[rule_id, condition_id, 0, 0] = times
        # What found nothing to do says so with the same entry each time.
        entries = {id(each): each for each in self._fired}
        for entry, times in Counter(map(id, self._fired)).items():
            rule_id, condition_id, group_id, action, _, outcome, _ = entries[entry]
            counts, key = failed if outcome == "failed" else done, (rule_id, condition_id, group_id, action.id)
            counts[key] = counts.get(key, 0) + times


def trigger_count(uow: UnitOfWork, rule_id: Id, since: str, until: str) -> int:
    """Return how often a rule's trigger held between two days (YYYY-MM-DD, both included).

    The trigger may have been another one at times: changes of watched fields are counted for the rule, events are not.
    """
    rule = uow.book.by_id.get(rule_id)
    module = uow.catalog.by_name.get(rule.module) if rule is not None else None
    if module is None:
        return 0
    by_fields = _sum(count for count in uow.usage(rule_id, since, until) if count.condition_id == 0)
    return by_fields + _sum(count for count in uow.usage(module.id, since, until) if _woke(uow, rule_id, count))


def rules_waiting_for(uow: OrganisationState, module_id: Id, version: int, event: int) -> int:
    """Return how many rules of a module counted events of one kind woke, by the rule book as it was."""
    count = UsageCount(module_id, 0, version, event, "", 1, 0, 0)
    name = next((module.api_name for module in uow.catalog.modules if module.id == module_id), "")
    return sum(_woke(uow, rule.id, count) for rule in uow.book_at(version).by_id.values() if rule.module == name)


def _woke(uow: OrganisationState, rule_id: Id, count: UsageCount) -> bool:
    """Return whether counted events woke a rule, by the rule book as it was."""
    rule = uow.book_at(count.group_id).by_id.get(rule_id)
    if rule is None or not rule.active or watches_fields(rule):
        return False
    return any(number == count.action_id and waits_for(rule, event) for event, number in _EVENTS.items())


def _sum(counts: Iterable[UsageCount]) -> int:
    return sum(count.success for count in counts)
