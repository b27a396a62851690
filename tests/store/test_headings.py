"""States of records in the log of changes: their keys are kept once, and whatever happens, they come back."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from kaizen.automation.reaction import NOTHING
from kaizen.model.record import Change
from kaizen.model.values import Id, Values
from kaizen.records.ports import KeptChange
from kaizen.store import Database, headings
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import Event
from tests.support.stores import ADMIN, START, created

pytestmark = pytest.mark.source("assumed: the contract of records.ports")

CREATE = Change(1, "Deals", 1, Event.CREATE, START, ADMIN, before=None, after={"Stage": "Open"})


def keep(number: Id, values: Values) -> Callable[[Unit], None]:
    """Keep the creation of one record."""
    change = replace(CREATE, id=number, record_id=number, after=values)
    return lambda unit: unit.keep_changes([KeptChange(change, 1, NOTHING)])


def states(store: Database) -> list[Values | None]:
    return store.read_now(lambda unit: [kept.change.after for kept in unit.changes_of("Deals")])


def stored_headings(store: Database) -> list[str]:
    return [names for (names,) in store.read_now(lambda unit: unit._session.rows("SELECT names FROM kz_heading"))]


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


def test_keys_without_end_are_kept_with_their_values(any_store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(headings, "MOST", 2)

    for number in range(1, 6):
        any_store.write_now(keep(number, {f"Field_{number}": number, "Lines": ({"id": number},)}))

    assert len(stored_headings(any_store)) == 2
    assert states(any_store) == [{f"Field_{n}": n, "Lines": ({"id": n},)} for n in range(1, 6)]
