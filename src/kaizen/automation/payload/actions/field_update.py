"""Field updates: which field gets which value (reference: automation C.1 and F.5)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from kaizen.automation.payload.actions import action_body
from kaizen.automation.payload.actions.action_body import ActionBody
from kaizen.automation.reading import references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.automation.reading.static_value import UnfitError, fitting
from kaizen.automation.reading.wordings import ACTIONS, WRONG_DATA
from kaizen.fields.kinds import ValueKind, kind_of_field
from kaizen.json_body import json_types
from kaizen.json_body.errors import (
    RefusedError,
    accepted,
    invalid,
    mismatched,
    missing,
    needed_by,
    not_run,
    refused,
)
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Field, Module
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.data_types import DataType

LONGEST_NAME: Final = 255
_OWNER: Final = "Owner"
_UPDATE_TYPES: Final = ("overwrite", "append")
#: Texts have at most so many characters, or as many as their field holds.
LONGEST_TEXT: Final = 255
_MOST_RELATED: Final = 5
_MODULE: Final = references.Wording(
    "the module name given seems to be invalid",
    contradictory="The given moduleid seems to be invalid",
    checks_ids=True,
)
_FIELD: Final = references.Wording(
    "The field given seems to be invalid", contradictory="The field api name seems to be invalid", checks_ids=True
)
#: A field whose value decides what another may hold takes it along.
_FOLLOWERS: Final = {"Layout": "Pipeline", "Pipeline": "Stage"}
#: What only the owner's update can say besides the value.
_OWNER_KEYS: Final = ("related_records", "notify")
#: What GET shows of the owner's keys for other fields; only exactly this may come back.
_NOT_THE_OWNERS: Final[Mapping[str, Json]] = {
    "related_records": None,
    "notify": False,
    "apply_assignment_threshold": False,
}
#: A change of the field makes these meaningless.
_ABOUT_THE_FIELD: Final = ("value", "update_type", "dependent_fields", "apply_assignment_threshold", *_OWNER_KEYS)


def read_field_update(
    raw: object, stored: Mapping[str, Json] | None, context: PayloadContext, place: JsonPath
) -> ActionBody | Problem:
    """Check a field update that is created, or the result of a change of a stored one."""
    at = place.worded(ACTIONS)
    return accepted(lambda: _read(_merged(json_types.mapping(raw, at), stored, at), stored, at, context))


def _merged(payload: Mapping[str, Json], stored: Mapping[str, Json] | None, place: JsonPath) -> Mapping[str, Json]:
    """Put a change over what is stored; it must name the field, whatever it changes."""
    if stored is None:
        return payload
    if payload.get("field") is None:
        raise missing(place / "field")
    old, new = stored["field"], payload.get("field")
    same = not (isinstance(old, dict) and isinstance(new, dict)) or all(old.get(key) == new[key] for key in new)
    kept = {key: value for key, value in stored.items() if same or key not in _ABOUT_THE_FIELD}
    return {**kept, **payload}


def _read(
    payload: Mapping[str, Json], stored: Mapping[str, Json] | None, place: JsonPath, context: PayloadContext
) -> ActionBody:
    name = json_types.name(payload.get("name"), place / "name", longest=LONGEST_NAME)
    _check_shape(payload, place)
    common = action_body.common(payload, place)
    module = action_body.module_of(payload, stored, place, context, _MODULE)
    field = references.field(payload["field"], place / "field", module, _FIELD)
    if not _updatable(field):
        raise invalid(place / "field", _FIELD.unknown)
    extras = _owner_extras(payload, place, field, changed=stored is not None)
    many = kind_of_field(field) is ValueKind.TEXTS
    if many and payload.get("update_type") is None:
        raise needed_by(place / "update_type", place / "field")
    body: dict[str, Json] = {
        "name": name,
        "module": references.shown(module),
        "field": references.shown(field),
        "type": "static",
        "value": _value(payload["value"], place, field, module, context),
        "update_type": payload["update_type"] if many else None,
        "dependent_fields": _followers(payload.get("dependent_fields"), place, place / "field", field, module, context),
        **extras,
        **common,
    }
    return ActionBody(name, module.api_name, body)


def _check_shape(payload: Mapping[str, Json], place: JsonPath) -> None:
    for key in ("module", "field"):
        if payload.get(key) is None:
            raise missing(place / key)
        json_types.mapping(payload[key], place / key)
    if "value" not in payload:
        raise missing(place / "value")
    for key in ("dependent_fields", "related_records"):
        if payload.get(key) is not None:
            json_types.sequence(payload[key], place / key)
    _check_related(payload.get("related_records"), place / "related_records")
    for key in ("notify", "apply_assignment_threshold"):
        if payload.get(key) is not None:
            json_types.boolean(payload[key], place / key)
    if payload.get("type") is None:
        raise missing(place / "type")
    json_types.one_of(payload["type"], place / "type", ("static",))
    if payload.get("update_type") is not None:
        json_types.one_of(payload["update_type"], place / "update_type", _UPDATE_TYPES)


def _check_related(raw: Json, place: JsonPath) -> None:
    """Check the modules of which records follow their owner."""
    listed = raw if isinstance(raw, list) else []
    if len(listed) > _MOST_RELATED:
        raise invalid(place, WRONG_DATA, maximum_length=_MOST_RELATED)
    for index, element in enumerate(listed):
        at = place / index
        related = json_types.mapping(element, at)
        if related.get("api_name") is not None:
            json_types.text(related["api_name"], at / "api_name")
        if related.get("id") is not None:
            json_types.bigint(related["id"], at / "id")


def _updatable(field: Field) -> bool:
    return (
        field.writable
        and not field.unique
        and kind_of_field(field) not in (ValueKind.REFERENCES, ValueKind.OTHER)
        and field.data_type not in (DataType.PROFILEIMAGE, DataType.FILEUPLOAD, DataType.IMAGEUPLOAD)
    )


def _owner_extras(payload: Mapping[str, Json], place: JsonPath, field: Field, *, changed: bool) -> dict[str, Json]:
    # Of a change the service says where `notify` stands without the index.
    at_notify = (JsonPath() / "field_updates" if changed else place) / "notify"
    if field.api_name != _OWNER:
        for key, shown in _NOT_THE_OWNERS.items():
            if payload.get(key, shown) is not shown:
                raise _unsupported(at_notify if key == "notify" else place / key)
        return dict(_NOT_THE_OWNERS)
    for key in _OWNER_KEYS:
        if key not in payload:
            raise needed_by(at_notify if key == "notify" else place / key, place / "field")
    if payload["notify"] is None:
        raise needed_by(at_notify, place / "field")
    if payload["related_records"]:
        raise not_run(place / "related_records", "owner changes of related records")
    if payload.get("apply_assignment_threshold"):
        # Only an organisation with assignment thresholds has this, and this server has none.
        raise _unsupported(place / "apply_assignment_threshold")
    return {"related_records": None, "notify": payload["notify"], "apply_assignment_threshold": False}


def _unsupported(place: JsonPath) -> RefusedError:
    return refused(Code.NOT_ALLOWED, place, "This key is not supported for this particular action")


def _value(raw: Json, place: JsonPath, field: Field, module: Module, context: PayloadContext) -> Json:
    if kind_of_field(field) is ValueKind.TEXT and raw is not None:
        json_types.text(raw, place / "value", longest=max(LONGEST_TEXT, field.length))
    if isinstance(raw, list) and len(raw) > 25:
        raise invalid(place / "value", WRONG_DATA, maximum_length=25)
    try:
        return fitting(raw, field, module, context)
    except UnfitError:
        raise mismatched(place / "value", place / "field") from None


def _followers(
    raw: Json, place: JsonPath, dependee: JsonPath, field: Field, module: Module, context: PayloadContext
) -> list[Json] | None:
    """Read the value of the field that follows: a pipeline brings its stage, a layout its pipeline."""
    at = place / "dependent_fields"
    follower = module.by_name.get(_FOLLOWERS.get(field.api_name, ""))
    elements: Sequence[Json] = raw if isinstance(raw, list) else []
    if follower is None:
        if elements:
            raise mismatched(at, dependee)
        return None
    if not elements:
        raise needed_by(at, dependee)
    if len(elements) > 1:
        raise invalid(at, WRONG_DATA, maximum_length=1)
    inside = at / 0
    payload = json_types.mapping(elements[0], inside)
    if payload.get("field") is None:
        raise missing(inside / "field")
    named = references.field(payload["field"], inside / "field", module, _FIELD)
    if named is not follower:
        raise mismatched(inside / "field", dependee)
    if "value" not in payload:
        raise missing(inside / "value")
    value = _value(payload["value"], inside, named, module, context)
    further = payload.get("dependent_fields")
    if further is not None:
        json_types.sequence(further, inside / "dependent_fields")
    nested = _followers(further, inside, inside / "field", named, module, context)
    shown: dict[str, Json] = {"field": references.shown(named), "value": value}
    return [shown | ({"dependent_fields": nested} if nested else {})]


#: What a caller can ask for besides (docs: getFieldUpdates operation).
INNER_DETAILS: Final = (
    "field_label",
    "enable_colour_code",
    "pick_list_values.colour_code",
    "data_type",
    "display_value",
)


def dump_field_update(
    body: Mapping[str, Json],
    module: Module | None,
    context: PayloadContext,
    *,
    whole: bool,
    inner: Collection[str] = (),
) -> dict[str, Json]:
    """Show a field update without its stamps and state.

    `whole` adds labels, interface types and followers; `inner` are details of the field that were asked for.
    """
    shown = {key: body[key] for key in _SHOWN} | {"related_module": None}
    if module is None:
        return shown
    shown["module"] = action_body.dump_module(module, whole=whole)
    field = module.by_id.get(_id(body["field"]))
    if field is not None:
        shown["value"] = _named(body["value"], field, module, context)
    if whole:
        shown["field"] = _with_interface_type(body["field"], module) | _details(field, inner)
        if "display_value" in inner:
            shown["display_value"] = _display(shown["value"])
        if body.get("dependent_fields"):
            shown["dependent_fields"] = _dump_followers(body["dependent_fields"], module)
    return shown


def _details(field: Field | None, inner: Collection[str]) -> dict[str, Json]:
    if field is None:
        return {}
    values: list[Json] = [
        {"display_value": value.display_value, "colour_code": value.extra.get("colour_code")}
        for value in field.pick_list_values
    ]
    details: dict[str, Json] = {
        "field_label": field.field_label,
        "enable_colour_code": False,
        "pick_list_values.colour_code": values,
        "data_type": field.data_type.value,
    }
    return {name.partition(".")[0]: value for name, value in details.items() if name in inner}


def _display(value: Json) -> Json:
    """Show a value as people read it."""
    match value:
        case {"name": name}:
            return name
        case list():
            return ";".join(map(str, value))
        case _:
            return value


_SHOWN: Final = (
    "update_type",
    "apply_assignment_threshold",
    "module",
    "source",
    "type",
    "notify",
    "feature_type",
    "field",
    "related_records",
    "name",
    "value",
)


def _dump_followers(raw: Json, module: Module) -> Json:
    shown: list[Json] = []
    for follower in raw if isinstance(raw, list) else ():
        if isinstance(follower, dict):
            one = {**follower, "field": _with_interface_type(follower["field"], module)}
            if "dependent_fields" in follower:
                one["dependent_fields"] = _dump_followers(follower["dependent_fields"], module)
            shown.append(one)
    return shown


def _with_interface_type(reference: Json, module: Module) -> dict[str, Json]:
    field = module.by_id.get(_id(reference))
    if not isinstance(reference, dict):
        return {}
    if field is None:
        return reference
    return {"ui_type": field.properties.get("ui_type"), **reference}


def _named(value: Json, field: Field, module: Module, context: PayloadContext) -> Json:
    if not isinstance(value, dict):
        return value
    number = _id(value)
    if field.data_type is DataType.LAYOUT:
        layout = next((layout for layout in module.layouts if layout.id == number), None)
        return {"display_label": layout.name, "name": layout.name, **value} if layout else value
    user = context.users.get(number)
    return {"name": user.full_name, **value} if user else value


def _id(reference: Json) -> int:
    return int(str(reference["id"])) if isinstance(reference, dict) else 0
