"""Task actions: the task that a rule creates for the record that fired (reference: workflow rules C.2 and F.6)."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.payload.actions import action_body
from kaizen.automation.payload.actions.action_body import EntityBody
from kaizen.automation.payload.actions.field_mappings import Mappings, dump_mappings
from kaizen.automation.payload.reading import json_types, references
from kaizen.automation.payload.reading.errors import RefusedError, invalid, mismatched, missing
from kaizen.automation.payload.reading.json_path import Place
from kaizen.automation.payload.reading.payload_context import Facts
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

LONGEST_NAME: Final = 255
LONGEST_SUBJECT: Final = 150
MOST_MAPPINGS: Final = 20
_TARGET: Final = "Tasks"
_MANDATORY: Final = ("Subject", "Due_Date", "Status", "Priority")
_TOO_LONG: Final = "The field given seems to be invalid"
_AMBIGUOUS: Final = "Ambiguity while processing the request"


def read_task(raw: object, stored: Mapping[str, Json] | None, facts: Facts, place: Place) -> EntityBody | Problem:
    """Check a task action that is created, or what a change makes of a stored one."""
    try:
        said = json_types.mapping(raw, place)
        if stored is not None:
            said = {**stored, **said}
        return _read(said, stored, place, facts)
    except RefusedError as refusal:
        return refusal.problem


def _read(said: Mapping[str, Json], stored: Mapping[str, Json] | None, place: Place, facts: Facts) -> EntityBody:
    at_mappings = place / "field_mappings"
    if said.get("module") is None:
        raise missing(place / "module")
    if "notify" in said:
        _check_notify(said["notify"], place / "notify")
    if said.get("field_mappings") is None:
        raise missing(at_mappings)
    listed = json_types.sequence(said["field_mappings"], at_mappings)
    if len(listed) > MOST_MAPPINGS:
        raise invalid(at_mappings, _TOO_LONG, maximum_length=MOST_MAPPINGS)
    name = json_types.name(said.get("name"), place / "name", longest=LONGEST_NAME, too_long=_TOO_LONG)
    common = action_body.common(said, place)
    module = action_body.module_of(said, stored, place, facts, _module_wording(said["module"]))
    target = facts.catalog.by_name[_TARGET]
    mappings = Mappings(target, module, facts).read(listed, at_mappings)
    _check_complete(mappings, at_mappings)
    body: dict[str, Json] = {
        "name": name,
        "module": references.shown(module),
        "notify": said.get("notify") is True,
        "field_mappings": list[Json](mappings),
        **common,
    }
    return EntityBody(name, module.api_name, body)


def _check_notify(raw: Json, place: Place) -> None:
    if raw is None:
        raise invalid(place, "please specify notify value", expected_data_type="boolean")
    json_types.boolean(raw, place)


def _module_wording(raw: Json) -> references.Wording:
    """Choose the words for an unknown module: the service has others for its id than for its name."""
    by_id = isinstance(raw, dict) and raw.get("id") is not None
    return references.Wording(
        "the tabId given seems to be invalid" if by_id else "the module name given seems to be invalid",
        code=Code.INVALID_DATA if by_id else Code.INVALID_MODULE,
        at_key=True,
        contradictory=_AMBIGUOUS,
        id_first=True,
    )


def _check_complete(mappings: list[dict[str, Json]], place: Place) -> None:
    given = {}
    for index, mapping in enumerate(mappings):
        if isinstance(field := mapping["field"], dict):
            given[field["api_name"]] = (index, mapping)
    for api_name in _MANDATORY:
        if api_name not in given:
            details: dict[str, Json] = {
                "sub_json_path": "field.api_name",
                "api_name": "api_name",
                "json_path": place.path,
                "value": api_name,
            }
            raise RefusedError(Problem(Code.REQUIRED_DATA_NOT_FOUND, details, "The required data missing"))
    index, subject = given["Subject"]
    value = subject["value"]
    if subject["type"] == "static" and isinstance(value, str) and len(value) > LONGEST_SUBJECT:
        at = place / index
        refusal = mismatched(at / "value", at / "field" / "api_name", "the given value is invalid")
        details = {**refusal.problem.details, "maximum_length": LONGEST_SUBJECT}
        raise RefusedError(Problem(refusal.problem.code, details, refusal.problem.message))


def dump_task(body: Mapping[str, Json], module: Module | None, facts: Facts, *, labelled: bool) -> dict[str, Json]:
    """Show a task action without its stamps and state; `labelled` adds the labels of its module."""
    return {
        "module": action_body.dump_module(module, whole=labelled) if module else body["module"],
        "related_module": None,
        "source": body["source"],
        "notify": body["notify"],
        "feature_type": body["feature_type"],
        "field_mappings": dump_mappings(body["field_mappings"], facts.catalog.by_name[_TARGET], facts),
        "name": body["name"],
    }
