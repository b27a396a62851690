"""Whatever is written in whatever order, SQLite, PostgreSQL and a dictionary hold the same records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cmp_to_key
from math import floor
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaizen.criteria.holds import holds
from kaizen.criteria.tree import Compare, Criteria
from kaizen.model.numbers import exact
from kaizen.model.values import Id, Value
from kaizen.records.ports import Column, Order, Query
from kaizen.store import Database, open_store
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType
from tests.support.services import postgres_database
from tests.support.stores import ADMIN, Clock, created, small_catalog, stub_book
from tests.support.strategies import CLOSE

EXAMPLES = 60
DEALS = small_catalog().by_name["Deals"]

VALUES: Mapping[str, st.SearchStrategy[Value]] = {
    "Deal_Name": st.sampled_from(["a", "B", "b", "É", "é 100%", "x'y"]),
    "Amount": st.one_of(
        st.integers(-8, 8).map(lambda n: exact(Decimal(n) / 4)),
        st.sampled_from([Decimal("0.1"), Decimal("0.2"), Decimal("-0.000000001"), *CLOSE]),
    ),
    "Quantity": st.sampled_from([0, 1, -1, 2**53 + 1]),
    "Closing_Date": st.sampled_from(["2017-01-02", "2016-12-31"]),
    "Hot": st.booleans(),
    "Regions": st.lists(st.sampled_from("NSEW"), max_size=2).map(tuple),
}
COMPARED = {
    "Deal_Name": DataType.TEXT,
    "Amount": DataType.CURRENCY,
    "Quantity": DataType.INTEGER,
    "Closing_Date": DataType.DATE,
}

Records: TypeAlias = dict[Id, dict[str, Value]]


@dataclass(frozen=True)
class Insert:
    rows: Sequence[Mapping[str, Value]]


@dataclass(frozen=True)
class Update:
    which: int  #: position among the records, taken round
    changes: Mapping[str, Value]


@dataclass(frozen=True)
class Delete:
    which: Sequence[int]


@dataclass(frozen=True)
class Select:
    order: Sequence[tuple[str, bool]] = ()
    where: Criteria | None = None
    group: str = ""
    limit: int = 200
    offset: int = 0


Step: TypeAlias = Insert | Update | Delete | Select

_rows = st.fixed_dictionaries({}, optional={name: st.none() | values for name, values in VALUES.items()})
_criteria = st.sampled_from(sorted(COMPARED)).flatmap(
    lambda name: st.builds(
        Compare,
        st.just((name,)),
        st.sampled_from([Comparator.EQUAL, Comparator.NOT_EQUAL, Comparator.GREATER_THAN, Comparator.LESS_EQUAL]),
        VALUES[name],
        st.just(COMPARED[name]),
    )
)
_selects = st.builds(
    Select,
    order=st.lists(st.tuples(st.sampled_from([*COMPARED, "Hot", "id"]), st.booleans()), max_size=3),
    where=st.none() | _criteria,
    group=st.sampled_from(["", "", "Hot", "Deal_Name"]),
    limit=st.sampled_from([200, 2]),
    offset=st.sampled_from([0, 1]),
)
_steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Insert, st.lists(_rows, min_size=1, max_size=5)),
    st.builds(Update, st.integers(0, 9), _rows),
    st.builds(Delete, st.lists(st.integers(0, 9), max_size=2)),
    _selects,
)
#: Units of several steps; the second of each pair says whether the unit fails at its end.
_units = st.lists(
    st.tuples(st.lists(_steps, min_size=1, max_size=5), st.integers(0, 4).map(lambda n: n == 0)), max_size=5
)


class GaveUpError(Exception):
    """What a unit raises that fails at its end."""


@dataclass
class Model:
    """The records as a dictionary that remembers the order in which they came."""

    records: Records = field(default_factory=dict)

    def ids(self, which: Sequence[int]) -> list[Id]:
        known = list(self.records)
        return list(dict.fromkeys(known[n % len(known)] for n in which)) if known else []

    def select(self, asked: Select) -> list[dict[str, Value]]:
        found = [
            {**record, "id": record_id}
            for record_id, record in self.records.items()
            if asked.where is None or holds(asked.where, record)
        ]
        if asked.group:
            rows = _grouped(found, asked.group)
        else:
            keys = [*asked.order, ("id", False)]
            rows = sorted(found, key=cmp_to_key(lambda one, other: _compared(one, other, keys)))
        return rows[asked.offset :][: asked.limit]


def _grouped(found: Sequence[Mapping[str, Value]], group: str) -> list[dict[str, Value]]:
    groups: dict[Value, list[Mapping[str, Value]]] = {}
    for record in found:
        groups.setdefault(record.get(group), []).append(record)
    rows = []
    for key in sorted(groups, key=_rank):
        amounts: list[Any] = [r["Amount"] for r in groups[key] if r.get("Amount") is not None]
        wholes: list[Any] = [r["Quantity"] for r in groups[key] if r.get("Quantity") is not None]
        rows.append(
            {
                group: key,
                "COUNT(id)": len(groups[key]),
                "SUM(Amount)": sum(amounts) if amounts else None,
                "SUM(Quantity)": sum(wholes) if wholes else None,
                "AVG(Amount)": _average(amounts) if amounts else None,
                "MAX(Amount)": max(amounts, default=None),
            }
        )
    return rows


def _average(amounts: Sequence[Any]) -> Fraction:
    """Divide, and round to nine places, halves away from zero."""
    average = Fraction(sum(map(Fraction, amounts))) / len(amounts)
    units = floor(abs(average) * 10**9 + Fraction(1, 2))
    return Fraction(-units if average < 0 else units, 10**9)


def _rank(value: Value) -> tuple[bool, Any]:
    """Order values as every database does: nulls first, text by code point."""
    return (value is not None, value if value is not None else 0)


def _compared(one: Mapping[str, Value], other: Mapping[str, Value], keys: Sequence[tuple[str, bool]]) -> int:
    for name, descending in keys:
        mine, theirs = _rank(one.get(name)), _rank(other.get(name))
        if mine != theirs:
            return -1 if (mine < theirs) is not descending else 1
    return 0


def _asked(step: Select) -> Query:
    if step.group:
        shown = [Column((step.group,))]
        shown += [Column((path,), aggregate) for aggregate, path in _AGGREGATES]
        return Query("Deals", tuple(shown), step.where, (), ((step.group,),), step.limit, step.offset)
    columns = tuple(Column((name,)) for name in VALUES)
    order = tuple(Order(Column((name,)), descending) for name, descending in step.order)
    return Query("Deals", columns, step.where, order, (), step.limit, step.offset)


_AGGREGATES = (("COUNT", "id"), ("SUM", "Amount"), ("SUM", "Quantity"), ("AVG", "Amount"), ("MAX", "Amount"))


def _present(row: Mapping[str, Value]) -> dict[str, Value]:
    """Leave out what is empty: None and an empty list mean the same."""
    return {name: value for name, value in row.items() if value is not None and value != ()}


def _take(unit: Unit, model: Model, step: Step) -> None:
    """Take one step in a unit and in its model, and compare what they show."""
    match step:
        case Insert(rows):
            ids = unit.new_ids(len(rows))
            unit.insert(DEALS, list(zip(ids, rows, strict=True)))
            model.records.update(zip(ids, map(dict, rows), strict=True))
        case Update(which, changes):
            for record_id in model.ids([which]):
                unit.update(DEALS, record_id, changes)
                model.records[record_id] |= changes
        case Delete(which):
            gone = model.ids(which)
            unit.delete(DEALS, gone, ADMIN)
            for record_id in gone:
                del model.records[record_id]
        case Select():
            found = unit.select(_asked(step))
            assert [_present(row) for row in found] == [_present(row) for row in model.select(step)]


def _same(store: Database, model: Model) -> None:
    """Compare everything that is committed."""
    everything = store.read_now(lambda unit: unit.select(_asked(Select(limit=1_000))))
    assert [_present(row) for row in everything] == [_present(row) for row in model.select(Select(limit=1_000))]
    ids = list(model.records)
    records = store.read_now(lambda unit: unit.fetch(DEALS, ids))
    assert {i: _present({**r, "id": i}) for i, r in records.items()} == {
        i: _present({**r, "id": i}) for i, r in model.records.items()
    }


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One store for all examples; each begins by deleting what the last one left."""
    if request.param == "sqlite":
        path: Path = tmp_path_factory.mktemp("model") / "kaizen.db"
        opened = created(open_store(str(path), clock=Clock(), build_book=stub_book))
        yield opened
        opened.close()
        return
    with postgres_database() as url:
        opened = created(open_store(url, clock=Clock(), build_book=stub_book))
        yield opened
        opened.close()


@pytest.mark.source("assumed: both databases are one store")
@given(units=_units)
@settings(max_examples=EXAMPLES, deadline=None)
def test_every_database_agrees_with_a_dictionary(store: Database, units: list[tuple[list[Step], bool]]) -> None:
    left = [row["id"] for row in store.read_now(lambda unit: unit.select(_asked(Select(limit=1_000))))]
    store.write_now(lambda unit: unit.delete(DEALS, left, ADMIN))  # type: ignore[arg-type]  # ids
    model = Model()

    for steps, fails in units:
        after = Model()

        def work(unit: Unit, steps: list[Step] = steps, fails: bool = fails, after: Model = after) -> None:
            # A unit may be run again, so it begins with the model as it was.
            after.records = {i: dict(record) for i, record in model.records.items()}
            for step in steps:
                _take(unit, after, step)
            if fails:
                raise GaveUpError

        if fails:
            with pytest.raises(GaveUpError):
                store.write_now(work)
        else:
            store.write_now(work)
            model.records = after.records
        _same(store, model)
