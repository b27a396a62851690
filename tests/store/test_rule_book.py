"""The rule book follows the documents it is made of, however it came to know them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest

from kaizen.model.document import Document
from kaizen.model.values import Id
from kaizen.records.ports import UnitOfWork
from kaizen.store import Database
from kaizen.store.unit_of_work import Unit
from tests.support.stores import ADMIN, START, created

#: Names of rules by id.
Shown = dict[Id, str]


def a_rule(number: Id, name: str) -> Document:
    return Document("workflow_rule", number, "Deals", name, {}, START, ADMIN, START, ADMIN)


def put(store: Database, document: Document) -> None:
    store.write_now(lambda unit: unit.put_document(document))


def drop(store: Database, number: Id) -> None:
    store.write_now(lambda unit: unit.drop_document("workflow_rule", number))


def shown(unit: UnitOfWork) -> Shown:
    return {rule.id: rule.name for rule in unit.book.rules}


def at(store: Database, version: int) -> Shown:
    return store.read_now(lambda unit: {rule.id: rule.name for rule in unit.book_at(version).rules})


def some_history(store: Database, steps: int) -> list[tuple[int, Shown]]:
    """Change rules at random; return what the book of each version should show."""
    dice, rules = Random(steps), Shown()
    history = [(store.read_now(lambda unit: unit.book.version), dict(rules))]
    for step in range(steps):
        number = dice.randrange(1, 6)
        if number in rules and not dice.randrange(3):
            drop(store, number)
            del rules[number]
        else:
            rules[number] = f"rule {step}"
            put(store, a_rule(number, rules[number]))
        history.append((store.read_now(lambda unit: unit.book.version), dict(rules)))
    return history


@pytest.mark.source("assumed: architecture: a change of rules makes a new one, in every process")
def test_the_book_is_that_of_the_documents_after_every_change(opening: Callable[[], Database]) -> None:
    store, other = created(opening()), opening()

    history = some_history(store, 30)

    assert store.read_now(shown) == history[-1][1]
    # The other process saw nothing of the way there; afterwards it sees each step.
    assert other.read_now(shown) == history[-1][1]
    put(other, a_rule(9, "from elsewhere"))
    assert store.read_now(shown) == {**history[-1][1], 9: "from elsewhere"}


@pytest.mark.source("assumed: architecture: a change is explained by the rules of its time")
def test_books_of_the_past_are_as_they_were(opening: Callable[[], Database]) -> None:
    store, other = created(opening()), opening()
    history = some_history(store, 30)

    for seen in (store, other):
        for version, rules in reversed(history):
            assert at(seen, version) == rules


@pytest.mark.source("assumed: a unit sees one state of the database")
def test_a_unit_that_began_earlier_sees_the_earlier_book(any_store: Database) -> None:
    put(any_store, a_rule(1, "first"))

    def work(unit: Unit) -> Shown:
        with ThreadPoolExecutor(1) as another:
            another.submit(put, any_store, a_rule(2, "second")).result()
            assert another.submit(any_store.read_now, shown).result() == {1: "first", 2: "second"}
        return shown(unit)

    assert any_store.read_now(work) == {1: "first"}
    assert any_store.read_now(shown) == {1: "first", 2: "second"}


class GaveUpError(Exception):
    pass


@pytest.mark.source("assumed: what was rolled back leaves no trace in what is remembered")
def test_a_change_that_was_rolled_back_is_not_remembered(any_store: Database) -> None:
    put(any_store, a_rule(1, "first"))

    def refused(unit: Unit) -> None:
        unit.put_document(replace(a_rule(1, "rolled back"), modified_at=START + 1))
        assert shown(unit) == {1: "rolled back"}
        raise GaveUpError

    with pytest.raises(GaveUpError):
        any_store.write_now(refused)
    put(any_store, a_rule(2, "second"))

    assert any_store.read_now(shown) == {1: "first", 2: "second"}


@pytest.mark.source("assumed: a unit sees what it wrote itself")
def test_a_unit_sees_each_of_its_changes(any_store: Database) -> None:
    def work(unit: Unit) -> list[Shown]:
        seen = []
        for name in ("one", "two"):
            unit.put_document(a_rule(1, name))
            seen.append(shown(unit))
        unit.drop_document("workflow_rule", 1)
        return [*seen, shown(unit)]

    assert any_store.write_now(work) == [{1: "one"}, {1: "two"}, {}]
