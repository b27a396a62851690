"""What many rows of the log of changes repeat is kept once, and whatever happens, they come back as they were."""

from collections.abc import Callable

import pytest

from kaizen.automation.effect_types import SetFields
from kaizen.automation.reaction import NOTHING, Action, Fired, Matched, Reaction
from kaizen.model.record import Change, Origin
from kaizen.model.values import Id, Values
from kaizen.records.ports import KeptChange
from kaizen.store import Database, key_dictionary, open_store
from kaizen.store.json_text import to_text
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionType, Event
from tests.support.stores import ADMIN, START, Clock, created, stub_book

pytestmark = pytest.mark.source("assumed: the contract of records.ports")

CREATE = Change(1, "Deals", 1, Event.CREATE, START, ADMIN, before=None, after={"Stage": "Open"})


def keep(number: Id, values: Values) -> Callable[[Unit], None]:
    """Keep the creation of one record."""
    change = CREATE._replace(id=number, record_id=number, after=values)
    return lambda unit: unit.keep_changes([KeptChange(change, 1, NOTHING)])


def states(store: Database) -> list[Values | None]:
    return store.read_now(lambda unit: [kept.change.after for kept in unit.changes_of("Deals")])


def stored_headings(store: Database) -> list[str]:
    return [names for (names,) in store.read_now(lambda unit: unit.session.rows("SELECT names FROM kz_heading"))]


def test_states_with_the_same_keys_share_a_heading(any_store: Database) -> None:
    for number, stage in enumerate(("Open", "Lost", "Won"), 1):
        any_store.write_now(keep(number, {"id": number, "Stage": stage}))
    any_store.write_now(keep(4, {"Stage": "Open", "id": 4}))

    assert stored_headings(any_store) == ['["id","Stage"]', '["Stage","id"]']
    assert [state and state["Stage"] for state in states(any_store)] == ["Open", "Lost", "Won", "Open"]


def test_a_heading_of_a_write_that_failed_is_not_used(any_store: Database) -> None:
    def fail(unit: Unit) -> None:
        keep(1, {"A": 1})(unit)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        any_store.write_now(fail)
    any_store.write_now(keep(2, {"B": 2}))
    any_store.write_now(keep(3, {"A": 3}))

    assert states(any_store) == [{"B": 2}, {"A": 3}]


def test_another_process_reads_and_reuses_headings(opening: Callable[[], Database]) -> None:
    one = created(opening())
    one.write_now(keep(1, {"A": 1}))
    other = opening()

    assert states(other) == [{"A": 1}]
    other.write_now(keep(2, {"A": 2}))
    other.write_now(keep(3, {"B": 3}))
    one.write_now(keep(4, {"B": 4}))

    assert states(one) == states(other) == [{"A": 1}, {"A": 2}, {"B": 3}, {"B": 4}]
    assert len(stored_headings(one)) == 2


def test_two_that_add_headings_at_once_do_not_get_in_each_others_way(empty_postgres: str) -> None:
    def opened() -> Database:
        return open_store(empty_postgres, clock=Clock(), build_book=stub_book)

    one, other = created(opened()), opened()
    runs = 0

    def meanwhile(unit: Unit) -> None:
        nonlocal runs
        runs += 1
        keep(1, {"A": 1})(unit)
        other.write_now(keep(2, {"B": 2}))
        other.write_now(keep(3, {"A": 3}))

    one.write_now(meanwhile)

    assert runs == 1
    assert states(one) == states(other) == [{"A": 1}, {"B": 2}, {"A": 3}]
    one.write_now(keep(4, {"B": 4}))
    assert sorted(stored_headings(one)) == ['["A"]', '["A"]', '["B"]']
    for store in (one, other):
        store.close()


def test_keys_without_end_are_kept_with_their_values(any_store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_dictionary, "MOST", 2)

    for number in range(1, 6):
        any_store.write_now(keep(number, {f"Field_{number}": number, "Lines": ({"id": number},)}))

    assert len(stored_headings(any_store)) == 2
    assert states(any_store) == [{f"Field_{n}": n, "Lines": ({"id": n},)} for n in range(1, 6)]


TAGS = Action(7, ActionType.ADD_TAGS, "Hot")


def tagged(record: Id, fired: Fired) -> KeptChange:
    """An edit of a record after a rule with one condition acted on it, in a chain in which it ran before."""
    origin = Origin("workflow", 1, 1, frozenset({(5, 6, record), (5, 6, record + 1)}))
    change = CREATE._replace(id=record, record_id=record, event=Event.EDIT, before={"Stage": "Won"}, origin=origin)
    return KeptChange(change, 1, Reaction(matched=(Matched(5, 6, consumes=False),), fired=(fired,)))


#: What an action may have done, and how many headings the log needs for it besides the record's own.
FIRED = [
    ("nothing", lambda record: Fired(5, 6, 0, TAGS, None, "nothing_to_do"), 2),
    ("a change", lambda record: Fired(5, 6, 0, TAGS, SetFields({"Tag": (record,)})), 2),
    ("a failure", lambda record: Fired(5, 6, 0, TAGS, None, "failed", f"record {record} is full"), 1),
]


@pytest.mark.parametrize(("fired", "count"), [(fired, count) for _, fired, count in FIRED], ids=[f[0] for f in FIRED])
def test_what_a_rule_does_to_many_records_is_said_once(
    fired: Callable[[Id], Fired], count: int, any_store: Database
) -> None:
    kept = [tagged(record, fired(record)) for record in (10, 20, 30)]

    for each in kept:
        any_store.write_now(lambda unit, each=each: unit.keep_changes([each]))

    assert any_store.read_now(lambda unit: unit.changes_of("Deals")) == kept
    assert len(stored_headings(any_store)) == 1 + count


@pytest.mark.parametrize("most", [0, 1, 2], ids=["none", "that of the records", "one of the rule"])
def test_what_rules_do_without_end_is_kept_in_full(
    most: int, any_store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_dictionary, "MOST", most)
    monkeypatch.setattr(key_dictionary, "RESERVED", 0)
    kept = [tagged(10 + place, fired(place)) for place, (_, fired, _) in enumerate(FIRED)]

    any_store.write_now(lambda unit: unit.keep_changes(kept))

    assert len(stored_headings(any_store)) == most
    assert any_store.read_now(lambda unit: unit.changes_of("Deals")) == kept


def test_rules_leave_headings_for_records(any_store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_dictionary, "MOST", 3)
    monkeypatch.setattr(key_dictionary, "RESERVED", 1)
    kept = [tagged(10 + place, fired(place)) for place, (_, fired, _) in enumerate(FIRED)]

    any_store.write_now(lambda unit: unit.keep_changes(kept))
    any_store.write_now(keep(20, {"Amount": 20}))

    assert stored_headings(any_store) == ['["Stage"]', "[5,6,false]", '["Amount"]']
    assert any_store.read_now(lambda unit: unit.changes_of("Deals"))[:-1] == kept


def test_what_rules_did_before_there_were_headings_for_it_is_read(any_store: Database) -> None:
    kept = [tagged(10 + place, fired(place)) for place, (_, fired, _) in enumerate(FIRED)]

    def keep_in_full(unit: Unit) -> None:
        unit.keep_changes(kept)
        unit.flush()
        rows = [(to_text(each.reaction), to_text(each.change.origin._asdict()), each.change.id) for each in kept]
        unit.session.run_many("UPDATE kz_change SET reaction = ?, origin = ? WHERE id = ?", rows)

    any_store.write_now(keep_in_full)

    assert any_store.read_now(lambda unit: unit.changes_of("Deals")) == kept
