"""What automation remembers comes back as it was: changes and reactions, used-up rules, counts, queue, outbox."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from kaizen.automation.effect_types import CreateTask, SendMail, SetFields, SetParentFields
from kaizen.automation.reaction import Action, Fired, Matched, Reaction, Scheduled
from kaizen.model.document import Document
from kaizen.model.queued import Mail
from kaizen.model.record import Change, Origin
from kaizen.model.values import Id
from kaizen.records.ports import KeptChange, UsageCount
from kaizen.store import Database, key_dictionary
from kaizen.store.json_text import from_text
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionState, ActionType, Event
from tests.store.working import action
from tests.support.stores import ADMIN, MEMBER, START, created

pytestmark = pytest.mark.source("assumed: the contract of records.ports")

BIG = 4876876000000500000


# -- changes

UPDATE = Action(BIG + 1, ActionType.FIELD_UPDATES, "Lost")
REACTION = Reaction(
    matched=(Matched(BIG, BIG + 2, consumes=True), Matched(1, 2, consumes=False)),
    triggered=(BIG, 7),
    fired=(
        Fired(BIG, BIG + 2, 0, UPDATE, SetFields({"Regions": ("N", "S"), "Amount": 45000, "Stage": None})),
        Fired(BIG, BIG + 2, BIG + 3, UPDATE, SetParentFields("Accounts", BIG + 4, {"Industry": "Toys"})),
        Fired(BIG, BIG + 2, 0, Action(8, ActionType.TASKS), CreateTask(8)),
        Fired(BIG, BIG + 2, 0, Action(9, ActionType.EMAIL_NOTIFICATIONS), SendMail(9), "failed", "no address"),
        Fired(BIG, BIG + 2, 0, Action(9, ActionType.ADD_TAGS), None, "nothing_to_do"),
    ),
    scheduled=(Scheduled(BIG, BIG + 2, BIG + 3, UPDATE, START + 30 * 86_400),),
    broken=((11, "no field Skore"),),
    guarded=((12, "ran in this chain"),),
    held="cascade",
)
EDIT = Change(
    BIG + 100,
    "Deals",
    BIG,
    Event.EDIT,
    START,
    ADMIN,
    before={"Stage": "Open", "Amount": 1, "Regions": ("N",), "Gone": "x"},
    after={"Stage": "Lost", "Amount": 1, "Lines": ({"id": 5, "Quantity": Decimal("0.5")},), "New": True},
    origin=Origin("workflow", BIG + 99, 2, frozenset({(1, 2, BIG), (3, 4, BIG)})),
    trigger=frozenset({"workflow", "approval"}),
)

KEPT = {
    "everything": KeptChange(EDIT, 3, REACTION, {"Account_Name.Industry": "Toys", "Account_Name.Regions": ("N",)}),
    "a create": KeptChange(
        EDIT._replace(event=Event.CREATE, before=None, origin=Origin(), trigger=None), 0, Reaction()
    ),
    "a delete": KeptChange(EDIT._replace(event=Event.DELETE, after=None), 1, Reaction(triggered=(1,))),
    "without automation": KeptChange(EDIT._replace(trigger=frozenset()), 1, Reaction()),
    "nothing changed": KeptChange(EDIT._replace(before=EDIT.after), 1, Reaction()),
    "an empty record": KeptChange(EDIT._replace(before={}, after={}), 1, Reaction()),
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT.keys())
def test_a_change_comes_back_as_it_was_kept(kept: KeptChange, any_store: Database) -> None:
    any_store.write_now(lambda unit: unit.keep_changes([kept]))

    assert any_store.read_now(lambda unit: unit.changes("Deals", BIG)) == [kept]
    assert any_store.read_now(lambda unit: unit.changes_of("Deals")) == [kept]


def test_empty_values_of_a_change_are_left_out(any_store: Database) -> None:
    change = EDIT._replace(before={"A": None, "B": 1, "C": 2}, after={"A": 1, "B": None, "C": 2, "D": None})

    any_store.write_now(lambda unit: unit.keep_changes([KeptChange(change, 1, Reaction())]))

    (found,) = any_store.read_now(lambda unit: unit.changes("Deals", BIG))
    assert (found.change.before, found.change.after) == ({"B": 1, "C": 2}, {"A": 1, "C": 2})
    assert found.change.changed == {"A", "B"}


@pytest.mark.parametrize("most", [0, 5_000], ids=["with keys", "with headings"])
def test_what_a_rule_changed_right_after_a_write_is_kept_as_a_difference(
    most: int, any_store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_dictionary, "MOST", most)
    after = {"Stage": "Open", "Amount": 1, "Regions": ("N",), "Empty": None}
    begun = EDIT._replace(id=BIG + 1, event=Event.CREATE, before=None, after=after, origin=Origin(), trigger=None)
    changed = {**after, "Stage": "Lost", "Amount": None}
    followed = begun._replace(id=BIG + 2, event=Event.EDIT, before=after, after=changed, base=begun.id)

    def work(unit: Unit) -> None:
        unit.keep_changes([KeptChange(followed, 1, Reaction())])
        unit.keep_changes([KeptChange(begun, 1, Reaction())])

    any_store.write_now(work)

    for found in (
        any_store.read_now(lambda unit: unit.changes("Deals", BIG, limit=1)),
        any_store.read_now(lambda unit: unit.changes("Deals", BIG))[:1],
        any_store.read_now(lambda unit: unit.changes_of("Deals", after=begun.id)),
        any_store.read_now(lambda unit: unit.changes_of("Deals"))[1:],
    ):
        assert [kept.change.before for kept in found] == [{"Stage": "Open", "Amount": 1, "Regions": ("N",)}]
        assert [kept.change.after for kept in found] == [{"Stage": "Lost", "Regions": ("N",)}]
        assert [kept.change.changed for kept in found] == [{"Stage", "Amount"}]
    statement = "SELECT after FROM kz_change WHERE id = ?"
    ((text,),) = any_store.read_now(lambda unit: unit.session.rows(statement, (followed.id,)))
    assert from_text(text) == {"": begun.id, "Stage": "Lost", "Amount": None}


def _many_changes(unit: Unit) -> None:
    def kept(number: int, module: str, record: Id, at: int) -> KeptChange:
        return KeptChange(EDIT._replace(id=number, module=module, record_id=record, at=at), 1, Reaction())

    unit.keep_changes([kept(1, "Deals", 1, 10), kept(2, "Deals", 1, 10), kept(3, "Deals", 2, 10)])
    unit.keep_changes([kept(4, "Accounts", 3, 10), kept(6, "Deals", 1, 9), kept(5, "Deals", 1, 11)])


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "in the unit"])
def test_changes_are_read_from_either_end(committed: bool, any_store: Database) -> None:
    def ids(found: list[KeptChange]) -> list[Id]:
        return [kept.change.id for kept in found]

    def check(unit: Unit) -> None:
        assert ids(unit.changes("Deals", 1)) == [5, 2, 1, 6]
        assert ids(unit.changes("Deals", 1, limit=2, offset=1)) == [2, 1]
        assert ids(unit.changes("Accounts", 1)) == []
        assert ids(unit.changes_of("Deals")) == [1, 2, 3, 5, 6]
        assert ids(unit.changes_of("Deals", after=2, limit=2)) == [3, 5]
        assert ids(unit.changes_of("Accounts", after=4)) == []

    if committed:
        any_store.write_now(_many_changes)
        any_store.read_now(check)
    else:
        any_store.write_now(lambda unit: (_many_changes(unit), check(unit)))


def test_a_rule_is_used_up_for_a_record_by_the_first_change(any_store: Database) -> None:
    def work(unit: Unit) -> None:
        unit.consume(1, 10, 100)
        unit.consume(1, 10, 101)
        unit.consume(2, 10, 102)
        unit.consume(1, 11, 103)
        assert unit.consumed(10) == {1: 100, 2: 102}

    any_store.write_now(work)
    any_store.write_now(lambda unit: unit.consume(1, 10, 200))

    assert any_store.read_now(lambda unit: (unit.consumed(10), unit.consumed(11), unit.consumed(12))) == (
        {1: 100, 2: 102},
        {1: 103},
        {},
    )


def test_a_rule_can_be_used_again_once_it_is_forgotten(any_store: Database) -> None:
    any_store.write_now(lambda unit: [unit.consume(1, 10, 100), unit.consume(2, 10, 101)])

    def forget(unit: Unit) -> None:
        unit.consume(1, 11, 102)
        unit.forget_consumed(1)
        unit.consume(1, 12, 103)
        assert (unit.consumed(10), unit.consumed(11), unit.consumed(12)) == ({2: 101}, {}, {1: 103})

    any_store.write_now(forget)

    assert any_store.read_now(lambda unit: [dict(unit.consumed(n)) for n in (10, 11, 12)]) == [{2: 101}, {}, {1: 103}]


def counted(rule: int, day: str, success: int, failure: int, last_at: int, **more: int) -> UsageCount:
    """Make a usage count of the first condition's first action."""
    place = {"condition_id": 1, "group_id": 0, "action_id": 1} | more
    return UsageCount(rule, day=day, success=success, failure=failure, last_at=last_at, **place)


