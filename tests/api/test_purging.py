"""What is done is kept for a while only, by the machine's clock; what is shown, or still to be done, is not touched."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from kaizen.accounts.grants import create_grant
from kaizen.model.queued import Mail, QueuedAction
from kaizen.server import app, purging
from kaizen.server.clock import SystemClock
from kaizen.server.settings import Keeping
from kaizen.store.purges import Kept
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionState
from tests.support.server import Crm, settings_for
from tests.support.services import postgres_database

pytestmark = pytest.mark.source("assumed: how long things are kept is set by whoever hosts them")

HOUR, DAY = 3_600, 86_400
NOW = 1_800_000_000


@dataclass
class Machine:
    """A server on the clock of a machine that the test owns."""

    now: int
    start: Callable[..., Crm]
    crm: Crm

    def purge(self) -> Mapping[Kept, int]:
        """Go through everything, and return what was removed."""
        removed = asyncio.run(self.crm.server.purger.purge())
        return {kept: count for kept, count in removed.items() if count}

    def rows(self, statement: str) -> list[Any]:
        return self.crm.store.read_now(lambda unit: unit.session.rows(statement))

    def pass_days(self, days: float) -> None:
        """Let time pass; the one who asks gets a token again."""
        self.now += int(days * DAY)
        self.crm.access_token = self.crm.token("ZohoCRM.modules.ALL", "ZohoCRM.settings.ALL", "Kaizen.control.ALL")


@pytest.fixture(params=["sqlite", "postgresql"])
def machine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine with a server on each database."""
    monkeypatch.setattr(purging, "_PAUSE", 0)

    def start(database: str, **keep: int) -> Crm:
        return Crm(settings_for(database, clock="", seed=f"purge {keep}", keep=Keeping(**keep)))

    def on(database: str) -> Iterator[Machine]:
        found = Machine(NOW, lambda **keep: start(database, **keep), None)  # type: ignore[arg-type]  # made below
        monkeypatch.setattr(app, "clock_of", lambda _: SystemClock(lambda: found.now))
        found.crm = found.start()
        yield found
        found.crm.close()

    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("organisation_file"), tmp_path / "kaizen.db")
        yield from on(str(tmp_path / "kaizen.db"))
        return
    with postgres_database(request.getfixturevalue("organisation_database")) as url:
        yield from on(url)


def test_tokens_and_grants_go_a_day_after_their_end(machine: Machine) -> None:
    crm = machine.crm
    crm.store.write_now(lambda unit: create_grant(unit, unit.clients()[0], ["ZohoCRM.modules.ALL"], crm.server.chance))
    old = crm.access_token

    machine.now += DAY + HOUR - 1
    assert Kept.ACCESS_TOKENS not in machine.purge()

    machine.pass_days(HOUR / DAY)
    assert machine.purge() == {Kept.ACCESS_TOKENS: 1}
    assert crm.get("Leads", {"fields": "Last_Name"}).status == 204
    assert crm.get("Leads", {"fields": "Last_Name"}, token=old).problem == (401, "INVALID_TOKEN")
    assert machine.rows("SELECT COUNT(*) FROM kz_refresh_token WHERE NOT revoked") != [(0,)]


def test_a_grant_goes_and_a_revoked_refresh_token_after_its_access_tokens(machine: Machine) -> None:
    crm = machine.crm
    crm.store.write_now(lambda unit: create_grant(unit, unit.clients()[0], ["ZohoCRM.modules.ALL"], crm.server.chance))
    hashes = machine.rows("SELECT token_hash FROM kz_refresh_token ORDER BY number")
    crm.store.write_now(lambda unit: unit.revoke_refresh_token(hashes[0][0]))

    machine.pass_days(1.5)
    removed = machine.purge()

    assert removed == {Kept.ACCESS_TOKENS: 1, Kept.REFRESH_TOKENS: 1, Kept.GRANTS: 1}


def action(number: int, due_at: int, state: ActionState, change: int = 6) -> QueuedAction:
    return QueuedAction(number, due_at, "tasks", 1, 2, 3, 4, "Leads", 5, change, 7, state=state)


