"""Scheduled actions are carried out when they fall due, once."""

import asyncio

import psycopg
import pytest

from kaizen.model.queued import CarriedOut, QueuedAction
from kaizen.model.record import Origin
from kaizen.model.rule import FieldMapping, Rule, RuleAction, TaskDefinition
from kaizen.model.values import Value
from kaizen.records.ports import UnitOfWork
from kaizen.records.reactions.due_actions import BACKOFF, CarryOutError, set_back, sweep
from kaizen.records.writer import AutomationSettings
from kaizen.server.clock import SystemClock, VirtualClock
from kaizen.server.worker import Worker
from kaizen.store.errors import ConflictError
from kaizen.store.unit_of_work import Unit
from tests.automation.conftest import Shop, open_shop
from tests.support.rules import ADA, BOB, NOW, add_tags, after, condition, new_id

DEAL: dict[str, Value] = {"Deal_Name": "Big", "Amount": 45000, "Stage": "Qualification", "Owner": BOB}
DAY = 86400


def call(shop: Shop, subject: str = "Call about ${!Deals.Deal_Name}", **field: object) -> RuleAction:
    mappings = (
        FieldMapping("Subject", "merge_field", subject),
        *(FieldMapping(k, "static", v) for k, v in field.items()),
    )  # type: ignore[arg-type]  # JSON
    return shop.rules.entity("tasks", TaskDefinition(new_id(), "Call", "Deals", mappings))


def later(shop: Shop, *actions: RuleAction, period: str = "days", unit: int = 1) -> Rule:
    found = shop.rules.add("create", condition(None, scheduled=[after(period, unit, *actions)]))
    shop.in_force()
    return found


def states(shop: Shop) -> list[tuple[str, str]]:
    return shop.store.read_now(lambda uow: [(a.state.value, a.last_error) for a in uow.queued()])


@pytest.mark.source("reference: automation G.7")
def test_an_action_runs_when_it_is_due_and_not_before(shop: Shop) -> None:
    later(shop, call(shop))
    shop.create(**DEAL)

    shop.clock.now = NOW + DAY - 1
    assert shop.sweep() == []
    shop.clock.now += 1
    assert [done.outcome for done in shop.sweep()] == ["done"]
    assert shop.sweep() == []

    assert [task["Subject"] for task in shop.tasks()] == ["Call about Big"]


@pytest.mark.source("reference: automation G.7")
def test_an_action_uses_the_record_as_it_is_by_then(shop: Shop) -> None:
    hot, cold = shop.tag("Hot"), shop.tag("Cold")
    later(shop, call(shop), add_tags(hot))
    deal = shop.create(**DEAL)
    shop.edit(deal, Deal_Name="Bigger", Tag=(cold,))

    shop.clock.now += DAY
    shop.sweep()

    found = shop.record(deal)
    assert found is not None
    assert found["Tag"] == (cold, hot)
    assert [task["Subject"] for task in shop.tasks()] == ["Call about Bigger"]


@pytest.mark.source("reference: automation G.7")
def test_actions_run_in_due_order_and_no_more_than_asked_for(shop: Shop) -> None:
    two, one = call(shop, "two"), call(shop, "one")
    shop.rules.add("create", condition(None, scheduled=[after("days", 2, two), after("days", 1, one)]))
    shop.in_force()
    shop.create(**DEAL)
    shop.create(**DEAL)
    shop.clock.now += 3 * DAY

    sizes = [len(shop.sweep(3)) for _ in range(3)]

    assert sizes == [3, 1, 0]
    assert [task["Subject"] for task in sorted(shop.tasks(), key=lambda t: str(t["id"]))] == [
        "one",
        "one",
        "two",
        "two",
    ]


@pytest.mark.source("reference: automation G.7")
def test_an_action_that_its_rule_no_longer_has_is_cancelled(shop: Shop) -> None:
    later(shop, call(shop))
    shop.create(**DEAL)
    shop.rules.rules.clear()
    shop.in_force()
    shop.clock.now += DAY

    assert [(done.outcome, done.detail) for done in shop.sweep()] == [("cancelled", "ACTION_REMOVED")]
    assert shop.tasks() == []


