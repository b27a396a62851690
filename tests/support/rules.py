"""Rules for tests, said shortly, on the standard modules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from kaizen.automation.engine_context import EngineContext
from kaizen.automation.rule_book import RuleBook
from kaizen.criteria.tree import ANY_VALUE, Compare, Criteria, Group
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.people import Organisation, User
from kaizen.model.record import Change, Origin
from kaizen.model.rule import Condition, Entity, FieldUpdate, Rule, RuleAction, ScheduledGroup, Trigger
from kaizen.model.values import Id, Value, Values
from kaizen.standard.catalog import standard_catalog
from kaizen.vocabulary.automation import ActionType, Event, Period, TriggerType
from kaizen.vocabulary.comparators import Comparator, GroupOperator

PREFIX = 4876876000


def identify(suffix: int) -> Id:
    return PREFIX * 10**9 + suffix


CATALOG = standard_catalog(identify)
ADA, BOB, CYD, DOT = (identify(9_100_000 + n) for n in range(4))
SALES = identify(9_200_000)
USERS = {
    user.id: user
    for user in (
        User(ADA, "ada@zylker.test", "Lovelace", "Ada", profile_name="Administrator"),
        User(BOB, "bob@zylker.test", "Bell", "Bob", role_id=SALES, role_name="Sales"),
        User(CYD, "cyd@zylker.test", "Cole", "Cyd", role_id=SALES, role_name="Sales"),
        User(DOT, "dot@zylker.test", "Dean", "Dot", status="inactive", role_id=SALES, role_name="Sales"),
    )
}
ORGANISATION = Organisation(identify(9_000_001), "60001", "Zylker", "crm@zylker.test", time_zone="UTC")
RECORD = identify(7_000_001)
#: Monday 2025-11-24 10:00 UTC.
NOW = int(datetime.fromisoformat("2025-11-24T10:00+00:00").timestamp())

_ids = count(identify(8_000_000))


def new_id() -> Id:
    return next(_ids)


def compare(name: str, comparator: str, value: Any = None, module: str = "Deals") -> Compare:
    """Compare a field; `A.b` is field b behind the lookup A."""
    path = tuple(name.split("."))
    at = CATALOG.by_name[module]
    for step in path[:-1]:
        at = CATALOG.by_name[at.by_name[step].lookup_module or ""]
    return Compare(path, Comparator(comparator), value, at.by_name[path[-1]].compared_as)


def equal(name: str, value: Any, module: str = "Deals") -> Compare:
    return compare(name, "equal", value, module)


def changed_to(name: str, value: Any = ANY_VALUE) -> Compare:
    return equal(name, value)


def all_of(*members: Criteria) -> Group:
    return Group(GroupOperator.AND, members)


def any_of(*members: Criteria) -> Group:
    return Group(GroupOperator.OR, members)


def action(kind: str, entity: Id = 0, related: Mapping[str, Any] | None = None, **details: Any) -> RuleAction:
    return RuleAction(entity or new_id(), ActionType(kind), details=details, related_details=related or {})


def add_tags(*tags: Id, over_write: bool = False) -> RuleAction:
    return action("add_tags", tags=[{"id": str(tag)} for tag in tags], over_write=over_write)


def remove_tags(*tags: Id) -> RuleAction:
    return action("remove_tags", tags=[{"id": str(tag)} for tag in tags])


def condition(
    criteria: Criteria | None = None, *instant: RuleAction, scheduled: Iterable[ScheduledGroup] = (), number: int = 1
) -> Condition:
    return Condition(new_id(), number, criteria, instant, tuple(scheduled))


def after(period: str, unit: int, *actions: RuleAction) -> ScheduledGroup:
    return ScheduledGroup(new_id(), Period(period), unit, actions)


def rule(
    trigger: str,
    *conditions: Condition,
    name: str = "",
    repeat: bool = True,
    watch: Criteria | None = None,
    match_all: bool = False,
    **more: Any,
) -> Rule:
    """Make a rule of Deals; its conditions are numbered as they stand."""
    rule_id = new_id()
    numbered = tuple(replace(each, sequence_number=n) for n, each in enumerate(conditions, 1))
    waits = Trigger(TriggerType(trigger), repeat, watch, match_all)
    return Rule(rule_id, name or f"rule {rule_id}", more.pop("module", "Deals"), waits, numbered, **more)


@dataclass
class Rules:
    """A rule book on its way."""

    rules: list[Rule] = field(default_factory=list)
    entities: dict[Id, Entity] = field(default_factory=dict)

    def add(self, *args: Any, **more: Any) -> Rule:
        self.rules.append(rule(*args, order=len(self.rules), **more))
        return self.rules[-1]

    def field_update(self, name: str, value: Value, module: str = "Deals", **more: Any) -> RuleAction:
        """Define a field update and return the action that refers to it."""
        update = FieldUpdate(new_id(), f"{name} update", module, name, value, more.pop("append", False), **more)
        self.entities[update.id] = update
        return action("field_updates", update.id)

    def entity(self, kind: str, entity: Entity) -> RuleAction:
        """Keep a task or notification and return the action that refers to it."""
        self.entities[entity.id] = entity
        return action(kind, entity.id)

    def book(self, version: int = 1) -> RuleBook:
        return RuleBook(version, CATALOG.version, tuple(self.rules), dict(self.entities))


@dataclass
class World:
    """What the engine may ask, answered from dictionaries."""

    used_up: dict[Id, Id] = field(default_factory=dict)
    related: Mapping[str, Value] = field(default_factory=dict)
    gone: frozenset[Id] = frozenset()  #: records that no longer exist
    turns: dict[Id, int] = field(default_factory=dict)
    cascade: int = 0
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)
    organisation: Organisation = ORGANISATION

    def next_turn(self, action_id: Id) -> int:
        self.turns[action_id] = self.turns.get(action_id, -1) + 1
        return self.turns[action_id]

    def context(self) -> EngineContext:
        return EngineContext(
            now=NOW,
            organisation=self.organisation,
            catalog=CATALOG,
            calendar=self.calendar,
            consumed=lambda _record: self.used_up,
            related=lambda _module, _values, paths: {k: self.related.get(k) for k in map(".".join, paths)},
            may_own=lambda user: user in USERS and USERS[user].status == "active" and USERS[user].confirmed,
            members=lambda role: tuple(sorted(u.id for u in USERS.values() if u.role_id == role)),
            next_turn=self.next_turn,
            role_of=lambda user: USERS[user].role_id if user in USERS else 0,
            has_record=lambda _module, record: record not in self.gone,
            cascade=self.cascade,
        )


def created(module: str = "Deals", /, **values: Value) -> Change:
    return change(None, values, module)


def edited(before: Values, /, **now: Value) -> Change:
    return change(before, {**before, **now})


def deleted(before: Values, /) -> Change:
    return change(before, None)


def change(
    before: Values | None,
    after: Values | None,
    module: str = "Deals",
    *,
    at: int = NOW,
    origin: Origin | None = None,
    trigger: frozenset[str] | None = None,
) -> Change:
    event = Event.CREATE if before is None else Event.DELETE if after is None else Event.EDIT
    return Change(new_id(), module, RECORD, event, at, ADA, before, after, origin or Origin(), trigger)
