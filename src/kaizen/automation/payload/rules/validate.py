"""Rules: a client's description in, the document to keep or the problem out (reference: automation B and F)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from kaizen.automation.actions.action_payload import CheckedAction
from kaizen.automation.configurations import Configuration
from kaizen.automation.payload.rules.actions import ActionBlock, check_together
from kaizen.automation.payload.rules.merge import merged
from kaizen.automation.payload.rules.parse import (
    ConditionDraft,
    GroupDraft,
    LockDraft,
    RuleDraft,
    fresh_condition,
    parse_rule,
)
from kaizen.automation.payload.rules.triggers import CheckedTrigger, check_category, check_trigger
from kaizen.automation.reading import references
from kaizen.automation.reading.criteria import read_details
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.automation.reading.wordings import RULES
from kaizen.json_body import json_types
from kaizen.json_body.errors import RefusedError, accepted, every, invalid, mismatched, missing, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import Period
from kaizen.vocabulary.codes import Code

#: What a rule's name cannot hold; the service does not list it (reference: automation C4).
_NOT_IN_NAMES: Final = frozenset('<>%#&*^"~;\\{}')
#: How long actions may wait, by period (reference: automation B.4; minutes as in the official sample).
DELAYS: Final[Mapping[Period, tuple[int, int]]] = {
    Period.MINUTES: (2, 180),
    Period.HOURS: (0, 99),
    Period.DAYS: (0, 2000),
    Period.WEEKS: (0, 100),
    Period.MONTHS: (0, 24),
    Period.YEARS: (0, 10),
    Period.BUSINESS_HOURS: (0, 99),
    Period.BUSINESS_DAYS: (0, 2000),
}
#: Triggers spell these differently; either spelling is taken in either place (reference: automation C11).
_OTHER_SPELLING: Final = {"b_hours": Period.BUSINESS_HOURS, "b_days": Period.BUSINESS_DAYS}
_BUSINESS: Final = frozenset({Period.BUSINESS_HOURS, Period.BUSINESS_DAYS})


@dataclass(frozen=True, slots=True)
class RuleBody:
    """A rule that was accepted: what its document holds."""

    name: str
    module: str
    body: dict[str, Json]
    lock: LockDraft | None = None  #: who locks is for the server to say


def new_rule(raw: object, context: PayloadContext, place: JsonPath) -> RuleBody | Problem:
    """Check a rule that is to be created."""
    return accepted(lambda: _new(raw, context, place.worded(RULES)))


def _new(raw: object, context: PayloadContext, place: JsonPath) -> RuleBody:
    draft = parse_rule(raw, place, new=True)
    fresh = tuple(fresh_condition(condition) for condition in draft.conditions or ())
    return _checked(replace(draft, conditions=fresh), context)


def changed_rule(
    raw: object, stored: Mapping[str, Json], context: PayloadContext, place: JsonPath
) -> RuleBody | Problem:
    """Merge a change into the stored body of a rule, and check the whole like a new one."""
    return accepted(lambda: _changed(raw, stored, context, place.worded(RULES)))


def _changed(raw: object, stored: Mapping[str, Json], context: PayloadContext, place: JsonPath) -> RuleBody:
    new = parse_rule(raw, place, new=False)
    old = parse_rule(dict(stored), place, new=False, stored=True)
    if new.module is not None:
        module = references.module(new.module, place / "module", context.catalog)
        if old.module is not None and str(module.id) != old.module["id"]:
            raise refused(Code.NOT_ALLOWED, place / "module", "The module cannot be changed")
    if new.trigger is not None and old.trigger is not None:
        check_category(old.trigger.type, new.trigger)
    return _checked(merged(old, new), context)


def _checked(draft: RuleDraft, context: PayloadContext) -> RuleBody:
    place = draft.place
    if draft.name is None:
        raise missing(place / "name")
    if draft.trigger is None:
        raise missing(place / "execute_when")
    if not draft.name.isprintable() or not _NOT_IN_NAMES.isdisjoint(draft.name):
        raise invalid(place / "name", "Special characters found")
    module = references.module(draft.module, place / "module", context.catalog)
    configuration = context.configurations.of(module)
    if configuration is None:
        raise invalid(place / "module", references.MODULE_OF_RULE.unknown)
    trigger = check_trigger(draft.trigger, module, configuration, context)
    check = _Conditions(place, module, configuration, trigger, context)
    conditions = check.all(draft.conditions or ())
    body: dict[str, Json] = {
        "name": draft.name,
        "description": draft.description,
        "module": references.shown(module),
        "execute_when": trigger.stored,
        "conditions": conditions,
        "status": {"active": draft.active is not False},
    }
    if draft.lock is not None and draft.lock.message is not None and not draft.lock.status:
        raise mismatched(draft.lock.place / "message", draft.lock.place / "status")
    return RuleBody(draft.name, module.api_name, body, draft.lock)


def _used_twice(first: ConditionDraft, second: ConditionDraft) -> RefusedError:
    """Refuse criteria that two conditions have: those of the request, because of those that were there."""
    was_there = not second.mentioned or (second.stored_criteria and not first.stored_criteria)
    here, there = (first, second) if was_there else (second, first)
    place = here.place / "criteria_details"
    # The request has no place for a condition that it does not mention.
    exists_in: Json = (there.place / "criteria_details").position if there.mentioned else {"id": str(there.id)}
    return refused(Code.ALREADY_USED, place, "duplicate criteria details.", exists_in=exists_in)


@dataclass(frozen=True)
class _Conditions:
    place: JsonPath
    module: Module
    configuration: Configuration
    trigger: CheckedTrigger
    context: PayloadContext

    def all(self, drafts: Sequence[ConditionDraft]) -> list[Json]:
        ordered = sorted(drafts, key=lambda draft: draft.sequence_number or 0)
        for before, after in pairwise(ordered):
            if before.sequence_number == after.sequence_number:
                raise invalid(after.place / "sequence_number", "duplicate data")
        criteria = every(ordered, self._criteria, self.place.problems)
        for index, (draft, details) in enumerate(zip(ordered, criteria, strict=True)):
            if details in criteria[:index]:
                raise _used_twice(ordered[criteria.index(details)], draft)
        pairs = zip(ordered, criteria, strict=True)
        checked = every(pairs, lambda pair: self._condition(*pair), self.place.problems)
        check_together([action for condition in checked for action in condition.actions()])
        return [condition.stored(self.context.new_id) for condition in checked]

    def _criteria(self, draft: ConditionDraft) -> dict[str, Json]:
        payload = draft.criteria_details or {}
        if draft.stored_criteria:
            return dict(payload)
        at = draft.place / "criteria_details"
        return read_details(payload, at, self.trigger.place, self.module, self.context.catalog)

    def _condition(self, draft: ConditionDraft, details: dict[str, Json]) -> "_CheckedCondition":
        at_instant, at_scheduled = draft.place / "instant_actions", draft.place / "scheduled_actions"
        if draft.remove:
            raise invalid(draft.place / "_delete")
        if not draft.instant and not draft.scheduled:
            raise missing(at_instant)
        instant = self._block(scheduled=False).check(draft.instant or (), at_instant / "actions")
        if draft.scheduled and self.trigger.repeat:
            raise mismatched(at_scheduled, self.trigger.place / "details" / "repeat")
        groups = every(draft.scheduled or (), self._group, self.place.problems)
        return _CheckedCondition(draft.id, draft.sequence_number or 0, details, instant, groups)

    def _group(self, draft: GroupDraft) -> "_CheckedGroup":
        if draft.remove:
            raise invalid(draft.place / "_delete")
        actions = self._block(scheduled=True).check(draft.actions or (), draft.place / "actions")
        period, unit = self._delay(draft.execute_after or {}, draft.place / "execute_after")
        return _CheckedGroup(draft.id, period, unit, actions)

    def _block(self, *, scheduled: bool) -> ActionBlock:
        return ActionBlock(self.place, self.module, self.configuration, self.trigger, scheduled, self.context)

    def _delay(self, payload: Mapping[str, Json], place: JsonPath) -> tuple[Period, int]:
        named = json_types.text(payload["period"], place / "period")
        period = _OTHER_SPELLING.get(named)
        if period is None:
            period = Period(json_types.one_of(named, place / "period", list(Period)))
        unit = json_types.whole(payload["unit"], place / "unit")
        least, most = DELAYS[period]
        if not least <= unit <= most:
            raise invalid(place / "unit", range={"from": least, "to": most})
        if period in _BUSINESS and not self.context.has_business_hours():
            raise RefusedError(Problem(Code.FEATURE_DISABLED))
        return period, unit


@dataclass(frozen=True, slots=True)
class _CheckedGroup:
    id: Id | None
    period: Period
    unit: int
    actions: tuple[CheckedAction, ...]

    def stored(self, new_id: Callable[[], Id]) -> Json:
        return {
            "execute_after": {"period": self.period.value, "unit": self.unit},
            "id": str(self.id or new_id()),
            "actions": [_stored(action, new_id) for action in self.actions],
        }


@dataclass(frozen=True, slots=True)
class _CheckedCondition:
    id: Id | None
    sequence_number: int
    criteria_details: dict[str, Json]
    instant: tuple[CheckedAction, ...]
    scheduled: tuple[_CheckedGroup, ...]

    def actions(self) -> list[CheckedAction]:
        return [*self.instant, *(action for group in self.scheduled for action in group.actions)]

    def stored(self, new_id: Callable[[], Id]) -> Json:
        number = self.id or new_id()
        instant: list[Json] = [_stored(action, new_id) for action in self.instant]
        scheduled: list[Json] = [group.stored(new_id) for group in self.scheduled]
        return {
            "sequence_number": self.sequence_number,
            "instant_actions": {"actions": instant} if instant else None,
            "scheduled_actions": scheduled or None,
            "criteria_details": self.criteria_details,
            "id": str(number),
        }


def _stored(action: CheckedAction, new_id: Callable[[], Id]) -> Json:
    return {**action.stored, "id": str(action.id or new_id())}
