"""The options of pick lists: new lists, and values appended to one that is there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kaizen.fields.reference import id_of
from kaizen.json_body.body_reader import BodyReader
from kaizen.model.catalog import Field, PickListValue
from kaizen.model.problem import UNKNOWN_ID
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.data_types import DataType

LONGEST_VALUE: Final = 120
VALUES_PER_FIELD: Final = 1000
#: Shown first in lists of one choice; it stands for no value.
NONE: Final = "-None-"

_FORECAST_TYPES: Final = ("Open", "Closed Won", "Closed Lost")


def new_pick_list(uow: UnitOfWork, row: BodyReader, data_type: DataType) -> tuple[PickListValue, ...]:
    """Read the options of a new field."""
    given = row.children("pick_list_values")
    if not given:
        raise row.refuse(
            Code.EXPECTED_DEPENDENT_FIELD_MISSING,
            "data_type",
            expected_fields=[row.where("pick_list_values")],
            dependee=row.where("data_type"),
        )
    _limit(row, len(given))
    values: list[PickListValue] = []
    if data_type is DataType.PICKLIST:
        values.append(PickListValue(uow.new_id(), NONE, NONE, 1))
    for each in given:
        values.append(_new(uow, each, values))
    return tuple(values)


def appended(uow: UnitOfWork, field: Field, row: BodyReader) -> tuple[PickListValue, ...]:
    """Read changes of a pick list: a known value (by id or actual value) is relabelled, another is appended."""
    values = list(field.pick_list_values)
    given = row.children("pick_list_values")
    for each in given:
        if "_delete" in each.given:
            raise each.refuse(Code.NOT_IMPLEMENTED, "_delete", "this server does not take values out of pick lists")
        at = _place(values, each)
        if at is None:
            values.append(_new(uow, each, values))
            continue
        _refuse_more(values[at], each)
        label = each.text("display_value", LONGEST_VALUE)
        if label is not None:
            others = [value for index, value in enumerate(values) if index != at]
            _refuse_double(each, "display_value", label, others)
            values[at] = replace(values[at], display_value=label)
    _limit(row, len(values))
    return tuple(values)


def _refuse_more(value: PickListValue, row: BodyReader) -> None:
    """Refuse to change anything but the label of a value."""
    kept = {
        "actual_value": value.actual_value,
        "reference_value": value.actual_value,
        "sequence_number": value.sequence_number,
        "colour_code": None,
        **value.extra,
    }
    for name, current in kept.items():
        if row.has(name) and row.given[name] != current:
            raise row.refuse(Code.NOT_IMPLEMENTED, name, "this server cannot change this of a pick-list value yet")


def _place(values: Sequence[PickListValue], row: BodyReader) -> int | None:
    if row.has("id"):
        number = id_of(row.given["id"])
        for index, value in enumerate(values):
            if value.id == number:
                return index
        raise row.refuse(Code.INVALID_DATA, "id", UNKNOWN_ID)
    actual = row.text("actual_value", LONGEST_VALUE)
    for index, value in enumerate(values):
        if actual is not None and value.actual_value == actual:
            return index
    return None


def _new(uow: UnitOfWork, row: BodyReader, before: Sequence[PickListValue]) -> PickListValue:
    row.required("display_value")
    label = row.text("display_value", LONGEST_VALUE) or ""
    actual = row.text("actual_value", LONGEST_VALUE) or label
    _refuse_double(row, "display_value", label, before)
    _refuse_double(row, "actual_value", actual, before)
    extra: dict[str, Json] = {}
    probability = row.whole("probability", 0, 100)
    if probability is not None:
        extra["probability"] = probability
    forecast = row.word("forecast_type", _FORECAST_TYPES)
    if forecast is not None:
        extra["forecast_type"] = forecast
    return PickListValue(uow.new_id(), label, actual, len(before) + 1, extra)


def _refuse_double(row: BodyReader, name: str, text: str, others: Sequence[PickListValue]) -> None:
    # A value is found by what it shows and by what it holds, so no two may share either.
    if any(text.casefold() in (v.display_value.casefold(), v.actual_value.casefold()) for v in others):
        raise row.refuse(Code.DUPLICATE_DATA, name)


def _limit(row: BodyReader, count: int) -> None:
    if count > VALUES_PER_FIELD:
        raise row.refuse(Code.LIMIT_EXCEEDED, "pick_list_values", limit=VALUES_PER_FIELD)
