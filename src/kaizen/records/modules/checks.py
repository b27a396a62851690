"""Rules of single modules about how fields depend on each other. A module that is not here has none."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from kaizen.fields.flaw import expected
from kaizen.fields.reminder import is_moment, moment_of
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem, expected_type, position
from kaizen.model.values import Json
from kaizen.records.draft import Draft
from kaizen.records.modules import line_items
from kaizen.vocabulary.codes import Code

_DURATION: Final = re.compile(r"(\d{1,4}):([0-5]\d)")
#: What reminds of an event: the one who has it, and those who take part.
_REMINDERS: Final = ("Remind_At", "Remind_Participants")
SCHEDULED: Final = "Scheduled"
#: What a note says; one of the two is enough.
_OF_NOTES: Final = ("Note_Content", "Note_Title")


@dataclass(frozen=True, slots=True)
class CheckContext:
    """What a check may look at besides the row."""

    module: Module
    now: int
    old_activities: bool  #: v2: durations are `mm:ss`, one reminder as text


Check: TypeAlias = Callable[[CheckContext, Draft], None]


@dataclass(frozen=True, slots=True)
class Rules:
    """What one module asks beyond the data types of its fields."""

    #: Bring the row to the names that the module's fields have now.
    rename: Callable[[Mapping[str, Json]], Mapping[str, Json]] = lambda row: row
    #: Which of the mandatory fields a record does not need after all.
    excused: Callable[[Draft], frozenset[str]] = lambda draft: frozenset()
    check: Check = lambda context, draft: None
    #: Fields that only a new record takes; a change of them is ignored.
    fixed: frozenset[str] = frozenset()


_NO_RULES: Final = Rules()


def rules_of(module: Module) -> Rules:
    """Return the rules of a module."""
    return BY_MODULE.get(module.api_name, _NO_RULES)


def _pipeline(context: CheckContext, draft: Draft) -> None:
    """Refuse a stage that the pipeline does not have (reference: platform C.2)."""
    if "Stage" not in draft.values and "Pipeline" not in draft.values:
        return
    fields = context.module.by_name
    for name, mapped in (("Pipeline", "Layout"), ("Stage", "Pipeline")):
        value, field = draft.values.get(name), fields.get(name)
        if value is not None and field is not None and field.pick_list_values and value not in field.actual_values:
            other = position(mapped, draft.path(mapped))
            draft.refuse(Problem(Code.MAPPING_MISMATCH, {"mapped_field": other, **position(name, draft.path(name))}))


def _event(context: CheckContext, draft: Draft) -> None:
    """Refuse an event that ends before it starts, and reminders that the version has not or that come too late."""
    start, end = draft.merged("Start_DateTime"), draft.merged("End_DateTime")
    if isinstance(start, int) and isinstance(end, int) and end < start:
        draft.refuse(Problem(Code.INVALID_DATA, position("End_DateTime", draft.path("End_DateTime"))))
    for name in _REMINDERS:
        given = draft.values.get(name)
        if given is None:
            continue
        path = draft.path(name)
        if is_moment(given) is not context.old_activities:
            draft.refuse(expected("datetime" if context.old_activities else "jsonarray").at(name, path))
        elif is_moment(given) and isinstance(start, int) and (moment_of(given, start) or 0) > start:
            draft.refuse(Problem(Code.INVALID_DATA, position(name, path)))


def _task(context: CheckContext, draft: Draft) -> None:
    """Refuse a list of reminders in the version that knows one only (reference: platform C.11)."""
    if context.old_activities and isinstance(draft.values.get("Remind_At"), tuple):
        draft.refuse(expected("jsonobject").at("Remind_At", draft.path("Remind_At")))


def _note(context: CheckContext, draft: Draft) -> None:
    """Refuse a note that would have neither content nor title, and a change that speaks of neither."""
    if any(name in draft.row for name in _OF_NOTES) and any(map(draft.merged, _OF_NOTES)):
        return
    fields: list[Json] = [position(name, draft.path(name)) for name in _OF_NOTES]
    message = "should contain either content or title"
    draft.refuse(Problem(Code.EXPECTED_FIELD_MISSING, {"expected_fields": fields}, message))


def _call_names(row: Mapping[str, Json]) -> Mapping[str, Json]:
    if "Outbound_Call_Status" not in row:
        return row
    return {"Outgoing_Call_Status": row["Outbound_Call_Status"], **row}


def _excused_from_call(draft: Draft) -> frozenset[str]:
    scheduled = draft.values.get("Outgoing_Call_Status") == SCHEDULED
    return frozenset({"Call_Duration"}) if scheduled else frozenset()


def _call(context: CheckContext, draft: Draft) -> None:
    """Check the duration, and what a scheduled call needs (reference: platform C.11)."""
    _call_duration(context, draft)
    if draft.merged("Outgoing_Call_Status") != SCHEDULED:
        return
    if draft.before is None and draft.values.get("Who_Id") is None and draft.values.get("What_Id") is None:
        draft.refuse(Problem(Code.MANDATORY_NOT_FOUND, position("Who_Id", draft.path("Who_Id"))))
    start = draft.values.get("Call_Start_Time")
    if isinstance(start, int) and start < context.now:
        draft.refuse(_mismatch(draft, "Call_Start_Time", ""))


def _call_duration(context: CheckContext, draft: Draft) -> None:
    text = draft.values.get("Call_Duration")
    if not isinstance(text, str):
        return
    parts = _DURATION.fullmatch(text)
    if parts is None:
        where = position("Call_Duration", draft.path("Call_Duration"))
        draft.refuse(Problem(Code.INVALID_DATA, {**expected_type("text"), **where}))
        return
    seconds = int(parts[1]) * 60 + int(parts[2])
    draft.values["Call_Duration_in_seconds"] = seconds if context.old_activities else seconds * 60
    completed = draft.merged("Outgoing_Call_Status") in (None, "Completed")
    if seconds == 0 and completed and draft.merged("Call_Type") != "Missed":
        draft.refuse(_mismatch(draft, "Call_Duration", "Call Duration can not be zero."))


def _mismatch(draft: Draft, name: str, message: str) -> Problem:
    dependee = position("Outgoing_Call_Status", draft.path("Outgoing_Call_Status"))
    return Problem(Code.DEPENDENT_MISMATCH, {"dependee": dependee, **position(name, draft.path(name))}, message)


def _inventory(module: str) -> Rules:
    return Rules(rename=lambda row: line_items.modern_names(module, row))


BY_MODULE: Final[Mapping[str, Rules]] = MappingProxyType(
    {
        "Deals": Rules(check=_pipeline),
        "Events": Rules(check=_event),
        "Tasks": Rules(check=_task),
        "Calls": Rules(rename=_call_names, excused=_excused_from_call, check=_call),
        "Notes": Rules(
            excused=lambda draft: frozenset(_OF_NOTES), check=_note, fixed=frozenset({"Parent_Id", "Owner"})
        ),
        **{module: _inventory(module) for module in line_items.LINES},
    }
)
