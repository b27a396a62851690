"""What reminds of tasks and events, in the shapes of each version."""

from typing import Any

import pytest

from tests.support.server import Crm

EVENT = {"Event_Title": "E", "Start_DateTime": "2026-02-01T10:00:00Z", "End_DateTime": "2026-02-01T11:00:00Z"}
TEXT = {"ALARM": "FREQ=NONE;ACTION=EMAIL;TRIGGER=DATE-TIME:2026-02-01T09:00:00+05:30"}
LIST = [{"ACTION": "POPUP", "TRIGGER": "-P1D", "TRIGGER_TIME": "09:30"}]


def made(crm: Crm, module: str, row: dict[str, Any], version: str = "v8") -> str:
    """Make a record and return its id."""
    reply = crm.post(module, {"data": [row]}, version=version)
    assert reply.codes() == ["SUCCESS"], reply.content
    return str(reply.details()["id"])


def before(unit: int, period: str) -> dict[str, Any]:
    return {"unit": unit, "period": period}


#: A reminder of an event at ten o'clock: the version that gives it, what it gives, what v2 shows, what v8 shows.
REMINDERS: list[tuple[str, Any, Any, Any]] = [
    ("v8", [before(15, "minutes")], "2026-02-01T09:45:00+00:00", [before(15, "minutes")]),
    (
        "v8",
        [before(5, "minutes"), before(2, "days")],
        "2026-01-30T10:00:00+00:00",
        [before(5, "minutes"), before(2, "days")],
    ),
    ("v8", None, None, None),
    ("v2", "2026-02-01T09:45:00Z", "2026-02-01T09:45:00+00:00", [before(15, "minutes")]),
    ("v2", "2026-02-01T13:30:00+05:30", "2026-02-01T08:00:00+00:00", [before(2, "hours")]),
    ("v2", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00+00:00", [before(1, "days")]),
    ("v2", "2026-01-18T10:00:00Z", "2026-01-18T10:00:00+00:00", [before(2, "weeks")]),
    ("v2", "2026-02-01T10:00:00Z", "2026-02-01T10:00:00+00:00", [before(0, "minutes")]),
    ("v2", "2026-02-01T09:58:30Z", "2026-02-01T09:58:30+00:00", [before(1, "minutes")]),
]


@pytest.mark.source("reference: platform C.11; assumed: between the two forms a reminder keeps its time")
@pytest.mark.parametrize(("version", "given", "old", "new"), REMINDERS)
def test_a_reminder_of_an_event_has_the_form_of_each_version(
    crm: Crm, version: str, given: Any, old: Any, new: Any
) -> None:
    record = f"Events/{made(crm, 'Events', {**EVENT, 'Remind_At': given}, version)}"
    query = {"select_query": "select Remind_At from Events where id is not null"}

    for each, shown in (("v2", old), ("v8", new)):
        (alone,) = crm.get(record, version=each).json["data"]
        (listed,) = crm.get("Events", {"fields": "Remind_At"}, version=each).json["data"]
        (queried,) = crm.post("coql", query, version=each).json["data"]
        assert alone["Remind_At"] == listed["Remind_At"] == queried["Remind_At"] == shown
        assert listed.keys() == queried.keys() == {"id", "Remind_At"}
    (whole,) = crm.get(record, version=version).json["data"]
    assert crm.put(record, {"data": [whole]}, version=version).codes() == ["SUCCESS"]
    assert crm.get(record, version=version).json["data"][0]["Remind_At"] == (old if version == "v2" else new)


@pytest.mark.source("reference: platform C.11")
def test_a_reminder_given_before_the_start_moves_with_it(crm: Crm) -> None:
    record = f"Events/{made(crm, 'Events', {**EVENT, 'Remind_At': [before(1, 'hours')]})}"

    crm.put(record, {"data": [{**EVENT, "Start_DateTime": "2026-02-01T10:30:00Z"}]})

    assert crm.get(record, version="v2").json["data"][0]["Remind_At"] == "2026-02-01T09:30:00+00:00"


#: Module, version, what is given, and why it is refused; for an event also a moment after its start.
REFUSED: list[tuple[str, str, Any, str, dict[str, Any]]] = [
    ("Events", "v2", [before(15, "minutes")], "INVALID_DATA", {"expected_data_type": "datetime", "at": ""}),
    ("Events", "v8", "2026-02-01T09:45:00Z", "INVALID_DATA", {"expected_data_type": "jsonarray", "at": ""}),
    ("Events", "v8", "soon", "INVALID_DATA", {"expected_data_type": "datetime", "at": ""}),
    ("Events", "v8", 15, "INVALID_DATA", {"expected_data_type": "jsonarray", "at": ""}),
    ("Events", "v2", "2026-02-01T10:00:01Z", "INVALID_DATA", {"at": ""}),
    ("Events", "v8", [{"period": "days"}], "MANDATORY_NOT_FOUND", {"at": "[0].unit"}),
    ("Events", "v8", [{"unit": 1}], "MANDATORY_NOT_FOUND", {"at": "[0].period"}),
    ("Tasks", "v2", LIST, "INVALID_DATA", {"expected_data_type": "jsonobject", "at": ""}),
    ("Tasks", "v2", TEXT["ALARM"], "INVALID_DATA", {"expected_data_type": "jsonobject", "at": ""}),
    ("Tasks", "v8", {"ALARM": "now"}, "INVALID_DATA", {"at": ".ALARM"}),
    ("Tasks", "v8", [{"TRIGGER": "-P1D"}], "MANDATORY_NOT_FOUND", {"at": "[0].ACTION"}),
]


@pytest.mark.source("reference: platform C.11")
@pytest.mark.parametrize(("module", "version", "given", "code", "why"), REFUSED)
def test_a_reminder_of_another_shape_is_refused(
    crm: Crm, module: str, version: str, given: Any, code: str, why: dict[str, Any]
) -> None:
    row = {**EVENT, "Subject": "T", "Remind_At": given}
    at = why["at"]
    details = {**why, "api_name": at.rpartition(".")[2] or "Remind_At", "json_path": f"$.data[0].Remind_At{at}"}

    (element,) = crm.post(module, {"data": [row]}, version=version).json["data"]

    absent = {"at"} | ({"json_path"} if version == "v2" else set())
    assert (element["code"], element["details"]) == (
        code,
        {name: value for name, value in details.items() if name not in absent},
    )


@pytest.mark.source("reference: platform C.11")
def test_a_task_is_reminded_of_by_a_text_and_since_v2_1_by_a_list(crm: Crm) -> None:
    old = made(crm, "Tasks", {"Subject": "T", "Remind_At": TEXT}, "v2")
    new = made(crm, "Tasks", {"Subject": "T", "Remind_At": LIST})
    at = made(
        crm, "Tasks", {"Subject": "T", "Remind_At": [{"ACTION": "EMAIL", "TRIGGER": "2026-02-01T09:00:00+05:30"}]}
    )

    def shown(record_id: str, version: str) -> Any:
        return crm.get(f"Tasks/{record_id}", version=version).json["data"][0]["Remind_At"]

    assert shown(old, "v2") == shown(old, "v8") == shown(at, "v2") == TEXT
    assert shown(new, "v8") == LIST
    text = {"ALARM": "FREQ=NONE;ACTION=POPUP;TRIGGER=-P1D;TRIGGER_TIME=09:30"}
    assert shown(new, "v2") == text
    assert crm.put(f"Tasks/{new}", {"data": [{"Remind_At": text}]}, version="v2").codes() == ["SUCCESS"]


@pytest.mark.source("reference: platform C.11, E.2")
@pytest.mark.parametrize(
    ("version", "types"), [("v2", ("event_reminder", "string")), ("v8", ("multireminder", "jsonarray"))]
)
def test_metadata_says_which_form_a_version_has(crm: Crm, version: str, types: tuple[str, str]) -> None:
    fields = crm.get("settings/fields", {"module": "Events"}, version=version).json["fields"]

    (shown,) = ((f["data_type"], f["json_type"]) for f in fields if f["api_name"] == "Remind_At")
    assert shown == types


@pytest.mark.source("reference: platform C.11")
def test_a_list_of_calls_shows_durations_as_a_call_alone_does(crm: Crm) -> None:
    call = {"Subject": "C", "Call_Type": "Outbound", "Call_Start_Time": "2026-01-05T08:00:00Z"}
    made(crm, "Calls", {**call, "Call_Duration": "05:30"}, "v2")
    query = {"select_query": "select Call_Duration from Calls where id is not null"}

    for version, duration in (("v2", "05:30"), ("v8", "00:05")):
        (listed,) = crm.get("Calls", {"fields": "Call_Duration"}, version=version).json["data"]
        (queried,) = crm.post("coql", query, version=version).json["data"]
        assert listed["Call_Duration"] == queried["Call_Duration"] == duration
