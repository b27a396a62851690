"""Records go in and come out alike on both databases."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pytest

from kaizen.model.catalog import Catalog
from kaizen.model.values import Id, Value, Values
from kaizen.records.ports import Deleted
from kaizen.store import Database
from kaizen.store.errors import ReadOnlyError
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.data_types import DataType
from tests.store.working import (
    add,
    added,
    change,
    changed,
    dropped,
    exactly,
    fetch,
    fetched,
    is_equal,
    query,
    recycle_bin,
    selected,
)
from tests.support.stores import (
    ADMIN,
    MEMBER,
    ORGANISATION,
    START,
    USERS,
    Clock,
    field,
    module,
    small_catalog,
)

pytestmark = pytest.mark.source("assumed: the contract of records.ports")

_TEXTS: Final = (
    "x",
    "NULL",
    "\\N",
    "\\.",
    'it\'s "quoted" 100% ? %s $1 \\n',
    "  tab\tline\nreturn\r  ",
    "ÄÖ ß İ Σς ﬁ 𐐀 👩‍👩‍👧 \u2028 \ufeff \U0010ffff",
    "long " * 6_000,
)
_WHOLES: Final = (0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
_REALS: Final = (
    0,
    Decimal("-0.0000001"),
    Decimal("0.30000000000000004"),
    Decimal("1000000000000000.3"),
    9007199254740993,
    Decimal("0.000000001"),
    9_999_999_999_999_999,
    Decimal("9999999999999999.999999999"),
    Decimal("-9999999999999999.999999999"),
    10**32 - 1,
)
_IDS: Final = (1, 4876876000000000001, 9999999999999999999 - 10**19 // 2)
_LISTS: Final = (("a",), ("b", "a", "ü ' \" \\"), ("",), ("x" * 3000,))
_OBJECTS: Final[tuple[Value, ...]] = (
    {"RRULE": "FREQ=DAILY;INTERVAL=1"},
    (
        {
            "percentage": Decimal("12.5"),
            "name": "Vat",
            "id": 4876876000000000002,
            "none": None,
            "deep": ({"a": (1, 2)},),
        },
    ),
    {"": True},
)

DEALS: Final = small_catalog().by_name["Deals"]
QUOTES: Final = small_catalog().by_name["Quotes"]

#: What a field of each data type holds, ends of the range included.
VALUES: Final[Mapping[DataType, tuple[Value, ...]]] = {
    **dict.fromkeys(DataType, _OBJECTS),
    **dict.fromkeys(
        (
            DataType.TEXT,
            DataType.TEXTAREA,
            DataType.EMAIL,
            DataType.PHONE,
            DataType.WEBSITE,
            DataType.PICKLIST,
            DataType.AUTONUMBER,
            DataType.PROFILEIMAGE,
        ),
        _TEXTS,
    ),
    **dict.fromkeys((DataType.INTEGER, DataType.BIGINT), _WHOLES),
    **dict.fromkeys((DataType.DOUBLE, DataType.CURRENCY, DataType.PERCENT, DataType.ROLLUP_SUMMARY), _REALS),
    **dict.fromkeys(
        (
            DataType.LOOKUP,
            DataType.OWNERLOOKUP,
            DataType.USERLOOKUP,
            DataType.LAYOUT,
            DataType.MULTI_MODULE_LOOKUP,
            DataType.CONSENT_LOOKUP,
        ),
        _IDS,
    ),
    **dict.fromkeys((DataType.MULTISELECTLOOKUP, DataType.MULTIUSERLOOKUP), ((1,), (2**63 - 1, 3))),
    DataType.BOOLEAN: (True, False),
    DataType.DATE: ("0001-01-01", "9999-12-31"),
    DataType.DATETIME: (0, -62135596800, 253402300799),
    DataType.MULTISELECTPICKLIST: _LISTS,
    DataType.FORMULA: ("text of a formula",),
}

#: Subforms have no column; their rows are tested by themselves.
EVERYTHING: Final = module(
    1,
    "Everything",
    *(
        field(number, f"F_{data_type}", data_type)
        for number, data_type in enumerate(DataType, 1001)
        if data_type is not DataType.SUBFORM
    ),
    field(1101, "Real_Formula", DataType.FORMULA, formula_return_type=DataType.DOUBLE),
    field(1102, "Flag_Formula", DataType.FORMULA, formula_return_type=DataType.BOOLEAN),
    field(1103, "Tag", properties={"json_type": "jsonarray"}),
    field(1104, "Modified_Time", DataType.DATETIME),
    display_field="F_text",
)


def _rows(count: int) -> list[dict[str, Value]]:
    """Return that many records; each value of `VALUES` is in one of them."""
    rows: list[dict[str, Value]] = []
    for number in range(count):
        row: dict[str, Value] = {}
        for f in EVERYTHING.fields:
            values = VALUES[f.compared_as]
            if f.api_name not in ("id", "Tag"):
                row[f.api_name] = values[number % len(values)]
        rows.append(row | {"Tag": (number, 5)})
    return rows


@pytest.fixture
def everything(opening: Callable[[], Database]) -> Database:
    """A store with one module that has a field of each data type."""
    store = opening()
    store.create(ORGANISATION, USERS, Catalog(1, (EVERYTHING,)))
    return store


# -- values


@pytest.mark.parametrize("together", [1, 100], ids=["one by one", "together"])
def test_every_value_comes_back_as_it_was_inserted(together: int, everything: Database) -> None:
    rows = _rows(12)

    ids = [i for start in range(0, 12, together) for i in added(everything, "Everything", *rows[start:][:together])]

    found = fetched(everything, "Everything", *ids)
    for record_id, row in zip(ids, rows, strict=True):
        assert exactly(found[record_id]) == exactly(row)


def test_a_record_that_is_not_written_yet_is_fetched_as_it_will_be(everything: Database) -> None:
    rows = _rows(12)
    seen: dict[Id, dict[str, Value]] = {}

    def insert_and_look(unit: Unit) -> list[Id]:
        ids = add(unit, "Everything", *rows)
        change(unit, "Everything", ids[0], {"Tag": (), "F_text": "later"})
        seen.update(unit.fetch(unit.catalog.by_name["Everything"], ids))
        return ids

    ids = everything.write_now(insert_and_look)

    kept = everything.read_now(lambda unit: unit.fetch(unit.catalog.by_name["Everything"], ids))
    assert {i: exactly(values) for i, values in seen.items()} == {i: exactly(values) for i, values in kept.items()}
    assert (kept[ids[0]]["Tag"], kept[ids[0]]["F_text"]) == (None, "later")


def test_records_with_different_fields_are_inserted_together(any_store: Database) -> None:
    rows: list[dict[str, Value]] = [
        {"Deal_Name": "A", "Amount": 1, "Tag": (5,)},
        {"Amount": 2, "Deal_Name": "B", "Nowhere": "x"},
        {},
        {"Deal_Name": "C", "Tag": ()},
    ]

    ids = added(any_store, "Deals", *rows)

    found = fetched(any_store, "Deals", *ids)
    names = ("Deal_Name", "Amount", "Tag")
    assert [tuple(found[i].get(name) for name in names) for i in ids] == [
        ("A", 1, (5,)),
        ("B", 2, None),
        (None, None, None),
        ("C", None, None),
    ]


def test_every_value_comes_back_as_it_was_updated(everything: Database) -> None:
    rows = _rows(12)
    ids = added(everything, "Everything", *({} for _ in rows))

    def update(unit: Unit) -> None:
        for record_id, row in zip(ids, rows, strict=True):
            change(unit, "Everything", record_id, row)

    everything.write_now(update)

    found = fetched(everything, "Everything", *ids)
    for record_id, row in zip(ids, rows, strict=True):
        assert exactly(found[record_id]) == exactly(row)


def test_every_value_is_selected_as_it_was_inserted(everything: Database) -> None:
    rows = _rows(12)
    ids = added(everything, "Everything", *rows)

    found = selected(everything, query("Everything", *rows[0]))

    for row, record_id, values in zip(found, ids, rows, strict=True):
        assert exactly(row) == exactly({**values, "id": record_id})


def test_a_record_lies_in_the_recycle_bin_with_every_value_it_had(everything: Database) -> None:
    rows = _rows(12)
    ids = added(everything, "Everything", *rows)

    dropped(everything, "Everything", *ids)

    found = {d.id: {k: v for k, v in d.values.items() if k != "id"} for d in recycle_bin(everything, "Everything")}
    for record_id, row in zip(ids, rows, strict=True):
        assert exactly(found[record_id]) == exactly(row)


def test_an_empty_field_is_none_and_so_is_an_empty_list(any_store: Database) -> None:
    (deal,) = added(any_store, "Deals", {"Deal_Name": "A", "Regions": (), "Tag": (), "Amount": None})

    (record,) = any_store.read_now(lambda unit: unit.fetch(unit.catalog.by_name["Deals"], [deal])).values()

    assert record.pop("Deal_Name") == "A"
    assert record.pop("id") == deal
    assert set(record) == {f.api_name for f in DEALS.fields} - {"Deal_Name", "id"}
    assert set(record.values()) == {None}


def test_a_field_can_be_emptied(any_store: Database) -> None:
    (deal,) = added(
        any_store, "Deals", {"Deal_Name": "A", "Amount": Decimal("1.5"), "Regions": ("North",), "Hot": True}
    )

    changed(any_store, "Deals", deal, {"Amount": None, "Regions": (), "Hot": None})

    assert fetched(any_store, "Deals", deal) == {deal: {"Deal_Name": "A"}}


def test_values_without_a_column_are_left_out(any_store: Database) -> None:
    (deal,) = added(any_store, "Deals", {"Deal_Name": "A", "Unknown": 1, "$approved": True})
    changed(any_store, "Deals", deal, {"Unknown": 2})
    changed(any_store, "Deals", deal, {"Stage": "Won", "$approved": False})

    assert fetched(any_store, "Deals", deal) == {deal: {"Deal_Name": "A", "Stage": "Won"}}


def test_a_thousand_records_are_fetched_at_once(any_store: Database) -> None:
    ids = added(any_store, "Deals", *({"Deal_Name": f"Deal {n}", "Amount": n} for n in range(1_000)))

    found = fetched(any_store, "Deals", *ids)

    assert [found[i]["Amount"] for i in ids] == list(range(1_000))


# -- finding


def test_only_what_exists_is_found(any_store: Database) -> None:
    first, second = added(any_store, "Deals", {"Deal_Name": "A"}, {"Reference": "R"})
    (account,) = added(any_store, "Accounts", {"Account_Name": "Acme"})
    missing = second + 500_000

    def found(unit: Unit) -> object:
        deals = unit.catalog.by_name["Deals"]
        return (
            unit.existing(deals, [first, missing, account]),
            unit.existing(deals, [second]),
            unit.existing(deals, []),
            unit.names(deals, [first, second, missing]),
            unit.names(deals, [account]),
            unit.names(deals, []),
            set(unit.fetch(deals, [first, first, missing])),
            unit.fetch(deals, []),
        )

    assert any_store.read_now(found) == (
        {first},
        {second},
        frozenset(),
        {first: "A", second: ""},
        {},
        {},
        {first},
        {},
    )


def test_users_are_named_by_their_full_name(any_store: Database) -> None:
    named = any_store.read_now(lambda unit: unit.names(unit.catalog.by_name["Users"], [ADMIN, MEMBER, 1]))

    assert named == {ADMIN: "Ada Lovelace", MEMBER: "Babbage"}


def test_the_holder_of_a_text_is_found_without_case(any_store: Database) -> None:
    one, two = added(any_store, "Deals", {"Reference": "ÄB-1 ΟΔΟΣ"}, {"Reference": "x'\\y"})

    holders = any_store.read_now(
        lambda unit: unit.holders(DEALS, DEALS.by_name["Reference"], ["äb-1 οδος", "X'\\Y", "äb", None])
    )

    assert holders == {"äb-1 οδος": one, "x'\\y": two}


def test_the_holder_that_was_modified_last_wins(any_store: Database) -> None:
    times = (10, 30, None, 20)
    ids = added(any_store, "Deals", *({"Deal_Name": "same", "Modified_Time": time} for time in times))
    twins = added(any_store, "Deals", *({"Deal_Name": "Twin", "Modified_Time": 5} for _ in range(2)))

    holders = any_store.read_now(lambda unit: unit.holders(DEALS, DEALS.by_name["Deal_Name"], ["SAME", "twin"]))

    assert holders == {"same": ids[1], "twin": twins[1]}


@pytest.mark.parametrize("name", ["F_text", "F_integer", "F_bigint", "F_double", "F_date", "F_lookup"])
def test_holders_are_found_for_every_kind_of_value(name: str, everything: Database) -> None:
    kind = EVERYTHING.by_name[name]
    values = VALUES[kind.data_type]
    ids = added(everything, "Everything", *({name: value} for value in values))

    holders = everything.read_now(lambda unit: unit.holders(EVERYTHING, kind, values))

    expected = {v.lower() if isinstance(v, str) else v: i for v, i in zip(values, ids, strict=True)}
    assert holders == expected
    assert list(map(type, sorted(holders, key=str))) == list(map(type, sorted(expected, key=str)))


def test_nobody_holds_nothing(any_store: Database) -> None:
    added(any_store, "Deals", {"Deal_Name": "A"})

    assert any_store.read_now(lambda unit: unit.holders(DEALS, DEALS.by_name["Reference"], [])) == {}
    assert any_store.read_now(lambda unit: unit.holders(DEALS, DEALS.by_name["Reference"], [None])) == {}


# -- writing


def test_reads_see_what_the_unit_wrote_before(any_store: Database) -> None:
    (known,) = added(any_store, "Deals", {"Deal_Name": "Known", "Reference": "k"})

    def work(unit: Unit) -> set[Id]:
        reference = DEALS.by_name["Reference"]
        change(unit, "Deals", known, {"Reference": "freed", "Amount": 1})
        new, other = add(unit, "Deals", {"Deal_Name": "New", "Reference": "K"}, {"Deal_Name": "Other"})
        change(unit, "Deals", new, {"Amount": 5, "Deal_Name": "Newer"})
        change(unit, "Deals", known, {"Amount": 2})
        assert unit.holders(DEALS, reference, ["k", "freed"]) == {"freed": known, "k": new}
        assert fetch(unit, "Deals", known, new) == {
            known: {"Deal_Name": "Known", "Reference": "freed", "Amount": 2},
            new: {"Deal_Name": "Newer", "Reference": "K", "Amount": 5},
        }
        change(unit, "Deals", new, {"Deal_Name": "Newest"})
        assert unit.names(DEALS, [new]) == {new: "Newest"}
        (last,) = add(unit, "Deals", {})
        assert unit.existing(DEALS, [other, last]) == {other, last}
        change(unit, "Deals", other, {"Amount": 7})
        assert unit.select(query("Deals", "SUM(Amount)")) == [{"SUM(Amount)": 14}]
        change(unit, "Deals", other, {"Amount": 8})
        unit.delete(DEALS, [new, last], ADMIN)
        assert unit.count("Deals", is_equal("Amount", 8, DataType.CURRENCY)) == 1
        return {known, new, other, last}

    written = any_store.write_now(work)

    assert {i: record.get("Amount") for i, record in fetched(any_store, "Deals", *written).items()} == {
        known: 2,
        min(written - {known}) + 1: 8,
    }


def test_a_unit_that_reads_cannot_write(any_store: Database) -> None:
    number = QUOTES.by_name["Quote_Number"]
    attempts: list[Callable[[Unit], object]] = [
        lambda unit: unit.new_id(),
        lambda unit: unit.insert(DEALS, [(1, {})]),
        lambda unit: unit.update(DEALS, 1, {}),
        lambda unit: unit.delete(DEALS, [1], ADMIN),
        lambda unit: unit.next_number(QUOTES, number),
        lambda unit: unit.add_user(USERS[0]),
        lambda unit: unit.add_field(DEALS, field(1099, "New")),
        lambda unit: unit.drop_document("tag", 1),
        lambda unit: unit.tally([]),
        lambda unit: unit.next_turn(1),
        lambda unit: unit.queue([]),
        lambda unit: unit.put_mail([]),
    ]
    for attempt in attempts:
        with pytest.raises(ReadOnlyError):
            any_store.read_now(attempt)


def test_numbers_count_up_from_where_the_field_says(any_store: Database) -> None:
    number = QUOTES.by_name["Quote_Number"]

    def three(unit: Unit) -> list[int]:
        return [unit.next_number(QUOTES, number) for _ in range(3)]

    assert any_store.write_now(three) == [7, 8, 9]
    assert any_store.write_now(three) == [10, 11, 12]


# -- deleting


def test_deleted_records_go_to_the_recycle_bin(any_store: Database, clock: Clock) -> None:
    first, second, third = added(any_store, "Deals", {"Deal_Name": "1"}, {"Amount": 2}, {"Regions": ("N",)})
    clock.now = START + 5
    dropped(any_store, "Deals", first, third, by=MEMBER)
    clock.now = START + 9
    dropped(any_store, "Deals", second, second + 70_000)

    assert fetched(any_store, "Deals", first, second, third) == {}
    assert recycle_bin(any_store, "Deals") == [
        Deleted(second, {"Amount": 2, "id": second}, START + 9, ADMIN),
        Deleted(third, {"Regions": ("N",), "id": third}, START + 5, MEMBER),
        Deleted(first, {"Deal_Name": "1", "id": first}, START + 5, MEMBER),
    ]
    assert [d.id for d in recycle_bin(any_store, "Deals", START + 5)] == [second]
    assert [d.id for d in recycle_bin(any_store, "Deals", START + 4)] == [second, third, first]
    assert [d.id for d in recycle_bin(any_store, "Deals", limit=1, offset=1)] == [third]
    assert recycle_bin(any_store, "Accounts") == []


def test_deleting_what_is_not_there_does_nothing(any_store: Database) -> None:
    (account,) = added(any_store, "Accounts", {"Account_Name": "Acme"})

    dropped(any_store, "Deals", account, 1)
    dropped(any_store, "Deals")

    assert recycle_bin(any_store, "Deals") == []
    assert set(fetched(any_store, "Accounts", account)) == {account}


def test_lookups_to_a_deleted_record_become_empty(any_store: Database) -> None:
    gone, kept = added(any_store, "Accounts", {"Account_Name": "Gone"}, {"Account_Name": "Kept"})
    changed(any_store, "Accounts", kept, {"Parent_Account": gone})
    deal, other = added(
        any_store, "Deals", {"Deal_Name": "D", "Account_Name": gone}, {"Deal_Name": "O", "Account_Name": kept}
    )
    (task,) = added(any_store, "Tasks", {"Subject": "T", "What_Id": gone, "$se_module": "Accounts"})
    line: Values = {"id": gone + 1_000, "Product": "P", "Account": gone}
    (quote,) = added(any_store, "Quotes", {"Subject": "Q", "Quoted_Items": (line,)})

    dropped(any_store, "Accounts", gone)

    assert fetched(any_store, "Accounts", gone, kept) == {kept: {"Account_Name": "Kept"}}
    assert fetched(any_store, "Deals", deal, other) == {
        deal: {"Deal_Name": "D"},
        other: {"Deal_Name": "O", "Account_Name": kept},
    }
    assert fetched(any_store, "Tasks", task)[task].get("What_Id") is None
    assert fetched(any_store, "Quotes", quote)[quote]["Quoted_Items"] == ({"id": line["id"], "Product": "P"},)


def test_a_record_is_deleted_with_its_rows_although_its_unit_wrote_it(any_store: Database) -> None:
    def work(unit: Unit) -> Id:
        line: Values = {"id": unit.new_id(), "Product": "P"}
        (quote,) = add(unit, "Quotes", {"Subject": "Q", "Quoted_Items": (line,)})
        (deal,) = add(unit, "Deals", {"Deal_Name": "D"})
        change(unit, "Quotes", quote, {"Deal_Name": deal})
        unit.delete(unit.catalog.by_name["Deals"], [deal], ADMIN)
        assert fetch(unit, "Quotes", quote) == {quote: {"Subject": "Q", "Quoted_Items": (line,)}}
        unit.delete(unit.catalog.by_name["Quotes"], [quote], ADMIN)
        return quote

    quote = any_store.write_now(work)

    assert fetched(any_store, "Quotes", quote) == {}
    assert any_store.read_now(lambda unit: unit.count("Quoted_Items", None)) == 0
    assert [(d.id, d.values["Subject"]) for d in recycle_bin(any_store, "Quotes")] == [(quote, "Q")]


def test_a_value_of_a_deleted_record_is_free(any_store: Database) -> None:
    (first,) = added(any_store, "Deals", {"Reference": "R"})
    dropped(any_store, "Deals", first)

    (second,) = added(any_store, "Deals", {"Reference": "r"})

    assert any_store.read_now(lambda unit: unit.holders(DEALS, DEALS.by_name["Reference"], ["R"])) == {"r": second}


# -- subforms


def _lines(start: Id, *products: str) -> tuple[dict[str, Value], ...]:
    return tuple(
        {"id": start + n, "Product": product, "Quantity": n + Decimal("0.5")} for n, product in enumerate(products)
    )


def test_a_value_goes_from_one_record_to_another_in_one_unit(any_store: Database) -> None:
    one, other, third = added(any_store, "Deals", {"Reference": "x"}, {}, {"Reference": "y"})

    def move(unit: Unit) -> None:
        # The first two change the same fields, so they are written together.
        change(unit, "Deals", third, {"Reference": "z", "Deal_Name": "Third"})
        change(unit, "Deals", one, {"Reference": None})
        change(unit, "Deals", other, {"Reference": "X", "Deal_Name": "Other"})

    any_store.write_now(move)

    assert fetched(any_store, "Deals", one, other, third) == {
        one: {},
        other: {"Reference": "X", "Deal_Name": "Other"},
        third: {"Reference": "z", "Deal_Name": "Third"},
    }


def test_rows_of_a_subform_keep_their_order(any_store: Database) -> None:
    lines = _lines(70_000, "b", "a", "c")[::-1]
    others = _lines(80_000, "x")
    first, second, third = added(
        any_store,
        "Quotes",
        {"Subject": "1", "Quoted_Items": lines},
        {"Subject": "2"},
        {"Subject": "3", "Quoted_Items": others},
    )

    assert fetched(any_store, "Quotes", first, second, third) == {
        first: {"Subject": "1", "Quoted_Items": lines},
        second: {"Subject": "2"},
        third: {"Subject": "3", "Quoted_Items": others},
    }
    assert any_store.read_now(lambda unit: unit.count("Quoted_Items", is_equal("Product", "X"))) == 1


@dataclass(frozen=True)
class Replaced:
    """What an update says of a subform, and what is there afterwards."""

    name: str
    values: Mapping[str, Value]
    left: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Replaced("other rows", {"Quoted_Items": _lines(71_000, "n", "m")}, ("n", "m")),
        Replaced("the same row again", {"Quoted_Items": _lines(70_001, "b")}, ("b",)),
        Replaced("no rows", {"Quoted_Items": ()}, ()),
        Replaced("nothing", {"Quoted_Items": None}, ()),
        Replaced("another field", {"Subject": "S"}, ("a", "b")),
    ],
    ids=lambda case: case.name,
)
@pytest.mark.parametrize("buffered", [False, True], ids=["stored", "buffered"])
def test_an_update_replaces_the_rows_of_a_subform(case: Replaced, buffered: bool, any_store: Database) -> None:
    def work(unit: Unit) -> Id:
        quote, other = add(
            unit,
            "Quotes",
            {"Subject": "Q", "Quoted_Items": _lines(70_000, "a", "b")},
            {"Subject": "O", "Quoted_Items": _lines(75_000, "z")},
        )
        if not buffered:
            fetch(unit, "Quotes", other)
        change(unit, "Quotes", quote, case.values)
        return quote

    quote = any_store.write_now(work)

    found: Any = fetched(any_store, "Quotes", quote)[quote].get("Quoted_Items", ())
    assert tuple(line["Product"] for line in found) == case.left
    assert any_store.read_now(lambda unit: unit.count("Quoted_Items", None)) == len(case.left) + 1
