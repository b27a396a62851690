"""The embedded runner: what is due is carried out in the background, once, whatever goes wrong on the way."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from kaizen.model.queued import CarriedOut, QueuedAction
from kaizen.records.reactions.due_actions import CarryOutError
from kaizen.server.clock import SystemClock, VirtualClock, read_moment
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.table import RouteTable
from kaizen.server.worker import Worker
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionState
from tests.support.server import START, Crm, MakeCrm

NOW = read_moment(START)


class Deeds:
    """Carries out by closing, and keeps what it saw; tells who waits for it."""

    def __init__(self) -> None:
        self.done: list[tuple[int, int]] = []  #: (due at, carried out at)
        self.trouble: list[Exception] = []  #: raised once each before anything is carried out
        self.carried = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None  #: where somebody waits

    def __call__(self, unit: Unit, limit: int) -> Sequence[CarriedOut]:
        """Be the sweep."""
        if self.trouble:
            raise self.trouble.pop()
        due = unit.due(unit.now, limit)
        for action in due:
            assert unit.close(action.id, ActionState.DONE)
            self.done.append((action.due_at, unit.now))
        if due and self._loop is not None:
            self._loop.call_soon_threadsafe(self.carried.set)
        return [CarriedOut(action, unit.now, "done") for action in due]

    def listen(self) -> None:
        """Begin to notice what is carried out, for the loop that runs."""
        self._loop = asyncio.get_running_loop()

    async def next(self) -> None:
        """Wait until something was carried out."""
        await asyncio.wait_for(self.carried.wait(), 30)
        self.carried.clear()


def queue(crm: Crm, *due: int) -> list[QueuedAction]:
    """Queue actions."""
    ids = crm.store.write_now(lambda unit: unit.new_ids(len(due)))
    actions = [
        QueuedAction(number, at, "tasks", 1, 2, 3, 4, "Leads", 5, 6, crm.user.id)
        for number, at in zip(ids, due, strict=True)
    ]
    crm.store.write_now(lambda unit: unit.queue(actions))
    return actions


def virtual(crm: Crm) -> VirtualClock:
    """Return the clock that a test moves by itself."""
    clock = crm.server.clock
    assert isinstance(clock, VirtualClock)
    return clock


@pytest.mark.source("reference: automation G.7")
def test_advancing_stops_at_every_due_moment_in_order(crm: Crm) -> None:
    queue(crm, NOW + 300, NOW + 100, NOW + 200, NOW + 100, NOW + 1000)
    clock, deeds = virtual(crm), Deeds()
    worker = Worker(crm.store, clock, deeds, None)

    outcomes = asyncio.run(worker.advance(clock, NOW + 500))

    assert deeds.done == [(NOW + at, NOW + at) for at in (100, 100, 200, 300)]
    assert [each.at for each in outcomes] == [NOW + 100, NOW + 100, NOW + 200, NOW + 300]
    assert clock.now() == NOW + 500


@pytest.mark.source("assumed: an action that was due before is carried out now")
def test_what_is_overdue_is_carried_out_at_once(crm: Crm) -> None:
    queue(crm, NOW - 5000, NOW)
    clock, deeds = virtual(crm), Deeds()

    asyncio.run(Worker(crm.store, clock, deeds, None).settle())

    assert deeds.done == [(NOW - 5000, NOW), (NOW, NOW)]


@pytest.mark.source("assumed: an action that cannot be carried out does not stop the clock")
def test_a_sweep_that_carries_out_nothing_does_not_stop_the_clock(crm: Crm) -> None:
    queue(crm, NOW + 60)
    clock = virtual(crm)
    worker = Worker(crm.store, clock, lambda unit, limit: [], None)

    assert asyncio.run(worker.advance(clock, NOW + 500)) == []
    assert clock.now() == NOW + 500


@pytest.mark.source("reference: automation G.8")
def test_an_action_that_cannot_be_written_is_set_back(crm: Crm) -> None:
    (action,) = queue(crm, NOW)
    clock, deeds = virtual(crm), Deeds()
    deeds.trouble = [CarryOutError(action, RuntimeError("the disk is full"))]
    worker = Worker(crm.store, clock, deeds, None)

    outcomes = asyncio.run(worker.advance(clock, NOW + 3600))

    assert [each.outcome for each in outcomes] == ["postponed", "done"]
    assert deeds.done == [(NOW + 60, NOW + 60)]


@pytest.mark.source("assumed: the embedded runner")
def test_a_commit_wakes_the_runner(make_crm: MakeCrm) -> None:
    crm = make_crm(clock="")
    deeds = Deeds()

    async def scenario() -> None:
        clock = crm.server.clock
        worker = Worker(crm.store, clock, deeds, None)
        worker.start()
        deeds.listen()
        queue(crm, clock.now())
        worker.wake(clock.now())
        await deeds.next()
        await worker.stop()

    asyncio.run(scenario())
    assert len(deeds.done) == 1


@pytest.mark.source("assumed: the embedded runner")
def test_the_runner_wakes_by_itself_when_something_falls_due(make_crm: MakeCrm) -> None:
    crm = make_crm(clock="")
    deeds = Deeds()
    clock = crm.server.clock
    assert isinstance(clock, SystemClock)
    queue(crm, clock.now() + 1)

    async def scenario() -> None:
        worker = Worker(crm.store, clock, deeds, None)
        deeds.listen()
        worker.start()
        await deeds.next()
        await worker.stop()

    asyncio.run(scenario())
    assert len(deeds.done) == 1


@pytest.mark.source("assumed: the embedded runner")
def test_trouble_does_not_end_the_runner(make_crm: MakeCrm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaizen.server.worker._AFTER_TROUBLE", 0.01)
    crm = make_crm(clock="")
    queue(crm, crm.server.clock.now())
    deeds = Deeds()
    deeds.trouble = [RuntimeError("once"), RuntimeError("twice")]

    async def scenario() -> None:
        worker = Worker(crm.store, crm.server.clock, deeds, None)
        deeds.listen()
        worker.start()
        await deeds.next()
        await worker.stop()

    asyncio.run(scenario())
    assert len(deeds.done) == 1


@pytest.mark.source("assumed: the embedded runner")
def test_only_what_falls_due_earlier_wakes_the_runner(make_crm: MakeCrm) -> None:
    crm = make_crm(clock="")
    clock, deeds = crm.server.clock, Deeds()
    queue(crm, clock.now() + 3600)

    async def scenario() -> None:
        worker = Worker(crm.store, clock, deeds, None)
        looks = looks_of(worker)
        worker.start()
        deeds.listen()
        while not looks:
            await asyncio.sleep(0)
        worker.wake(clock.now() + 3600)
        worker.wake(clock.now() + 7200)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(looks) == 1
        queue(crm, clock.now())
        worker.wake(clock.now())
        await deeds.next()
        await worker.stop()

    asyncio.run(scenario())
    assert len(deeds.done) == 1


def looks_of(worker: Worker) -> list[int | None]:
    """Return the list to which a worker adds what it waits for each time it begins to wait."""
    seen: list[int | None] = []
    pause = worker._pause

    def noted(due: int | None) -> float | None:
        seen.append(due)
        return pause(due)

    worker._pause = noted  # type: ignore[method-assign]
    return seen


@pytest.mark.source("assumed: the embedded runner")
@pytest.mark.parametrize("writes", [True, False], ids=["queues", "queues nothing"])
def test_a_write_wakes_the_runner_if_it_queued_something(writes: bool, crm: Crm) -> None:
    woken: list[int] = []
    crm.server.app.crm = replace(crm.server.app.crm, queued=woken.append)

    def handler(unit: Any, call: Call) -> Answer:
        if writes:
            for after in (60, 5, 30):
                unit.queue([QueuedAction(unit.new_id(), NOW + after, "tasks", 1, 2, 3, 4, "Leads", 5, 6, crm.user.id)])
        return Answer(204)

    table = RouteTable([Route("DELETE", "echo", handler, ("ZohoCRM.org.READ",), writes=True)])
    crm.server.app.crm = replace(crm.server.app.crm, table=table)

    assert crm.delete("echo").status == 204
    assert woken == ([NOW + 5] if writes else [])


@pytest.mark.source("assumed: a server ends when it is asked to")
def test_a_runner_that_is_woken_while_it_is_stopped_stops(make_crm: MakeCrm) -> None:
    crm = make_crm(clock="")

    async def scenario() -> None:
        worker = Worker(crm.store, crm.server.clock, Deeds(), None)
        looks = looks_of(worker)
        worker.start()
        while not looks:
            await asyncio.sleep(0)
        worker.wake(0)
        await asyncio.wait_for(worker.stop(), 30)

    asyncio.run(scenario())


@pytest.mark.source("assumed: a virtual clock does not move by itself")
def test_with_a_virtual_clock_nothing_later_is_carried_out(crm: Crm) -> None:
    queue(crm, NOW + 1)

    crm.settle()

    assert [row["state"] for row in crm.control("GET", "queue").json["queue"]] == ["pending"]