def test_counts_add_up(any_store: Database) -> None:
    def work(unit: Unit) -> None:
        unit.tally([counted(1, "2017-01-02", 1, 0, 50), counted(1, "2017-01-02", 2, 1, 40)])
        unit.tally([counted(1, "2017-01-02", 1, 0, 45), counted(1, "2017-01-03", 1, 0, 60)])
        assert unit.usage(1, "2017-01-02", "2017-01-02") == [counted(1, "2017-01-02", 4, 1, 50)]
        unit.tally([counted(1, "2017-01-02", 0, 5, 30), counted(2, "2017-01-02", 9, 9, 99)])

    any_store.write_now(work)
    any_store.write_now(lambda unit: unit.tally([counted(1, "2017-01-02", 1, 1, 20, action_id=2)]))
    any_store.write_now(lambda unit: unit.tally([counted(1, "2017-01-02", 1, 0, 70)]))

    assert any_store.read_now(lambda unit: unit.usage(1, "2017-01-02", "2017-01-03")) == [
        counted(1, "2017-01-02", 5, 6, 70),
        counted(1, "2017-01-02", 1, 1, 20, action_id=2),
        counted(1, "2017-01-03", 1, 0, 60),
    ]
    assert any_store.read_now(lambda unit: unit.usage(1, "2017-01-03", "2017-12-31")) == [
        counted(1, "2017-01-03", 1, 0, 60)
    ]
    assert any_store.read_now(lambda unit: unit.usage(3, "2017-01-01", "2017-12-31")) == []


