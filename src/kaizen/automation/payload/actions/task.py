"""Task actions: the task that a rule creates for the record that fired (reference: automation C.2 and F.6)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kaizen.automation.payload.actions import action_body
from kaizen.automation.payload.actions.action_body import ActionBody
from kaizen.automation.payload.actions.field_mappings import Mappings, dump_mappings
from kaizen.automation.reading import references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.automation.reading.wordings import ACTIONS
from kaizen.json_body import json_types
from kaizen.json_body.errors import RefusedError, accepted, invalid, mismatched, missing
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.problem import EXPECTED_TYPE, Problem, expected_type
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

LONGEST_NAME: Final = 255
LONGEST_SUBJECT: Final = 150
MOST_MAPPINGS: Final = 20
_TARGET: Final = "Tasks"
_MANDATORY: Final = ("Subject", "Due_Date", "Status", "Priority")
_WORDING: Final = replace(ACTIONS, too_long="The field given seems to be invalid")
_AMBIGUOUS: Final = "Ambiguity while processing the request"


def read_task(
    raw: object, stored: Mapping[str, Json] | None, context: PayloadContext, place: JsonPath
) -> ActionBody | Problem:
    """Check a task action that is created, or the result of a change of a stored one."""
    # A change is refused in the words that the other actions have, too.
    at = place.worded(_WORDING if stored is None else ACTIONS)
    return accepted(lambda: _read(_replaced(raw, stored, at), stored, at, context))


def _replaced(raw: object, stored: Mapping[str, Json] | None, place: JsonPath) -> Mapping[str, Json]:
    """Take the object that describes a task; a change replaces all of it except whether the owner is notified."""
    payload = json_types.mapping(raw, place)
    return payload if stored is None else {"notify": stored["notify"], **payload}


def _read(
    payload: Mapping[str, Json], stored: Mapping[str, Json] | None, place: JsonPath, context: PayloadContext
) -> ActionBody:
    at_mappings = place / "field_mappings"
    if payload.get("module") is None:
        raise missing(place / "module")
    if "notify" in payload:
        _check_notify(payload["notify"], place / "notify")
    if payload.get("field_mappings") is None:
        raise missing(at_mappings)
    listed = json_types.sequence(payload["field_mappings"], at_mappings)
    if len(listed) > MOST_MAPPINGS:
        raise invalid(at_mappings, place.wording.too_long, maximum_length=MOST_MAPPINGS)
    name = json_types.name(payload.get("name"), place / "name", longest=LONGEST_NAME)
    common = action_body.common(payload, place)
    module = action_body.module_of(payload, stored, place, context, _module_wording(payload["module"]))
    target = context.catalog.by_name[_TARGET]
    mappings = Mappings(target, module, context, changed=stored is not None).read(listed, at_mappings)
    _check_complete(mappings, at_mappings)
    body: dict[str, Json] = {
        "name": name,
        "module": references.shown(module),
        "notify": payload.get("notify") is True,
        "field_mappings": list[Json](mappings),
        **common,
    }
    return ActionBody(name, module.api_name, body)


def _check_notify(raw: Json, place: JsonPath) -> None:
    if raw is None:
        raise invalid(place, "please specify notify value", **expected_type("boolean"))
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
        checks_ids=True,
    )


def _check_complete(mappings: list[dict[str, Json]], place: JsonPath) -> None:
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
        # Said so by the service, without the s.
        at = replace(place, path=place.path.removesuffix("s")) / index
        dependee = at / "field" / "api_name"
        raise mismatched(at / "value", dependee, "the given value is invalid", maximum_length=LONGEST_SUBJECT)


def is_answered_as_object(problem: Problem) -> bool:
    """Return whether the service answers a problem as an object, not a list of one: of a key of a reference."""
    path = str(problem.details.get("json_path"))
    bounds = problem.details.keys() & {EXPECTED_TYPE, "maximum_length"}
    return bool(bounds) and path.endswith((".module.id", ".module.api_name", ".field.id", ".field.api_name"))


def dump_task(
    body: Mapping[str, Json], module: Module | None, context: PayloadContext, *, labelled: bool
) -> dict[str, Json]:
    """Show a task action without its stamps and state; `labelled` adds the labels of its module."""
    return {
        "module": action_body.dump_module(module, whole=labelled) if module else body["module"],
        "related_module": None,
        "source": body["source"],
        "notify": body["notify"],
        "feature_type": body["feature_type"],
        "field_mappings": dump_mappings(body["field_mappings"], context.catalog.by_name[_TARGET], context),
        "name": body["name"],
    }