@pytest.mark.source("reference: automation G.7")
def test_an_action_whose_record_went_without_notice_is_cancelled(shop: Shop) -> None:
    later(shop, call(shop))
    deal = shop.create(**DEAL)
    shop.store.write_now(lambda uow: uow.delete(uow.catalog.by_name["Deals"], [deal], ADA))
    shop.clock.now += DAY

    assert [(done.outcome, done.detail) for done in shop.sweep()] == [("cancelled", "RECORD_DELETED")]


@pytest.mark.source("reference: automation G.8")
def test_an_action_that_cannot_have_its_effect_fails_and_the_others_run(shop: Shop) -> None:
    later(shop, call(shop, Due_Date="no date"), call(shop))
    shop.create(**DEAL)
    shop.clock.now += DAY

    assert sorted(done.outcome for done in shop.sweep()) == ["done", "failed"]
    assert len(shop.tasks()) == 1


@pytest.mark.source("assumed: the clock and the trace say the same of an action")
def test_an_action_with_nothing_to_do_says_so(shop: Shop) -> None:
    hot = shop.tag("Hot")
    later(shop, add_tags(hot))
    deal = shop.create(**DEAL, Tag=(hot,))
    shop.clock.now += DAY

    assert [done.outcome for done in shop.sweep()] == ["nothing_to_do"]

    ran, _ = shop.history(deal)
    assert [fired.outcome for fired in ran.reaction.fired] == ["nothing_to_do"]
    assert states(shop) == [("done", "")]


@pytest.mark.source("reference: automation H 2")
def test_a_run_is_an_entry_of_the_records_history(shop: Shop) -> None:
    hot = shop.tag("Hot")
    rule = later(shop, add_tags(hot))
    deal = shop.create(**DEAL)
    shop.clock.now += DAY
    shop.sweep()

    written, ran, begun = shop.history(deal)
    assert begun.reaction.matched
    (fired,) = ran.reaction.fired
    assert (fired.rule_id, fired.group_id) == (rule.id, rule.conditions[0].scheduled[0].id)
    assert ran.change.changed == frozenset()
    assert "Tag" in written.change.changed
    assert (
        written.change.origin
        == ran.change.origin
        == Origin("workflow", begun.change.id, 1, frozenset({(rule.id, rule.conditions[0].id, deal)}))
    )


@pytest.mark.source("reference: automation G.11")
def test_a_run_is_counted_for_its_group(shop: Shop) -> None:
    rule = later(shop, call(shop))
    shop.create(**DEAL)
    shop.clock.now += DAY
    shop.sweep()

    day = "2025-11-25"
    (count,) = shop.store.read_now(lambda uow: uow.usage(rule.id, day, day))
    group = rule.conditions[0].scheduled[0]
    assert (count.group_id, count.action_id, count.success) == (group.id, group.actions[0].id, 1)


@pytest.mark.source("reference: automation G.4")
def test_a_chain_of_scheduled_actions_ends(shop: Shop) -> None:
    """A rule on tasks makes a task for each task: the guard against loops reaches through the queue."""
    mapping = FieldMapping("Subject", "static", "again")
    again = shop.rules.entity("tasks", TaskDefinition(new_id(), "again", "Tasks", (mapping,)))
    shop.rules.add("create", condition(None, scheduled=[after("hours", 0, again)]), module="Tasks")
    shop.in_force()
    shop.create("Tasks", Subject="first", Owner=BOB)

    rounds = 0
    while shop.sweep():
        rounds += 1

    assert rounds == 10
    assert len(shop.tasks()) == 11


@pytest.mark.source("assumed: deliveries are not the sweep's")
def test_mails_that_wait_for_delivery_hold_up_no_action(shop: Shop) -> None:
    later(shop, call(shop))
    shop.create(**DEAL)
    shop.clock.now += DAY

    def clog(uow: UnitOfWork) -> None:
        nothing = {"rule_id": 0, "condition_id": 0, "group_id": 0, "action_id": 0, "record_id": 0, "change_id": 0}
        uow.queue(
            [
                QueuedAction(uow.new_id(), NOW, "deliver_mail", module="", actor_id=ADA, key=f"k{n}", **nothing)
                for n in range(9)
            ]
        )

    shop.store.write_now(clog)

    assert [done.outcome for done in shop.sweep(2)] == ["done"]
    assert shop.sweep(2) == []


class _BrokenPipeline:
    """A writer that fails in the middle of its work."""

    automation = AutomationSettings()

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def change(self, *args: object, **more: object) -> None:
        raise AssertionError

    def create(self, uow: UnitOfWork, *args: object, **more: object) -> None:
        self._shop.pipeline.create(uow, *args, **more)  # type: ignore[arg-type]  # passed through
        raise OSError("disk full")