def test_rules_that_the_same_changes_triggered_are_counted_together(any_store: Database) -> None:
    def rows(unit: Unit) -> int:
        return int(unit.session.rows("SELECT COUNT(DISTINCT rule_id) FROM kz_usage")[0][0])

    any_store.write_now(lambda unit: unit.tally_triggered((1, 2, 3), 4, "2017-01-02", 50))
    any_store.write_now(lambda unit: unit.tally_triggered((1, 2, 3), 1, "2017-01-02", 70))
    assert any_store.read_now(rows) == 1

    def more(unit: Unit) -> None:
        unit.tally_triggered((2, 5), 2, "2017-01-02", 60)
        unit.tally_triggered((2,), 1, "2017-01-03", 80)

    any_store.write_now(more)

    def seen(unit: Unit, rule: int) -> list[tuple[str, int, int]]:
        return [(count.day, count.success, count.last_at) for count in unit.usage(rule, "2017-01-01", "2017-12-31")]

    assert [any_store.read_now(lambda unit, rule=rule: seen(unit, rule)) for rule in (1, 2, 3, 4, 5)] == [
        [("2017-01-02", 5, 70)],
        [("2017-01-02", 7, 70), ("2017-01-03", 1, 80)],
        [("2017-01-02", 5, 70)],
        [],
        [("2017-01-02", 2, 60)],
    ]