def test_what_is_done_and_sent_goes_and_what_waits_or_failed_stays(machine: Machine) -> None:
    mail = Mail(1, NOW, "a@example.com", ("b@example.com",), "Hello", "")

    def work(unit: Unit) -> None:
        unit.queue([action(n, NOW, state) for n, state in enumerate(ActionState, 1)])
        unit.queue([action(9, NOW + 60 * DAY, ActionState.DONE)])
        unit.put_mail([replace(mail, id=n, state=s) for n, s in enumerate(("kept", "waiting", "failed"), 1)])
        unit.put_mail(
            [replace(mail, id=4, state="sent", sent_at=NOW), replace(mail, id=5, state="sent", sent_at=NOW + 9)]
        )

    machine.crm.store.write_now(work)
    machine.pass_days(90)
    removed = machine.purge()
    assert (removed.get(Kept.ACTIONS), removed.get(Kept.MAILS)) == (None, None)

    machine.now += 5
    removed = machine.purge()

    assert (removed[Kept.ACTIONS], removed[Kept.MAILS]) == (2, 1)
    assert machine.rows("SELECT state FROM kz_action ORDER BY id") == [("pending",), ("failed",), ("done",)]
    assert machine.rows("SELECT id FROM kz_mail ORDER BY id") == [(1,), (2,), (3,), (5,)]


@pytest.mark.source("reference: platform C.7: bin content is visible for 60 days, purged ones for 120")
def test_a_deleted_record_leaves_the_bin_then_its_name_and_then_nothing(machine: Machine) -> None:
    crm = machine.crm
    made = crm.post("Leads", {"data": [{"Last_Name": "Lovelace", "Company": "Zylker"}]}).details()["id"]
    crm.delete(f"Leads/{made}")

    def listed(kind: str) -> list[tuple[str, str, str]]:
        reply = crm.get("Leads/deleted", {"type": kind})
        rows = reply.json["data"] if reply.status == 200 else []
        return [(row["type"], row["display_name"], row["created_by"]["id"]) for row in rows]

    shown = ("Lovelace", str(crm.user.id))
    machine.pass_days(60)
    machine.purge()
    assert (listed("recycle"), listed("permanent")) == ([("recycle", *shown)], [])

    machine.pass_days(0.1)
    assert machine.purge()[Kept.BIN] == 1
    assert (listed("recycle"), listed("permanent")) == ([], [("permanent", *shown)])
    assert listed("all") == [("permanent", *shown)]
    assert "Zylker" not in machine.rows("SELECT body FROM kz_recycle_bin")[0][0]
    assert Kept.BIN not in machine.purge()

    machine.pass_days(60)
    assert machine.purge()[Kept.DELETED_IDS] == 1
    assert listed("all") == []


def changed(crm: Crm, record: str, stage: str) -> None:
    assert crm.put("Deals", {"data": [{"id": record, "Stage": stage}]}).codes() == ["SUCCESS"]


def test_history_stays_unless_it_is_set_and_as_long_as_its_record_is_written(machine: Machine) -> None:
    crm = machine.crm
    deals = [{"Deal_Name": name, "Stage": "Qualification"} for name in ("Engine", "Wing")]
    idle, busy = (row["details"]["id"] for row in crm.post("Deals", {"data": deals}).json["data"])
    changed(crm, idle, "Closed Won")
    machine.pass_days(400)
    assert Kept.HISTORY not in machine.purge()
    changed(crm, busy, "Closed Won")
    traced = crm.control("GET", f"records/Deals/{busy}/trace").json
    crm.close()

    crm = machine.crm = machine.start(history=30)

    assert machine.purge()[Kept.HISTORY] == 2
    assert crm.control("GET", f"records/Deals/{busy}/trace").json == traced
    assert crm.control("GET", f"records/Deals/{idle}/trace").json["trace"] == []
    machine.pass_days(31)
    assert machine.purge()[Kept.HISTORY] == 2


