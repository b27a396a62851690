"""The parts of a stored rule, walked without parsing it again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ASSOCIATE_TYPES


@dataclass(frozen=True, slots=True)
class StoredAction:
    """One action of a stored rule, with where it stands; `group` is 0 for an instant one."""

    condition: Id
    group: Id
    id: Id
    payload: Mapping[str, Json]

    @property
    def type(self) -> str:
        """Its type."""
        return str(self.payload["type"])

    @property
    def key(self) -> str:
        """Its place in the rule, as the rule notes when the action came there."""
        return f"{self.condition}/{self.group}/{self.id}"


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """One scheduled group of a stored rule."""

    id: Id
    payload: Mapping[str, Json]
    actions: tuple[StoredAction, ...]


@dataclass(frozen=True, slots=True)
class StoredCondition:
    """One condition of a stored rule."""

    id: Id
    payload: Mapping[str, Json]
    instant: tuple[StoredAction, ...]
    groups: tuple[StoredGroup, ...]


def conditions_of(body: Mapping[str, Json]) -> list[StoredCondition]:
    """Return the conditions of a stored rule, in order."""
    return [_condition(payload) for payload in _objects(body.get("conditions"))]


def actions_of(body: Mapping[str, Json]) -> Iterator[StoredAction]:
    """Yield every action of a stored rule."""
    for condition in conditions_of(body):
        yield from condition.instant
        for group in condition.groups:
            yield from group.actions


def groups_of(body: Mapping[str, Json]) -> frozenset[Id]:
    """Return the ids of the scheduled groups of a stored rule."""
    return frozenset(group.id for condition in conditions_of(body) for group in condition.groups)


def entities_of(body: Mapping[str, Json]) -> frozenset[Id]:
    """Return the ids of the entities (field updates, tasks, e-mail notifications) that a stored rule names."""
    return frozenset(action.id for action in actions_of(body) if action.type in ASSOCIATE_TYPES)


def _condition(payload: Mapping[str, Json]) -> StoredCondition:
    number = _id(payload)
    instant = payload.get("instant_actions")
    inside = instant.get("actions") if isinstance(instant, dict) else None
    groups = tuple(
        StoredGroup(_id(group), group, _actions(group.get("actions"), number, _id(group)))
        for group in _objects(payload.get("scheduled_actions"))
    )
    return StoredCondition(number, payload, _actions(inside, number, 0), groups)


def _actions(raw: Json, condition: Id, group: Id) -> tuple[StoredAction, ...]:
    return tuple(StoredAction(condition, group, _id(payload), payload) for payload in _objects(raw))


def _objects(raw: Json) -> list[dict[str, Json]]:
    return [element for element in raw if isinstance(element, dict)] if isinstance(raw, list) else []


def _id(payload: Mapping[str, Json]) -> Id:
    return int(str(payload["id"]))