def test_with_too_many_sets_each_rule_is_counted_for_itself(
    any_store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_dictionary, "MOST_WITH_SETS", 1)

    for rules in ((1, 2), (2, 3)):
        any_store.write_now(lambda unit, rules=rules: unit.tally_triggered(rules, 1, "2017-01-02", 50))

    counts = [any_store.read_now(lambda unit, n=n: unit.usage(n, "2017-01-02", "2017-01-02")) for n in (1, 2, 3)]
    assert [count.success for (count,) in counts] == [1, 2, 1]


def test_a_rule_was_executed_when_a_condition_last_held(any_store: Database) -> None:
    any_store.write_now(
        lambda unit: unit.tally(
            [
                counted(1, "2017-01-02", 1, 0, 50),
                counted(1, "2017-01-03", 1, 0, 60),
                # The trigger alone.
                counted(1, "2017-01-03", 1, 0, 90, condition_id=0),
                counted(2, "2017-01-03", 1, 0, 90, condition_id=0),
                counted(3, "2017-01-03", 0, 1, 70),
            ]
        )
    )

    assert any_store.read_now(lambda unit: unit.last_executed([1, 2, 3, 4])) == {1: 60, 3: 70}
    assert any_store.read_now(lambda unit: unit.last_executed([])) == {}


def test_each_action_has_turns_of_its_own(any_store: Database) -> None:
    assert any_store.write_now(lambda unit: [unit.next_turn(1), unit.next_turn(1), unit.next_turn(2)]) == [0, 1, 0]
    assert any_store.write_now(lambda unit: [unit.next_turn(1), unit.next_turn(2)]) == [2, 1]


def test_a_book_of_the_past_has_the_rules_of_its_time(any_store: Database) -> None:
    def rule(number: int, name: str) -> Document:
        return Document("workflow_rule", number, "Deals", name, {}, START + number, ADMIN, START, ADMIN)

    def save(*rules: Document) -> int:
        return any_store.write_now(lambda unit: [*map(unit.put_document, rules), unit.book.version][-1])  # type: ignore[return-value]

    first = save(rule(2, "second"), rule(1, "first"))
    second = save(rule(2, "renamed"))
    any_store.write_now(lambda unit: unit.drop_document("workflow_rule", 1))
    third = save(rule(3, "third"))

    def names(unit: Unit) -> list[tuple[int, list[str]]]:
        books = [unit.book_at(version) for version in (first, second, second + 1, third)]
        return [(book.version, [r.name for r in book.rules]) for book in books]

    assert any_store.read_now(names) == [
        (first, ["first", "second"]),
        (second, ["first", "renamed"]),
        (second + 1, ["renamed"]),
        (third, ["renamed", "third"]),
    ]
    assert any_store.read_now(lambda unit: unit.book_at(0).rules) == ()


# -- the queue


def test_a_queued_action_comes_back_as_it_was(any_store: Database) -> None:
    full = action(
        BIG,
        START,
        kind="deliver_mail",
        rule_id=BIG + 1,
        payload={"mails": [1, {"a": None}], "x": Decimal("1.5")},
        state=ActionState.FAILED,
        attempts=3,
        last_error="it's ?",
        key="k",
    )

    any_store.write_now(lambda unit: unit.queue([full, action(1)]))

    assert any_store.read_now(lambda unit: unit.queued()) == [action(1), full]


@pytest.mark.parametrize("committed", [True, False], ids=["committed", "in the unit"])
def test_pending_actions_are_due_in_order(committed: bool, any_store: Database) -> None:
    def fill(unit: Unit) -> None:
        unit.queue([action(3, 20), action(1, 20), action(2, 10), action(4, 30), action(5, 5, state=ActionState.DONE)])

    def check(unit: Unit) -> None:
        assert [a.id for a in unit.due(20, 10)] == [2, 1, 3]
        assert [a.id for a in unit.due(20, 2)] == [2, 1]
        assert unit.due(9, 10) == []
        assert unit.next_due() == 10

    assert any_store.read_now(lambda unit: unit.next_due()) is None
    if committed:
        any_store.write_now(fill)
        any_store.read_now(check)
        any_store.write_now(check)
    else:
        any_store.write_now(lambda unit: (fill(unit), check(unit)))


