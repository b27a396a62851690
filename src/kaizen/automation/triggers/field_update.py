"""The trigger that waits for fields to change, perhaps to something."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.reading.criteria import read_change, stored_criteria
from kaizen.automation.triggers.trigger_kind import TriggerKind, TriggerPayload
from kaizen.criteria.tree import Criteria
from kaizen.json_body import json_types
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Catalog, Module
from kaizen.model.values import Json
from kaizen.vocabulary.automation import Event, TriggerType
from kaizen.vocabulary.comparators import GroupOperator


def _read(payload: TriggerPayload) -> dict[str, Json]:
    raw, place = payload.must_say("criteria"), payload.details.path / "criteria"
    json_types.mapping(raw, place)
    change = raw if payload.stored else read_change(raw, place, payload.place, payload.module, payload.context.catalog)
    return {
        "criteria": change,
        "repeat": payload.details.given.get("repeat") is True,
        "match_all": _matches_all(payload.details.given.get("match_all"), change),
    }


def _matches_all(said: Json, criteria: Json) -> bool:
    """Return whether all members of the outermost group must hold; by default, the operator of the group decides."""
    if isinstance(said, bool):
        return said
    return isinstance(criteria, dict) and criteria.get("group_operator") == GroupOperator.AND.value


def _watched(details: Mapping[str, Json], module: Module, catalog: Catalog) -> Criteria | None:
    place = JsonPath() / "execute_when" / "details" / "criteria"
    return stored_criteria(details.get("criteria"), place, module, catalog, trigger=True)


FIELD_UPDATE: Final = TriggerKind(
    TriggerType.FIELD_UPDATE, frozenset({Event.EDIT}), recurs=True, read=_read, watched=_watched
)
