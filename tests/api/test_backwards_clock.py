"""A clock of the machine that goes back is told once, and no record is changed before it was made."""

import logging
from pathlib import Path

import pytest

from kaizen.model.document import new_document
from kaizen.server import app
from kaizen.server.clock import SystemClock
from kaizen.server.settings import Settings
from tests.support.server import Crm, MakeCrm

pytestmark = pytest.mark.source("assumed: clocks of machines are set back now and then")

WENT_BACK = "clock.went_back"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line.message for line in caplog.records if line.message == WENT_BACK]


def test_it_is_told_once_until_the_time_is_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([100, 200, 198, 150, 120, 199, 200, 300, 100])
    clock = SystemClock(lambda: next(times))

    seen = [(clock.now(), len(told(caplog))) for _ in range(9)]

    assert seen == [(100, 0), (200, 0), (198, 0), (150, 1), (120, 1), (199, 1), (200, 1), (300, 1), (100, 2)]


def test_a_record_is_not_changed_before_it_was_made(make_crm: MakeCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = [1_800_000_000]

    def clock(_: Settings) -> SystemClock:
        return SystemClock(lambda: machine[0])

    monkeypatch.setattr(app, "clock_of", clock)
    crm = make_crm(clock="")
    made = crm.post("Deals", {"data": [{"Deal_Name": "Engine", "Stage": "Qualification"}]}).details()
    machine[0] -= 1000

    changed = crm.put("Deals", {"data": [{"id": made["id"], "Deal_Name": "Wing"}]}).details()

    assert changed["Created_Time"] == changed["Modified_Time"] == made["Created_Time"]
    machine[0] += 2000
    changed = crm.put("Deals", {"data": [{"id": made["id"], "Deal_Name": "Tail"}]}).details()
    assert changed["Modified_Time"] > changed["Created_Time"]


def test_settings_are_not_changed_before_they_were_made() -> None:
    made = new_document("tag", 1, {}, by=7, at=200)
    assert made.changed("Deals", "Hot", {}, by=8, at=100).modified_at == 200
    assert made.changed("Deals", "Hot", {}, by=8, at=300).modified_at == 300


def test_a_clock_that_went_back_while_no_server_ran_is_told_at_the_start(
    organisation_file: Path, make_crm: MakeCrm, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    machine = [1_800_000_000]
    monkeypatch.setattr(app, "clock_of", lambda _: SystemClock(lambda: machine[0]))
    crm = make_crm(clock="")
    crm.server.close()
    caplog.set_level(logging.WARNING)
    machine[0] -= 3600

    Crm(crm.server.settings).close()

    assert told(caplog) == [WENT_BACK]
