"""A store with the standard modules whose rules a test writes down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pytest

from kaizen.automation.rule_book import RuleBook
from kaizen.model.catalog import Catalog, Module
from kaizen.model.document import Document
from kaizen.model.people import Actor
from kaizen.model.queued import CarriedOut, Mail
from kaizen.model.record import Change, Origin
from kaizen.model.values import Id, Value
from kaizen.records.draft import Options
from kaizen.records.pipeline import Pipeline
from kaizen.records.ports import Column, KeptChange, Query, UnitOfWork
from kaizen.records.reactions.due_actions import sweep
from kaizen.records.writer import AutomationSettings, Edit
from kaizen.store import Database, open_store
from tests.support.rules import ADA, CATALOG, NOW, ORGANISATION, USERS, Rules
from tests.support.stores import Clock, database_url

__all__ = ["database_url"]

T = TypeVar("T")


@dataclass
class Shop:
    """A database, its clock, and the rules in force; records go through the whole write path."""

    store: Database
    clock: Clock
    rules: Rules = field(default_factory=Rules)
    pipeline: Pipeline = field(default_factory=Pipeline)

    def set_up(self, settings: AutomationSettings) -> None:
        self.pipeline = Pipeline(settings)

    def in_force(self) -> None:
        """Put the rules as they are now into force, as saving a rule does."""

        def save(uow: UnitOfWork) -> None:
            uow.put_document(Document("workflow_rule", uow.new_id(), "Deals", "r", {}, uow.now, ADA, uow.now, ADA))

        self.store.write_now(save)

    def tag(self, name: str, module: str = "Deals") -> Id:
        def save(uow: UnitOfWork) -> Id:
            tag = uow.new_id()
            uow.put_document(Document("tag", tag, module, name, {"name": name}, uow.now, ADA, uow.now, ADA))
            return tag

        return self.store.write_now(save)

    def create(self, name: str = "Deals", /, **values: Value) -> Id:
        return self._write(
            name, lambda uow, module: self.pipeline.create(uow, module, values, actor_id=ADA, origin=Origin()).record_id
        )

    def edit(self, record_id: Id, name: str = "Deals", /, **values: Value) -> Change | None:
        edit = Edit(record_id, values, Origin())
        return self._write(name, lambda uow, module: self.pipeline.edit(uow, module, [edit], actor_id=ADA)[0])

    def delete(self, record_id: Id, name: str = "Deals", /) -> None:
        actor = Actor(USERS[ADA])
        self._write(name, lambda uow, module: self.pipeline.delete(uow, actor, module, [record_id], Options()))

    def sweep(self, limit: int = 50) -> list[CarriedOut]:
        return self.store.write_now(lambda uow: sweep(uow, self.pipeline, limit))

    def record(self, record_id: Id, name: str = "Deals", /) -> Mapping[str, Value] | None:
        return self._read(name, lambda uow, module: uow.fetch(module, [record_id]).get(record_id))

    def tasks(self) -> list[Mapping[str, Value]]:
        def find(uow: UnitOfWork, module: Module) -> list[Mapping[str, Value]]:
            ids = [row["id"] for row in uow.select(Query("Tasks", (Column(("id",)),)))]
            return list(uow.fetch(module, [i for i in ids if isinstance(i, int)]).values())

        return self._read("Tasks", find)

    def mails(self) -> list[Mail]:
        return list(reversed(self.store.read_now(lambda uow: uow.mails())))

    def history(self, record_id: Id, name: str = "Deals", /) -> list[KeptChange]:
        return self.store.read_now(lambda uow: uow.changes(name, record_id))

    def _write(self, name: str, work: Callable[[UnitOfWork, Module], T]) -> T:
        return self.store.write_now(lambda uow: work(uow, uow.catalog.by_name[name]))

    def _read(self, name: str, work: Callable[[UnitOfWork, Module], T]) -> T:
        return self.store.read_now(lambda uow: work(uow, uow.catalog.by_name[name]))


def open_shop(url: str, catalog: Catalog = CATALOG) -> Shop:
    """Open a shop, in a new database or in one that has one; rule books of the past are kept as they were."""
    rules, clock = Rules(), Clock(NOW)
    books: dict[int, RuleBook] = {}

    def build(version: int, *_given: object) -> RuleBook:
        if version not in books:
            books[version] = replace(rules.book(), version=version)
        return books[version]

    store = open_store(url, clock=clock, build_book=build)
    if store.is_new:
        store.create(ORGANISATION, USERS.values(), catalog)
    return Shop(store, clock, rules)


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    """A shop on each of the two databases in turn."""
    opened = open_shop(database_url)
    yield opened
    opened.store.close()


@pytest.fixture
def shop_of_unique_tickers(database_url: str) -> Iterator[Shop]:
    """A shop in which no two accounts have the same ticker symbol."""

    def with_unique(module: Module) -> Module:
        is_unique = {"Ticker_Symbol"} if module.api_name == "Accounts" else set()
        fields = (replace(each, unique=each.unique or each.api_name in is_unique) for each in module.fields)
        return replace(module, fields=tuple(fields))

    opened = open_shop(database_url, replace(CATALOG, modules=tuple(map(with_unique, CATALOG.modules))))
    yield opened
    opened.store.close()


@pytest.fixture
def quick_shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop on SQLite, for what no database has a part in."""
    opened = open_shop(f"sqlite:///{tmp_path}/kaizen.db")
    yield opened
    opened.store.close()