def test_an_action_is_closed_once(any_store: Database) -> None:
    def work(unit: Unit) -> list[bool]:
        unit.queue([action(1), action(2)])
        return [
            unit.close(1, ActionState.DONE, "sent"),
            unit.close(1, ActionState.FAILED, "again"),
            unit.close(9, ActionState.DONE),
        ]

    assert any_store.write_now(work) == [True, False, False]
    assert not any_store.write_now(lambda unit: unit.close(1, ActionState.CANCELLED))

    done = replace(action(1), state=ActionState.DONE, last_error="sent")
    assert any_store.read_now(lambda unit: unit.queued()) == [done, action(2)]


def test_a_postponed_action_remembers_the_attempt(any_store: Database) -> None:
    def work(unit: Unit) -> None:
        unit.queue([action(1, 10), action(2, 20)])
        unit.postpone(1, 30, "no answer")
        unit.postpone(1, 40, "no answer yet")
        unit.close(2, ActionState.DONE)
        unit.postpone(2, 50, "too late")

    any_store.write_now(work)

    assert any_store.read_now(lambda unit: unit.queued()) == [
        replace(action(2, 20), state=ActionState.DONE),
        replace(action(1, 40), attempts=2, last_error="no answer yet"),
    ]


def test_a_postponed_action_keeps_its_payload_or_gets_a_new_one(any_store: Database) -> None:
    given, changed = {"mail_id": "5"}, {"mail_id": "5", "waiting": ["it's ?@example.com"]}

    def work(unit: Unit) -> None:
        unit.queue([action(1, 10, payload=given), action(2, 20, payload=given)])
        unit.postpone(1, 30, "no answer")
        unit.postpone(2, 40, "no answer", changed)

    any_store.write_now(work)

    assert [each.payload for each in any_store.read_now(lambda unit: unit.queued())] == [given, changed]


CANCELLED: dict[str, tuple[dict[str, Any], list[int]]] = {
    "all": ({}, [1, 2, 3, 4, 5]),
    "a rule": ({"rule_id": 1}, [1, 2, 5]),
    "a group of it": ({"rule_id": 1, "group_id": 3}, [1, 5]),
    "an action of it": ({"rule_id": 1, "action_id": 7}, [5]),
    "a record": ({"module": "Deals", "record_id": 6}, [3]),
    "a module": ({"module": "Accounts"}, [4]),
    "a record for a rule": ({"rule_id": 2, "record_id": 6}, [3]),
    "nothing": ({"rule_id": 9}, []),
}


@pytest.mark.parametrize(("wanted", "cancelled"), CANCELLED.values(), ids=CANCELLED.keys())
def test_pending_actions_are_cancelled(wanted: dict[str, Any], cancelled: list[int], any_store: Database) -> None:
    def work(unit: Unit) -> int:
        unit.queue(
            [
                action(1),
                action(2, group_id=8),
                action(3, rule_id=2, record_id=6),
                action(4, rule_id=2, module="Accounts"),
                action(5, action_id=7),
                action(6, state=ActionState.DONE),
            ]
        )
        return unit.cancel(**wanted, reason="the rule is gone")

    assert any_store.write_now(work) == len(cancelled)

    found = any_store.read_now(lambda unit: unit.queued())
    assert [a.id for a in found if a.state is ActionState.CANCELLED] == cancelled
    assert {a.last_error for a in found if a.state is ActionState.CANCELLED} <= {"the rule is gone"}


