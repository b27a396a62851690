"""What the fields of a new record get: fixed values, texts with merge tokens, times counted from an event.

(reference: automation B.5.2 and F.6.)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from kaizen.automation.reading import merge_field_check, references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.automation.reading.static_value import UnfitError, fitting
from kaizen.automation.reading.wordings import WRONG_DATA
from kaizen.fields.kinds import NUMERIC, ValueKind, kind_of_field
from kaizen.json_body import json_types
from kaizen.json_body.errors import (
    RefusedError,
    invalid,
    mismatched,
    missing,
    needed_by,
    not_run,
    refused,
    wrong_type,
)
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Field, Module
from kaizen.model.numbers import digits
from kaizen.model.problem import Problem, expected_type
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.data_types import DataType

TYPES: Final = ("static", "merge_field", "execution_time")
LONGEST_MERGE: Final = 1000
#: Fields that take the value of one other field over; no text around a token makes one.
_TAKEN_OVER: Final = NUMERIC | {ValueKind.REFERENCE, ValueKind.BOOLEAN}
_FIELD: Final = references.Wording(
    "the fieldId given seems to be invalid",
    at_key=True,
    contradictory="Ambiguity while processing the request",
    id_first=True,
    checks_ids=True,
)
_PERIODS: Final = ("minutes", "hours", "days", "business_days")
#: A date knows no smaller unit than a day.
_DATE_PERIODS: Final = ("days", "business_days")
_NOTIFY_TYPES: Final = ("popup", "email", "emailandpopup")
_WRONG_VALUE: Final = "The given value seems to be invalid"
MOST_UNITS: Final = 2000
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_MOMENTS: Final = frozenset({ValueKind.DATE, ValueKind.DATETIME})


@dataclass(frozen=True)
class Mappings:
    """Reads the mappings of a record that an action of `module` makes in `target`."""

    target: Module
    module: Module
    context: PayloadContext
    changed: bool = False  #: whether they are of a change; the service says some places differently then

    def read(self, raw: Sequence[Json], place: JsonPath) -> list[dict[str, Json]]:
        """Check mappings and give them in the form in which they are kept."""
        read: dict[str, dict[str, Json]] = {}

        def add(element: Json, at: JsonPath) -> None:
            field, mapping = self._mapping(json_types.mapping(element, at), at)
            if field.api_name in read:
                raise refused(Code.DUPLICATE_DATA, at / "field")
            read[field.api_name] = mapping

        json_types.each(raw, place, add)
        return list(read.values())

    def _mapping(self, payload: Mapping[str, Json], place: JsonPath) -> tuple[Field, dict[str, Json]]:
        at_type, at_value = place / "type", place / "value"
        if payload.get("field") is None:
            raise missing(place / "field")
        json_types.mapping(payload["field"], place / "field")
        if payload.get("type") is None:
            raise missing(at_type)
        kind = json_types.one_of(payload["type"], at_type, TYPES)
        if "value" not in payload:
            raise missing(at_value)
        if payload["value"] is None:
            raise missing(_misspelt(at_value), "mandatory field is not given")
        field = self._field(payload["field"], place / "field")
        # The service names the key by which the field was given.
        at_field = place / "field" / ("id" if "id" in json_types.mapping(payload["field"], place) else "api_name")
        if not field.writable or field.unique:
            raise invalid(at_field, _FIELD.unknown)
        is_moment = kind_of_field(field) in _MOMENTS or field.data_type is DataType.ALARM
        if kind_of_field(field) in (ValueKind.OTHER, ValueKind.REFERENCES) and not is_moment:
            raise not_run(at_field, f"mappings of {field.data_type} fields")
        if is_moment != (kind == "execution_time"):
            raise mismatched(at_type, at_field)
        value: Json
        match kind:
            case "static":
                value = self._static(payload["value"], at_value, at_type, field)
            case "merge_field":
                value = self._merge(payload["value"], at_value, at_type, field)
            case _:
                value = self._time(payload["value"], at_value, field)
        return field, {"field": references.shown(field), "type": kind, "value": value}

    def _field(self, raw: Json, place: JsonPath) -> Field:
        contradicts = not self.changed and references.contradicts_itself(raw, self.target)
        if contradicts or not references.names_something(raw):
            place = _misspelt(place)
        return references.field(raw, place, self.target, _FIELD)

    def _static(self, raw: Json, place: JsonPath, at_type: JsonPath, field: Field) -> Json:
        kind = kind_of_field(field)
        if kind is ValueKind.TEXT and isinstance(raw, bool | int | Decimal):
            raise wrong_type(place, "text")
        if kind is ValueKind.REFERENCE and not isinstance(raw, dict):
            raise invalid(place, "data type not supported", **expected_type("jsonobject"))
        if isinstance(raw, str) and kind is ValueKind.TEXT and len(raw) > field.length:
            raise invalid(place, "The length of the value exceeded the max limit", maximum_length=field.length)
        try:
            value = fitting(raw, field, self.target, self.context)
        except UnfitError:
            value = None
        if value is None:  # what a field takes for nothing is refused like null: it could not be sent back
            raise mismatched(place, at_type, "Type and value is mismatched")
        return value

    def _merge(self, raw: Json, place: JsonPath, at_type: JsonPath, field: Field) -> Json:
        if not isinstance(raw, str):
            raise mismatched(place, at_type, "Type and value is mismatched")
        text = json_types.text(raw, place)
        if kind_of_field(field) in _TAKEN_OVER and not merge_field_check.names_value(text, field):
            raise mismatched(place, at_type, "Type and value is mismatched")
        if len(text) > LONGEST_MERGE:
            raise invalid(place, "The length of the value exceeded the max limit", maximum_length=LONGEST_MERGE)
        merge_field_check.check_tokens(text, place, self.module, self.context.catalog)
        return text

    def _time(self, raw: Json, place: JsonPath, field: Field) -> Json:
        payload = json_types.mapping(raw, place)
        is_date = kind_of_field(field) is ValueKind.DATE
        is_alarm = field.data_type is DataType.ALARM
        period = payload.get("period")
        if period is None:
            raise missing(place / "period")
        if period not in (_DATE_PERIODS if is_date else _PERIODS):
            raise invalid(place / "period", "Invalid date Period")
        if period == "business_days" and not self.context.has_business_hours():
            raise RefusedError(Problem(Code.FEATURE_DISABLED))
        if payload.get("unit") is None:
            raise missing(place / "unit")
        unit = json_types.whole(payload["unit"], place / "unit")
        if not 0 <= unit <= MOST_UNITS:
            raise invalid(place / "unit", _WRONG_VALUE)
        stored: dict[str, Json] = {
            "period": period,
            "unit": str(unit),
            "trigger_field": self._base(payload.get("trigger_field"), place / "trigger_field"),
            "sign": _sign(payload.get("sign"), place, is_date=is_date, is_alarm=is_alarm),
        }
        if (time := payload.get("time")) is not None:
            if is_date or not isinstance(time, str) or not _CLOCK.fullmatch(time):
                raise invalid(place / "time", _WRONG_VALUE)
            stored["time"] = time
        if is_alarm:
            notify = payload.get("notify_type", _NOTIFY_TYPES[0])
            stored["notify_type"] = json_types.one_of(notify, place / "notify_type", _NOTIFY_TYPES)
        return stored

    def _base(self, raw: Json, place: JsonPath) -> str:
        """Read from which moment a time counts: the event, or a date of the record or of what is made."""
        if raw is None:
            return merge_field_check.CURRENT_TIME
        text = json_types.text(raw, place)
        if not merge_field_check.names_moment(text, (self.module, self.target), self.context.catalog):
            raise invalid(place, merge_field_check.UNSUPPORTED)
        return text


def _misspelt(place: JsonPath) -> JsonPath:
    """Return a path as the service writes some inside mappings: in `field_mapping`."""
    return replace(place, path=place.path.replace(".field_mappings[", ".field_mapping["))


def _sign(raw: Json, place: JsonPath, *, is_date: bool, is_alarm: bool) -> str:
    """Read whether a time lies after or before its base; only a date has a usual one."""
    at = place / "sign"
    if raw is None:
        if not is_date:
            raise needed_by(at, place / "period")
        return "plus"
    if raw not in ("plus", "minus") or (is_alarm and raw == "plus"):
        raise invalid(_misspelt(at), "please specify valid due date") if is_date else invalid(at, WRONG_DATA)
    return str(raw)


def dump_mappings(raw: Json, target: Module, context: PayloadContext) -> list[Json]:
    """Show mappings with the words in which the service displays them."""
    listed = raw if isinstance(raw, list) else []
    return [_dumped(mapping, target, context) for mapping in listed if isinstance(mapping, dict)]


def _dumped(mapping: dict[str, Json], target: Module, context: PayloadContext) -> Json:
    value, named = mapping["value"], mapping["field"]
    field = target.by_name.get(str(named["api_name"])) if isinstance(named, dict) else None
    match value:
        case {"period": period, **rest}:
            words = {str(key): str(payload) for key, payload in rest.items()}
            return {"display_value": _in_words(str(period), words, field), **mapping}
        case {"id": number}:
            user = context.users.get(int(str(number)))
            name = user.full_name if user else str(number)
            return {"display_value": name, **mapping, "value": {"name": name, "id": number}}
        case bool():
            return {"display_value": str(value).lower(), **mapping, "value": str(value).lower()}
        case int() | Decimal():
            return {"display_value": digits(value), **mapping, "value": digits(value)}
        case _:
            return {"display_value": value, **mapping}


def _in_words(period: str, rest: Mapping[str, str], field: Field | None) -> str:
    base = rest["trigger_field"]
    since = "Trigger Date" if base == merge_field_check.CURRENT_TIME else base
    words = f"{since} {rest['sign']} {rest['unit']} {period.removesuffix('s').replace('_', ' ')}(s)"
    if field is not None and kind_of_field(field) is ValueKind.DATETIME and "day" in period:
        hours, minutes = (int(part) for part in rest.get("time", "00:00").split(":"))
        words += f" {hours % 12 or 12:02}:{minutes:02} {'AM' if hours < 12 else 'PM'}"
    return words
