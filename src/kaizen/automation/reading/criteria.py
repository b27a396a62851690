"""The criteria of triggers and conditions: checked, and kept as the wire has them with their fields resolved."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.reading.stored_body import UnreadableError
from kaizen.criteria.field_paths import find
from kaizen.criteria.read_json import read_json
from kaizen.criteria.tree import ANY_VALUE, Compare, Criteria, Group, key_of, leaves
from kaizen.json_body import json_types
from kaizen.json_body.errors import RefusedError, ambiguous, invalid, mismatched, missing
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Catalog, Module
from kaizen.model.problem import Problem
from kaizen.model.values import Json

#: What `relational_criteria.module_selection` can say.
_SELECTIONS: Final = ("all", "specific", "unknown")
_NOT_FOR_TRIGGER: Final = "Criteria not supported for this trigger"


def read_details(
    payload: Mapping[str, Json], place: JsonPath, trigger: JsonPath, module: Module, catalog: Catalog
) -> dict[str, Json]:
    """Check `criteria_details` and give the form in which GET shows it; no criteria means every record."""
    relation = payload.get("relational_criteria")
    if relation is not None:
        at_relation = place / "relational_criteria"
        _check_relation(json_types.mapping(relation, at_relation), at_relation, trigger)
    criteria = payload.get("criteria")
    at_criteria = place / "criteria"
    return {
        "relational_criteria": {"module_selection": None, "criteria": None, "module": None},
        "criteria": None if criteria is None else read_criteria(criteria, at_criteria, module, catalog),
    }


def _check_relation(payload: Mapping[str, Json], place: JsonPath, trigger: JsonPath) -> None:
    selection = place / "module_selection"
    if "module_selection" not in payload:
        raise missing(selection)
    chosen = payload["module_selection"]
    if chosen is not None:
        json_types.one_of(chosen, selection, _SELECTIONS)
    if payload.get("module") is not None and chosen != "specific":
        raise mismatched(place / "module", selection)
    if payload.get("module") is None and chosen == "specific":
        raise missing(place / "module")
    if chosen is not None or payload.get("criteria") is not None:
        # Only events of related modules (mails, calls, social) can be narrowed like this; none of them is run.
        raise ambiguous((trigger / "type", place), _NOT_FOR_TRIGGER)


def read_criteria(payload: Json, place: JsonPath, module: Module, catalog: Catalog) -> Json:
    """Check criteria on a module's records and give the wire form with every field resolved."""
    return _resolved(payload, _read(payload, place, module, catalog), module, catalog)


def read_change(payload: Json, place: JsonPath, trigger: JsonPath, module: Module, catalog: Catalog) -> Json:
    """Check which change a field_update trigger waits for, and give its wire form with every field resolved.

    An edit of a record changes its own fields: one of them must be watched, not only what lies behind lookups.
    """
    read = _read(payload, place, module, catalog, changes=True)
    if all(len(leaf.path) > 1 for leaf in leaves(read)):
        raise ambiguous((trigger / "type", place), _NOT_FOR_TRIGGER)
    return _resolved(payload, read, module, catalog)


def stored_criteria(
    payload: Json, place: JsonPath, module: Module, catalog: Catalog, *, trigger: bool = False
) -> Criteria | None:
    """Return what stored criteria mean; raise UnreadableError when they no longer fit the module."""
    read = read_json(payload, place, module, catalog, trigger=trigger)
    if isinstance(read, Problem):
        where = read.details.get("json_path", place.path)
        raise UnreadableError(f"its criteria no longer fit the module: {read.text} at {where}")
    return read


def _read(payload: Json, place: JsonPath, module: Module, catalog: Catalog, *, changes: bool = False) -> Criteria:
    read = read_json(payload, place, module, catalog, trigger=changes)
    if isinstance(read, Problem):
        raise RefusedError(read)
    if read is None:
        raise invalid(place)
    return read


def _resolved(payload: Json, read: Criteria, module: Module, catalog: Catalog) -> Json:
    wire = payload if isinstance(payload, dict) else {}
    members = wire.get("group")
    if isinstance(read, Group) and isinstance(members, list):
        pairs = zip(members, read.members, strict=True)
        return {
            "group_operator": read.operator.value,
            "group": [_resolved(member, found, module, catalog) for member, found in pairs],
        }
    # A list of users of whom one is the user who makes the change is read as several comparisons of one field.
    first = next(leaves(read))
    any_change = first.value == ANY_VALUE
    return {
        # "Any value" comes as a value or as a comparator, of whatever type; it is shown as a value.
        "comparator": "equal" if any_change else wire["comparator"],
        "field": _field(wire["field"], first, module, catalog),
        "type": "value" if any_change else wire.get("type") or "value",
        "value": "${ANYVALUE}" if any_change else _value(wire["value"]),
    }


def _field(payload: Json, read: Compare, module: Module, catalog: Catalog) -> Json:
    found = find(catalog, module, read.path)
    named = payload.get("api_name") if isinstance(payload, dict) else None
    shown: dict[str, Json] = {"api_name": named if isinstance(named, str) else key_of(read.path)}
    # The names and ids of roles and profiles are no fields of a module, so they have no id.
    return shown | ({"id": str(found.field.id)} if found and found.field.id else {})


def _value(payload: Json) -> Json:
    """Keep what a value is made of: of an object only what names something."""
    if isinstance(payload, dict):
        return {key: payload[key] for key in ("api_name", "id", "name") if isinstance(payload.get(key), str | int)}
    return [_value(each) for each in payload] if isinstance(payload, list) else payload
