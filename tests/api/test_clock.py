"""Reading and moving the clock of a server."""

from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kaizen.model.calendar import BusinessCalendar
from kaizen.server.clock import ClockError, SystemClock, VirtualClock, later, read_moment
from kaizen.vocabulary.automation import Period
from tests.support.server import START, Crm, MakeCrm


@pytest.mark.source("assumed: the server's own API")
def test_a_virtual_clock_stands_still(crm: Crm) -> None:
    for _ in range(2):
        assert crm.control("GET", "clock").json == {"now": START, "epoch": read_moment(START), "mode": "virtual"}


@dataclass(frozen=True)
class Case:
    advance: dict[str, int]
    shows: str


ADVANCES = [
    Case({"minutes": 90}, "2026-01-05T10:30:00+00:00"),
    Case({"hours": 24}, "2026-01-06T09:00:00+00:00"),
    Case({"days": 30}, "2026-02-04T09:00:00+00:00"),
    Case({"weeks": 2}, "2026-01-19T09:00:00+00:00"),
    Case({"months": 1}, "2026-02-05T09:00:00+00:00"),
    Case({"years": 1}, "2027-01-05T09:00:00+00:00"),
    Case({"business_days": 5}, "2026-01-12T09:00:00+00:00"),
    Case({"business_days": 30}, "2026-02-16T09:00:00+00:00"),
    Case({"business_hours": 10}, "2026-01-06T10:00:00+00:00"),
    Case({"months": 1, "days": 1}, "2026-02-06T09:00:00+00:00"),
    Case({"minutes": 0}, START),
]


@pytest.mark.source("reference: automation G.9")
@pytest.mark.parametrize("case", ADVANCES, ids=lambda case: str(case.advance))
def test_advancing(case: Case, crm: Crm) -> None:
    answer = crm.advance(**case.advance)

    assert answer["now"] == case.shows
    assert answer["was"] == START
    assert (answer["carried_out"], answer["count"], answer["counts"]) == ([], 0, [])
    assert crm.control("GET", "clock").json["now"] == case.shows


@pytest.mark.source("assumed: the server's own API")
def test_setting(crm: Crm) -> None:
    assert crm.set_clock("2026-03-01T12:00:00+05:30")["now"] == "2026-03-01T06:30:00+00:00"
    assert crm.set_clock("2026-03-01T06:30:00Z")["now"] == "2026-03-01T06:30:00+00:00"


BACK = "the clock cannot go back; it shows 2026-01-05T09:00:00+00:00"
REFUSED: list[tuple[Any, str, str]] = [
    ({"set": "2026-01-05T08:59:59Z"}, "INVALID_DATA", BACK),
    ({"set": "tomorrow"}, "INVALID_DATA", "'tomorrow' is not a valid time; write it like 2026-01-05T09:00:00+00:00"),
    ({"set": "9999-12-31T00:00:00Z"}, "INVALID_DATA", "the clock ends with the year 9998"),
    ({"set": "0001-01-01T00:00:00+23:59"}, "INVALID_DATA", BACK),
    ({"set": 5}, "INVALID_DATA", "invalid data"),
    ({}, "EXPECTED_FIELD_MISSING", "give either set or advance"),
    (None, "EXPECTED_FIELD_MISSING", "give either set or advance"),
    ([], "EXPECTED_FIELD_MISSING", "give either set or advance"),
    ({"set": START, "advance": {"days": 1}}, "EXPECTED_FIELD_MISSING", "give either set or advance"),
    ({"advance": {}}, "MANDATORY_NOT_FOUND", "required field not found"),
    ({"advance": 5}, "INVALID_DATA", "invalid data"),
    ({"advance": {"fortnights": 1}}, "INVALID_DATA", "invalid data"),
    ({"advance": {"days": "1"}}, "INVALID_DATA", "invalid data"),
    ({"advance": {"days": True}}, "INVALID_DATA", "invalid data"),
    ({"advance": {"days": 1.5}}, "INVALID_DATA", "invalid data"),
    ({"advance": {"days": -1}}, "INVALID_DATA", "invalid data"),
    ({"advance": {"days": 10**30}}, "INVALID_DATA", "invalid data"),
    ({"advance": {"business_hours": 100_001}}, "INVALID_DATA", "invalid data"),
    ({"advance": {"months": 100_000}}, "INVALID_DATA", "the clock ends with the year 9998"),
    ({"advance": {"years": 8000}}, "INVALID_DATA", "the clock ends with the year 9998"),
    ({"advance": {"years": 10_000_000}}, "INVALID_DATA", "the clock ends with the year 9998"),
    ({"advance": {"business_days": 10_000_000}}, "INVALID_DATA", "the clock ends with the year 9998"),
]


@pytest.mark.source("assumed: the server's own API")
@pytest.mark.parametrize(("body", "code", "message"), REFUSED, ids=[str(case[0])[:40] for case in REFUSED])
def test_what_a_clock_cannot_do(body: Any, code: str, message: str, crm: Crm) -> None:
    reply = crm.control("POST", "clock", body)

    assert (*reply.problem, reply.json["message"]) == (400, code, message)
    assert crm.control("GET", "clock").json["now"] == START


@pytest.mark.source("assumed: virtual time does not end a session")
def test_a_session_lasts_as_long_as_a_clock_can_show(crm: Crm) -> None:
    crm.set_clock("9998-12-31T00:00:00Z")

    assert crm.control("GET", "clock").status == 200
    assert crm.get("users", {"type": "CurrentUser"}).status == 200


@pytest.mark.source("assumed: the machine's time cannot be moved")
def test_the_clock_of_the_machine_cannot_be_moved(make_crm: MakeCrm) -> None:
    crm = make_crm(clock="")

    assert crm.control("GET", "clock").json["mode"] == "machine"
    assert crm.control("POST", "clock", {"advance": {"days": 1}}).problem == (400, "NOT_ALLOWED")


@pytest.mark.source("assumed: the server's own API")
def test_moving_the_clock_needs_more_than_reading_it(crm: Crm) -> None:
    token = crm.token("Kaizen.control.READ")

    assert crm.control("GET", "clock", token=token).status == 200
    assert crm.control("POST", "clock", {"advance": {"days": 1}}, token=token).problem == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.source("assumed: the server's own API")
def test_times_have_the_offset_of_the_caller(crm: Crm) -> None:
    crm.store.write_now(lambda unit: unit.update_user(replace(crm.user, time_zone="Asia/Kolkata")))

    assert crm.control("GET", "clock").json["now"] == "2026-01-05T14:30:00+05:30"


@pytest.mark.source("assumed: a virtual clock only moves forward")
def test_a_virtual_clock_by_itself() -> None:
    clock = VirtualClock(100)
    clock.set(100)
    clock.set(200)

    assert clock.now() == 200
    with pytest.raises(ClockError):
        clock.set(199)
    assert clock.now() == 200


@pytest.mark.source("assumed: times are whole seconds")
def test_the_machines_clock_shows_whole_seconds() -> None:
    assert SystemClock(lambda: 1234.9).now() == 1234


@pytest.mark.source("reference: automation G.9")
def test_an_organisation_without_business_days_has_none_to_advance() -> None:
    with pytest.raises(ClockError, match="cannot advance by business days"):
        later(0, {Period.BUSINESS_DAYS: 1}, BusinessCalendar(hours=()), ZoneInfo("UTC"))
