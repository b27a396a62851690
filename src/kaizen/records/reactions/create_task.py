"""The task that a task action makes for the record that fired."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from kaizen.automation.business_time import business_day, moment
from kaizen.automation.merge_fields import Constant, MergeField, only_token
from kaizen.automation.schedule import due_at
from kaizen.fields.conversion import read
from kaizen.fields.kinds import NUMERIC, ValueKind, kind_of
from kaizen.model.catalog import Field, Module
from kaizen.model.numbers import is_number
from kaizen.model.people import may_own
from kaizen.model.problem import Problem
from kaizen.model.rule import FieldMapping, TaskDefinition
from kaizen.model.values import Id, Json, Value
from kaizen.records.ports import UnitOfWork
from kaizen.records.query import has_record
from kaizen.records.reactions.merge_field_values import MergeFields, Subject
from kaizen.vocabulary.automation import Period
from kaizen.vocabulary.data_types import REFERENCES, USER_REFERENCES, DataType

TASKS: Final = "Tasks"
_CONTACTS: Final = "Contacts"


class MappingError(ValueError):
    """A field of a new task cannot get what its mapping says."""


class _TaskBuilder:
    """One new task on its way."""

    def __init__(self, uow: UnitOfWork, tasks: Module, subject: Subject) -> None:
        self._uow = uow
        self._tasks = tasks
        self._merge = MergeFields(uow, subject)
        related_by = "Who_Id" if subject.module.api_name == _CONTACTS else "What_Id"
        self.values: dict[str, Value] = {related_by: subject.record_id}

    def fill(self, mapping: FieldMapping) -> None:
        """Set one field as its mapping says."""
        field = self._tasks.by_name.get(mapping.field)
        if field is None:
            raise MappingError(f"there is no field {mapping.field} in {TASKS}")
        match mapping.type:
            case "static":
                value = _static(field, mapping.value)
            case "merge_field":
                value = self._merged(field, str(mapping.value))
            case "execution_time" if isinstance(mapping.value, Mapping):
                value = self._timed(field, mapping.value)
            case _:
                raise MappingError(f"{mapping.field} has an unknown type of mapping: {mapping.type}")
        if isinstance(value, int) and field.data_type in REFERENCES:
            value = self._pointing(field, value)
        self.values[mapping.field] = value

    def _pointing(self, field: Field, to: Id) -> Id | None:
        """Refuse a lookup to a record that does not exist; a user who may not own records leaves the task to others."""
        if field.data_type is DataType.LOOKUP and not has_record(self._uow, field.lookup_module or "", to):
            raise MappingError(f"there is no record {to} that {field.api_name} can hold")
        if field.data_type is DataType.OWNERLOOKUP and not may_own(self._uow.users.get(to)):
            return None
        return to

    def _merged(self, field: Field, text: str) -> Value:
        """Take over the value itself where the field can hold it, else write it as text."""
        token = only_token(text)
        if token is not None and kind_of(field.data_type) is not ValueKind.TEXT:
            if token == Constant("CURRENTUSER") and field.data_type in USER_REFERENCES:
                return self._merge.actor_id
            value, source = self._merge.value(token)
            fits = source is not None and source.compared_as is field.data_type
            if fits or (isinstance(token, Constant) and field.data_type is DataType.DATETIME):
                return value
            if source is not None and kind_of(source.compared_as) in NUMERIC and kind_of(field.data_type) in NUMERIC:
                return _static(field, value if is_number(value) else None)
        rendered = self._merge.render(text)
        if kind_of(field.data_type) is not ValueKind.TEXT:
            return _static(field, rendered or None)
        return rendered[: field.length] or None

    def _timed(self, field: Field, how: Mapping[str, Json]) -> Value:
        """Count from now or from a date of the record (reference: automation B.5.2, G.9)."""
        start = self._start(str(how.get("trigger_field", "${CURRENTTIME}")))
        if start is None:
            return None
        zone, calendar = self._uow.organisation.zone, self._uow.calendar
        period = Period(str(how.get("period", Period.DAYS)))
        unit = int(str(how.get("unit", "0"))) * (-1 if how.get("sign") == "minus" else 1)
        local = datetime.fromtimestamp(start, zone)
        at = _clock(how.get("time"))
        match period:
            case Period.DAYS:
                day = local.date() + timedelta(days=unit)
            case Period.BUSINESS_DAYS:
                day = business_day(local.date(), unit, calendar)
            case Period.MINUTES | Period.HOURS | Period.WEEKS | Period.MONTHS | Period.YEARS | Period.BUSINESS_HOURS:
                exact = datetime.fromtimestamp(due_at(start, period, unit, calendar, zone), zone)
                day, at = exact.date(), exact.time() if at is None else at
        if field.data_type is DataType.DATE:
            return day.isoformat()
        return self._at(field, day, at or time.min, how)

    def _at(self, field: Field, day: date, at: time, how: Mapping[str, Json]) -> Value:
        exact = moment(day, at, self._uow.organisation.zone)
        if field.data_type is DataType.DATETIME:
            return exact
        if field.data_type is DataType.ALARM:
            said = datetime.fromtimestamp(exact, self._uow.organisation.zone).isoformat()
            action = str(how.get("notify_type", "popup")).upper()
            return {"ALARM": f"FREQ=NONE;ACTION={action};TRIGGER=DATE-TIME:{said}"}
        raise MappingError(f"{field.api_name} has no time")

    def _start(self, text: str) -> int | None:
        token = only_token(text)
        if token is None:
            raise MappingError(f"{text} is not a time to count from")
        if isinstance(token, MergeField) and token.root == TASKS:
            value = self.values.get(token.path[-1])
        else:
            value, _ = self._merge.value(token)
        if isinstance(value, str):
            return moment(date.fromisoformat(value), time.min, self._uow.organisation.zone)
        return value if isinstance(value, int) else None


def task_values(uow: UnitOfWork, definition: TaskDefinition, subject: Subject) -> dict[str, Value]:
    """Return the values of the task for a record as it is now.

    It belongs to the record's owner unless the definition maps one who may own records, and is related to the record.
    MappingError: a field cannot get what its mapping says.
    """
    filling = _TaskBuilder(uow, uow.catalog.by_name[TASKS], subject)
    for mapping in definition.mappings:
        filling.fill(mapping)
    owner = subject.values.get("Owner")
    if filling.values.get("Owner") is None and owner is not None:
        filling.values["Owner"] = owner
    return filling.values


def _static(field: Field, value: Json) -> Value:
    found = read(field, value, f"$.{field.api_name}")
    if isinstance(found, Problem):
        raise MappingError(f"{field.api_name} cannot be {value!r}: {found.text}")
    return found


def _clock(said: Json) -> time | None:
    return time.fromisoformat(said) if isinstance(said, str) and said else None