def test_a_change_stays_that_something_refers_to(machine: Machine) -> None:
    crm = machine.crm
    deals = [{"Deal_Name": f"Deal {n}", "Stage": "Qualification"} for n in range(3)]
    ids = [int(row["details"]["id"]) for row in crm.post("Deals", {"data": deals}).json["data"]]
    changes = dict(machine.rows("SELECT record_id, id FROM kz_change"))

    def work(unit: Unit) -> None:
        unit.consume(1, ids[0], changes[ids[0]])
        waits = action(1, NOW + 999 * DAY, ActionState.PENDING, changes[ids[1]])
        unit.queue([replace(waits, module="Deals", record_id=ids[1])])

    crm.store.write_now(work)
    crm.close()
    machine.crm = machine.start(history=30)
    machine.pass_days(100)

    assert machine.purge()[Kept.HISTORY] == 1
    assert machine.rows("SELECT record_id FROM kz_change ORDER BY record_id") == [(ids[0],), (ids[1],)]


def test_a_difference_goes_before_what_it_differs_from(machine: Machine) -> None:
    crm = machine.crm
    crm.post("Deals", {"data": [{"Deal_Name": "Engine", "Stage": "Qualification"}]})
    ((base,),) = machine.rows("SELECT id FROM kz_change")
    columns = "module, record_id, event, at, actor_id, book_version"
    copy = f"""INSERT INTO kz_change (id, {columns}, after) SELECT id + 1, {columns}, '{{"":{base}}}' FROM kz_change"""
    crm.store.write_now(lambda unit: unit.session.run(copy))
    crm.close()
    machine.crm = machine.start(history=30)
    machine.pass_days(100)

    assert machine.purge()[Kept.HISTORY] == 1
    assert machine.rows("SELECT id FROM kz_change") == [(base,)]
    assert machine.purge()[Kept.HISTORY] == 1


def test_portions_go_through_the_whole_of_a_table(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "_PORTION", 3)
    states = [ActionState.PENDING if n % 4 == 0 else ActionState.DONE for n in range(1, 21)]
    actions = [action(n, NOW, state) for n, state in enumerate(states, 1)]
    machine.crm.store.write_now(lambda unit: unit.queue(actions))
    machine.pass_days(91)

    assert machine.purge()[Kept.ACTIONS] == 15
    assert len(machine.rows("SELECT id FROM kz_action")) == 5


def test_zero_days_are_for_ever(machine: Machine) -> None:
    machine.crm.store.write_now(lambda unit: unit.queue([action(1, NOW, ActionState.DONE)]))
    machine.crm.close()
    machine.crm = machine.start(actions=0)
    machine.pass_days(10_000)

    assert Kept.ACTIONS not in machine.purge()


def test_a_virtual_clock_purges_nothing(crm_on: Crm) -> None:
    made = crm_on.post("Leads", {"data": [{"Last_Name": "Lovelace"}]}).details()["id"]
    crm_on.delete(f"Leads/{made}")
    crm_on.advance(years=3)

    assert asyncio.run(crm_on.server.purger.purge()) == {}
    assert crm_on.get("Leads/deleted").json["data"][0]["type"] == "recycle"


def test_a_refresh_looks_at_live_tokens_only(crm: Crm) -> None:
    """However many tokens a refresh token had, those that are not alive any more are not read."""
    asked: list[str] = []

    def work(unit: Unit) -> list[Any]:
        rows = unit.session.rows

        def noted(statement: str, values: Any = ()) -> list[Any]:
            asked.append(statement)
            return rows(statement, values)

        unit.session.rows = noted  # type: ignore[method-assign]  # to see what is asked
        unit.access_tokens("client", "refresh")
        unit.access_tokens_since("client", "refresh", 0)
        return [rows(f"EXPLAIN QUERY PLAN {each}", ["", "", 0])[0][3] for each in asked]

    plans = crm.store.write_now(work)

    assert "kz_access_token__live (refresh_hash=? AND client_id=? AND expires_at>?)" in plans[0]
    assert "kz_access_token__given (refresh_hash=? AND client_id=? AND created_at>?)" in plans[1]