def test_the_queue_can_be_looked_at(any_store: Database) -> None:
    any_store.write_now(
        lambda unit: unit.queue(
            [
                action(1, 30),
                action(2, 20, record_id=6),
                action(3, 10, rule_id=2, state=ActionState.DONE),
                action(4, 10, action_id=9),
                action(5, 40),
            ]
        )
    )

    def ids(**wanted: Any) -> list[Id]:
        return [a.id for a in any_store.read_now(lambda unit: unit.queued(**wanted))]

    assert ids() == [3, 4, 2, 1, 5]
    assert ids(limit=2, offset=1) == [4, 2]
    assert ids(rule_id=2) == [3]
    assert ids(record_id=6) == [2]
    assert ids(state=ActionState.DONE) == [3]
    assert ids(state=ActionState.PENDING, rule_id=1) == [4, 2, 1, 5]
    assert any_store.read_now(lambda unit: unit.queue_counts()) == {(1, 3, 4): 3, (1, 3, 9): 1}


# -- the outbox


def test_mails_come_back_as_they_were(any_store: Database) -> None:
    plain = Mail(1, START, "ada@zylker.test", ("a@b.test",), "Hello", "<p>ü ' ? %</p>")
    full = Mail(
        BIG, START, "s", ("a", "b"), "S", "C", ("c",), ("d", "e"), "r", "Deals", 5, 6, 7, 8, "sent", START + 9, 2, "no"
    )

    def work(unit: Unit) -> None:
        unit.put_mail([plain])
        unit.put_mail([full])
        assert unit.mail(BIG) == full
        assert unit.mails() == [full, plain]

    any_store.write_now(work)

    assert any_store.read_now(lambda unit: (unit.mail(1), unit.mail(2))) == (plain, None)
    assert any_store.read_now(lambda unit: unit.mails(limit=1, offset=1)) == [plain]


def test_mails_of_a_rule_are_counted_by_notification_and_state(any_store: Database) -> None:
    def mail(number: int, at: int, state: str, rule: Id = 6, notification: Id = 7) -> Mail:
        return Mail(number, at, "s", (), "S", "C", rule_id=rule, notification_id=notification, state=state)

    mails = [
        mail(1, START, "sent"),
        mail(2, START + 9, "sent"),
        mail(3, START, "kept"),
        mail(4, START, "failed", notification=8),
        mail(5, START, "sent", rule=9),
        mail(6, START - 1, "sent"),
        mail(7, START + 10, "sent"),
    ]
    counts = {(7, "sent"): 2, (7, "kept"): 1, (8, "failed"): 1}

    def work(unit: Unit) -> object:
        unit.put_mail(mails)
        return unit.mail_counts(6, START, START + 10)

    assert any_store.write_now(work) == counts
    assert any_store.read_now(lambda unit: unit.mail_counts(6, START, START + 10)) == counts
    assert any_store.read_now(lambda unit: unit.mail_counts(5, START, START + 10)) == {}


def test_a_mail_is_replaced(any_store: Database) -> None:
    old, new = Mail(1, START, "s", (), "S", "C"), Mail(2, START + 5, "s", (), "S", "C")
    sent = replace(old, state="sent", sent_at=START + 10, attempts=1)

    any_store.write_now(lambda unit: [unit.put_mail([old, new]), unit.update_mail(sent)])

    assert any_store.read_now(lambda unit: unit.mails()) == [new, sent]


def test_everything_is_there_after_reopening(opening: Any) -> None:
    store = created(opening())
    mail = Mail(1, START, "s", (), "S", "C")

    def work(unit: Unit) -> None:
        unit.keep_changes([KEPT["everything"]])
        unit.consume(1, BIG, 100)
        unit.tally([counted(1, "2017-01-02", 1, 0, 50)])
        unit.queue([action(1)])
        unit.put_mail([mail])
        unit.next_turn(MEMBER)

    store.write_now(work)
    store.close()

    again = opening()
    assert again.read_now(lambda unit: unit.changes("Deals", BIG)) == [KEPT["everything"]]
    assert again.read_now(lambda unit: dict(unit.consumed(BIG))) == {1: 100}
    assert again.read_now(lambda unit: unit.usage(1, "2017-01-02", "2017-01-02")) == [
        counted(1, "2017-01-02", 1, 0, 50)
    ]
    assert again.read_now(lambda unit: (unit.queued(), unit.mails())) == ([action(1)], [mail])
    assert again.write_now(lambda unit: unit.next_turn(MEMBER)) == 1