@pytest.mark.source("reference: automation G.8")
def test_an_action_that_fails_while_it_writes_is_tried_again_and_given_up_in_the_end(shop: Shop) -> None:
    later(shop, call(shop))
    shop.create(**DEAL)
    shop.clock.now += DAY
    broken = _BrokenPipeline(shop)

    outcomes = []
    for wait in (*BACKOFF, 0):
        with pytest.raises(CarryOutError) as raised:
            shop.store.write_now(lambda uow: sweep(uow, broken))  # type: ignore[arg-type,return-value]  # it never returns
        action, said = raised.value.action, str(raised.value)
        assert states(shop) == [("pending", action.last_error)]
        outcomes.append(shop.store.write_now(lambda uow, a=action, s=said: set_back(uow, a, s)).outcome)  # type: ignore[misc]
        assert shop.sweep() == []
        shop.clock.now += wait

    assert outcomes == ["postponed", "postponed", "postponed", "failed"]
    assert states(shop)[0][0] == "failed"
    assert "disk full" in states(shop)[0][1]
    assert shop.tasks() == []


# -- beside others


@pytest.mark.source("assumed: a sweep gets there, however much others write")
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_batch_that_loses_to_others_is_halved(shop: Shop, database_url: str) -> None:
    later(shop, call(shop))
    deals = [shop.create(**DEAL) for _ in range(8)]
    shop.clock.now += DAY
    other = open_shop(database_url)
    sizes: list[int] = []

    def meddled_with(unit: Unit, limit: int) -> list[CarriedOut]:
        sizes.append(limit)
        if len(sizes) < 8:
            # After the unit has begun, which sees the record as it was.
            other.edit(deals[0], Next_Step=f"{len(sizes)}")
        return sweep(unit, shop.pipeline, limit)

    done = asyncio.run(Worker(shop.store, SystemClock(shop.clock), meddled_with, None).settle())
    other.store.close()

    assert sizes[:9] == [200, 100, 50, 25, 12, 6, 3, 1, 4]
    assert [each.outcome for each in done] == ["done"] * 8
    assert sorted(task["What_Id"] for task in shop.tasks()) == sorted(deals)  # type: ignore[type-var]  # ids


@pytest.mark.source("assumed: a sweep gets there, however much others write")
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_nobody_writes_a_record_whose_action_is_carried_out(shop: Shop, database_url: str) -> None:
    later(shop, call(shop))
    deal = shop.create(**DEAL)
    shop.clock.now += DAY

    def work(uow: UnitOfWork) -> None:
        assert [done.outcome for done in sweep(uow, shop.pipeline)] == ["done"]
        with psycopg.connect(database_url) as other, pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT id FROM kaizen.m_deals WHERE id = %s FOR NO KEY UPDATE NOWAIT", (deal,))

    shop.store.write_now(work)


@pytest.mark.source("assumed: a conflict is not a failure of the action")
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_others_wrote_is_no_failure_of_an_action(shop: Shop, database_url: str) -> None:
    later(shop, call(shop))
    deal = shop.create(**DEAL)
    shop.clock.now += DAY
    other = open_shop(database_url)
    runs: list[int] = []

    def work(uow: UnitOfWork) -> str:
        runs.append(len(runs))
        if len(runs) == 1:
            other.edit(deal, Next_Step="x")
        try:
            uow.lock(uow.catalog.by_name["Deals"], [deal])
        except Exception:  # as the rules do with an action that cannot be worked out
            return "the action failed"
        return "done"

    assert shop.store.write_now(work) == "done"
    other.store.close()
    assert len(runs) == 2


@pytest.mark.source("assumed: a sweep gets there, however much others write")
def test_a_sweep_that_always_loses_leaves_the_actions_for_later(quick_shop: Shop) -> None:
    later(quick_shop, call(quick_shop))
    quick_shop.create(**DEAL)
    clock = VirtualClock(NOW)

    def loses(unit: Unit, limit: int) -> list[CarriedOut]:
        raise ConflictError

    worker = Worker(quick_shop.store, clock, loses, None)

    assert asyncio.run(worker.advance(clock, NOW + 2 * DAY)) == []
    assert clock.now() == NOW + 2 * DAY
    assert states(quick_shop) == [("pending", "")]
