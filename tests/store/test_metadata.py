"""The organisation, its users, modules, fields and documents come back as they were; a change is a new version."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest

from kaizen.model.catalog import Field, Layout, PickListValue, Section
from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.values import Json
from kaizen.records.ports import Query
from kaizen.standard import new_organisation
from kaizen.store import Database, StoreError
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.data_types import DataType
from tests.store.working import add, added, changed, fetched, query, selected
from tests.support.stores import ADMIN, MEMBER, ORGANISATION, START, USERS, created, field, small_catalog

pytestmark = pytest.mark.source("assumed: the contract of records.ports")

DEALS = small_catalog().by_name["Deals"]
QUOTES = small_catalog().by_name["Quotes"]


def test_an_organisation_comes_back_as_it_was_created(opening: Callable[[], Database]) -> None:
    store = created(opening())

    for seen in (store, opening()):
        assert seen.read_now(lambda unit: unit.organisation) == ORGANISATION
        assert seen.read_now(lambda unit: unit.users) == {user.id: user for user in USERS}
        assert seen.read_now(lambda unit: unit.catalog.modules) == small_catalog().modules


def test_the_standard_organisation_comes_back_as_it_was_created(opening: Callable[[], Database]) -> None:
    new = new_organisation(
        organisation_name="Zylker",
        admin_email="ada@zylker.test",
        admin_last_name="Lovelace",
        time_zone="Asia/Kolkata",
        zgid="60001",
        id_prefix=4876876000,
        now=START,
    )
    store = opening()
    store.create(new.organisation, new.users, new.catalog)
    store.write_now(lambda unit: [unit.put_document(document) for document in new.documents])

    again = opening()

    catalog = again.read_now(lambda unit: unit.catalog)
    for module, made in zip(catalog.modules, new.catalog.modules, strict=True):
        assert module == made
    assert again.read_now(lambda unit: (unit.organisation, tuple(unit.users.values()))) == (new.organisation, new.users)
    kinds = dict.fromkeys(document.kind for document in new.documents)
    found = again.read_now(lambda unit: [d for kind in kinds for d in unit.documents(kind)])
    assert sorted(found, key=lambda d: (d.kind, d.id)) == sorted(new.documents, key=lambda d: (d.kind, d.id))

    def every_module(unit: Unit) -> int:
        stored = [module for module in unit.catalog.modules if module.table]
        return sum(len(unit.select(Query(module.api_name, query(module.api_name, "id").columns))) for module in stored)

    assert again.read_now(every_module) == len(new.users)


def test_every_part_of_a_field_comes_back(any_store: Database) -> None:
    values = tuple(
        PickListValue(n, f"Shown {n}", f"Kept {n}", n, {"colour_code": None, "n": [Decimal("1.5")]}) for n in (1, 2)
    )
    properties: dict[str, Json] = {"a": {"b": [1, None, True, Decimal("1.5"), "ü"]}, "tooltip": None}
    full = Field(
        9, "Colour", "Colour", DataType.PICKLIST, "c9", 120, 2, True, True, True, False, None, "Label", None, values,
        ["x", 1], DataType.TEXT, properties,
    )  # fmt: skip
    lookup = field(10, "Second_Account", DataType.LOOKUP, lookup_module="Accounts", lookup_label="Second")

    any_store.write_now(lambda unit: unit.add_field(DEALS, full))
    any_store.write_now(lambda unit: unit.add_field(DEALS, lookup))

    found = any_store.read_now(lambda unit: unit.catalog.by_name["Deals"])
    assert found == replace(DEALS, fields=(*DEALS.fields, full, lookup))
    assert found.by_name["Colour"].actual_values == {"Shown 1": "Kept 1", "Shown 2": "Kept 2"} | {
        "Kept 1": "Kept 1",
        "Kept 2": "Kept 2",
    }


def test_layouts_come_back(opening: Callable[[], Database]) -> None:
    layout = Layout(
        1, "Standard", "Standard", (Section(2, "Info", "Information", 1, ("Deal_Name", "Stage")),), frozenset({"Stage"})
    )
    module = replace(DEALS, layouts=(layout,), properties={"web_link": None, "arguments": []})
    catalog = small_catalog()
    catalog = replace(catalog, modules=(module, *catalog.modules[1:]))

    opening().create(ORGANISATION, USERS, catalog)

    assert opening().read_now(lambda unit: unit.catalog.by_name["Deals"]) == module


# -- fields


@pytest.mark.parametrize(
    ("data_type", "more", "value"),
    [
        (DataType.TEXT, {}, "text"),
        (DataType.CURRENCY, {}, Decimal("1.5")),
        (DataType.BOOLEAN, {}, False),
        (DataType.DATETIME, {}, START),
        (DataType.MULTISELECTPICKLIST, {}, ("a", "b")),
        (DataType.LOOKUP, {"lookup_module": "Accounts"}, 5),
        (DataType.TEXT, {"unique": True}, "only"),
    ],
)
def test_a_new_field_is_empty_and_can_be_filled(
    data_type: DataType, more: dict[str, Any], value: Any, any_store: Database
) -> None:
    (old,) = added(any_store, "Deals", {"Deal_Name": "old"})
    before = any_store.read_now(lambda unit: unit.catalog.version)

    def work(unit: Unit) -> int:
        (early,) = add(unit, "Deals", {"Deal_Name": "early"})
        unit.add_field(DEALS, field(1099, "Extra", data_type, **more))
        (new,) = add(unit, "Deals", {"Extra": value})
        assert unit.fetch(unit.catalog.by_name["Deals"], [early])[early]["Extra"] is None
        return new

    new = any_store.write_now(work)

    assert any_store.read_now(lambda unit: unit.catalog.version) == before + 1
    assert fetched(any_store, "Deals", old, new) == {old: {"Deal_Name": "old"}, new: {"Extra": value}}
    changed(any_store, "Deals", new, {"Extra": None})
    changed(any_store, "Deals", old, {"Extra": value})
    assert fetched(any_store, "Deals", old, new)[old]["Extra"] == value


def test_a_new_unique_field_holds_each_value_once(any_store: Database) -> None:
    code = field(1099, "Code", unique=True)
    any_store.write_now(lambda unit: unit.add_field(DEALS, code))
    (deal,) = added(any_store, "Deals", {"Code": "Ä1"})

    assert any_store.read_now(lambda unit: unit.holders(DEALS, code, ["ä1"])) == {"ä1": deal}
    with pytest.raises(Exception, match=r"(?i)unique"):
        added(any_store, "Deals", {"Code": "ä1"})


def test_a_new_lookup_is_emptied_with_its_target(any_store: Database) -> None:
    any_store.write_now(
        lambda unit: unit.add_field(DEALS, field(1099, "Second", DataType.LOOKUP, lookup_module="Accounts"))
    )
    (account,) = added(any_store, "Accounts", {"Account_Name": "A"})
    (deal,) = added(any_store, "Deals", {"Deal_Name": "D", "Second": account})

    any_store.write_now(lambda unit: unit.delete(unit.catalog.by_name["Accounts"], [account], ADMIN))

    assert fetched(any_store, "Deals", deal) == {deal: {"Deal_Name": "D"}}


def test_a_new_auto_number_counts(any_store: Database) -> None:
    pattern: dict[str, Json] = {"auto_number": {"prefix": "D", "start_number": "41"}}
    number = field(1099, "Number", DataType.AUTONUMBER, properties=pattern)
    any_store.write_now(lambda unit: unit.add_field(DEALS, number))

    assert any_store.write_now(lambda unit: [unit.next_number(DEALS, number) for _ in range(2)]) == [41, 42]
    quotes = QUOTES.by_name["Quote_Number"]
    assert any_store.write_now(lambda unit: unit.next_number(QUOTES, quotes)) == 7


@pytest.mark.parametrize(
    "twin", [field(1099, "Stage"), replace(field(1099, "Other"), column="stage")], ids=["api name", "column"]
)
def test_a_field_is_added_once(twin: Field, any_store: Database) -> None:
    with pytest.raises(StoreError, match="already"):
        any_store.write_now(lambda unit: unit.add_field(DEALS, twin))

    assert any_store.read_now(lambda unit: unit.catalog.by_name["Deals"]) == DEALS


def test_the_metadata_of_a_field_changes(any_store: Database) -> None:
    stage = replace(
        DEALS.by_name["Stage"], field_label="Phase", mandatory=True, pick_list_values=(PickListValue(1, "A", "a", 1),)
    )
    before = any_store.read_now(lambda unit: unit.catalog.version)

    any_store.write_now(lambda unit: unit.update_field(DEALS, stage))

    assert any_store.read_now(lambda unit: unit.catalog.version) == before + 1
    module = any_store.read_now(lambda unit: unit.catalog.by_name["Deals"])
    assert module == replace(DEALS, fields=tuple(stage if f.id == stage.id else f for f in DEALS.fields))


@pytest.mark.parametrize(
    "change",
    [{"column": "other"}, {"data_type": DataType.TEXTAREA}, {"api_name": "Phase"}, {"unique": True}, {"id": 1}],
    ids=str,
)
def test_what_is_stored_of_a_field_stays(change: dict[str, Any], any_store: Database) -> None:
    with pytest.raises(StoreError, match="stored otherwise"):
        any_store.write_now(lambda unit: unit.update_field(DEALS, replace(DEALS.by_name["Stage"], **change)))

    assert any_store.read_now(lambda unit: unit.catalog.by_name["Deals"]) == DEALS


# -- users


def test_users_are_added_and_changed(any_store: Database) -> None:
    properties: dict[str, Json] = {"language": 5, "zip": "1", "nested": {"a": [None]}}
    new = User(
        7,
        "grace@zylker.test",
        "Hopper",
        "Grace",
        "Asia/Tokyo",
        "disabled",
        False,
        1,
        "R",
        2,
        "P",
        ADMIN,
        "9",
        properties,
    )
    renamed = replace(USERS[1], last_name="Menabrea", reporting_to=None, confirmed=True)

    any_store.write_now(lambda unit: [unit.add_user(new), unit.update_user(renamed)])

    assert any_store.read_now(lambda unit: dict(unit.users)) == {ADMIN: USERS[0], MEMBER: renamed, 7: new}


def test_users_are_records_too(any_store: Database) -> None:
    any_store.write_now(lambda unit: unit.add_user(User(7, "g@zylker.test", "Hopper", "Grace", role_id=5)))
    any_store.write_now(lambda unit: unit.update_user(replace(USERS[1], properties={"language": 5})))
    added(any_store, "Deals", {"Owner": 7}, {"Owner": MEMBER})

    owners = selected(any_store, query("Deals", "Owner.full_name", "Owner.role", "Owner.Reporting_To.last_name"))
    users = selected(any_store, query("Users", "email", "confirm", "language", order=("email",)))

    assert [tuple(row.values())[:3] for row in owners] == [("Grace Hopper", 5, None), ("Babbage", None, "Lovelace")]
    assert [tuple(row.values())[:3] for row in users] == [
        ("ada@zylker.test", True, "en_US"),
        ("charles@zylker.test", False, None),  # a language is text
        ("g@zylker.test", True, None),
    ]


# -- documents


def document(number: int, kind: str = "tag", module: str = "Deals", name: str = "name", at: int = START) -> Document:
    return Document(
        kind, number, module, name, {"n": number, "deep": [{"a": None, "b": Decimal("1.5")}]}, at, ADMIN, at + 1, MEMBER
    )


def test_documents_come_back_oldest_first(any_store: Database) -> None:
    documents = [
        document(3, at=START + 1),
        document(2, at=START + 2, name="it's"),
        document(1, at=START + 2),
        document(4, module=""),
        document(3, kind="role", name="Name"),
    ]
    any_store.write_now(lambda unit: [unit.put_document(d) for d in documents])

    def found(unit: Unit) -> list[Any]:
        return [
            [d.id for d in unit.documents("tag")],
            [d.id for d in unit.documents("tag", "Deals")],
            unit.documents("tag", ""),
            unit.documents("holiday"),
            [d.id for d in unit.documents_named("tag", "Deals", "name")],
            unit.documents_named("role", "Deals", "name"),
            unit.document("tag", 2),
            unit.document("role", 3),
            unit.document("role", 2),
        ]

    assert any_store.read_now(found) == [
        [4, 3, 1, 2],
        [3, 1, 2],
        [documents[3]],
        [],
        [3, 1],
        [],
        documents[1],
        documents[4],
        None,
    ]


def test_documents_are_replaced_and_dropped(any_store: Database) -> None:
    any_store.write_now(lambda unit: [unit.put_document(document(n)) for n in (1, 2)])
    newer = replace(document(1, name="newer"), body={})
    any_store.write_now(lambda unit: [unit.put_document(newer), unit.drop_document("tag", 2)])
    any_store.write_now(lambda unit: [unit.drop_document("tag", 9), unit.drop_document("role", 1)])

    assert any_store.read_now(lambda unit: unit.documents("tag")) == [newer]
    assert any_store.read_now(lambda unit: dict(unit.tags)) == {"Deals": {1: newer}}


@pytest.mark.parametrize(
    ("kind", "changes_book"),
    [
        ("workflow_rule", True),
        ("field_update", True),
        ("task", True),
        ("email_notification", True),
        ("email_template", True),
        ("tag", False),
        ("role", False),
        ("holiday", False),
    ],
)
def test_what_rules_are_made_of_makes_a_new_rule_book(kind: str, changes_book: bool, any_store: Database) -> None:
    def version() -> int:
        return any_store.read_now(lambda unit: unit.book.version)

    versions = [version()]
    for work in (
        lambda unit: unit.put_document(document(1, kind=kind)),
        lambda unit: unit.put_document(document(1, kind=kind, name="newer")),
        lambda unit: unit.drop_document(kind, 1),
        lambda unit: unit.drop_document(kind, 1),  # nothing is there any more
    ):
        any_store.write_now(work)
        versions.append(version())

    assert [v - versions[0] for v in versions] == ([0, 1, 2, 3, 3] if changes_book else [0] * 5)


def test_the_calendar_follows_its_documents(any_store: Database) -> None:
    assert any_store.read_now(lambda unit: unit.calendar.time_zone) == "Asia/Kolkata"
    assert any_store.read_now(lambda unit: unit.calendar.holidays) == frozenset()

    def write(unit: Unit) -> None:
        hours: dict[str, Json] = {"type": "custom", "business_days": ["Monday"], "daily_timing": ["10:00", "12:30"]}
        unit.put_document(replace(document(1, kind="business_hours"), body=hours))
        unit.put_document(replace(document(2, kind="holiday"), body={"date": "2017-01-26"}))
        assert unit.calendar.holidays == {date(2017, 1, 26)}

    any_store.write_now(write)

    calendar = any_store.read_now(lambda unit: unit.calendar)
    assert calendar.hours == ((0, time(10), time(12, 30)),)
    assert calendar.holidays == {date(2017, 1, 26)}
