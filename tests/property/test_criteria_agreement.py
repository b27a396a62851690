"""Every way to evaluate criteria gives the same answers: interpreter, compiled set, SQLite, PostgreSQL."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import apsw
import msgspec
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaizen.criteria.compile import compile_set
from kaizen.criteria.explain import explain
from kaizen.criteria.holds import holds
from kaizen.criteria.read_search import read_search
from kaizen.criteria.tree import CURRENT_USER, CURRENT_USER_ROLE, Compare, Criteria, Path, key_of, leaves
from kaizen.fields.kinds import MANY, ColumnKind
from kaizen.fields.kinds import kind_of as kind_of_type
from kaizen.fields.text import fold
from kaizen.model.values import Value, Values
from kaizen.store.dialect import POSTGRES, SQLITE, SqlDialect, kind_of
from kaizen.store.sqlite import functions
from kaizen.store.where import where
from kaizen.vocabulary.data_types import DataType
from tests.support.strategies import (
    CATALOG,
    DEALS,
    FIELDS,
    ROLE_OF_OWNER,
    a_field,
    records,
    trees_and_records,
)
from tests.unit.test_criteria_holds import CASES, RECORD, TYPES

EXAMPLES = 1_000

_Case = tuple[list[Criteria], list[dict[str, Value]]]
_Run = Callable[[str, Sequence[object]], list[Any]]


class Table:
    """A table `t` with a column for each field (or path) of some records."""

    def __init__(self, dialect: SqlDialect, run: _Run, kinds: Mapping[str, ColumnKind]) -> None:
        self._dialect, self._run = dialect, run
        self._columns = {key: (f"c{n}", kind) for n, (key, kind) in enumerate(kinds.items())}
        #: Of every second text, the column that holds it without case.
        self._of_folded = {
            key: f"f{column}" for key, (column, kind) in self._columns.items() if kind is ColumnKind.TEXT
        }
        self._of_folded = dict(list(self._of_folded.items())[::2])
        held = [*self._columns.values(), *((column, ColumnKind.TEXT) for column in self._of_folded.values())]
        columns = ", ".join(f"{column} {dialect.types[kind]}" for column, kind in held)
        self._run(f"CREATE TABLE t (n INTEGER, {columns})", ())

    def fill(self, records: Sequence[Values]) -> None:
        """Replace the rows."""
        names = ["n", *(column for column, _ in self._columns.values()), *self._of_folded.values()]
        marks = f"({', '.join('?' * len(names))})"
        rows = [[n, *self._row(record)] for n, record in enumerate(records)]
        self._run("DELETE FROM t", ())
        text = f"INSERT INTO t ({', '.join(names)}) VALUES {', '.join([marks] * len(rows))}"
        self._run(text, [value for row in rows for value in row])

    def selected(self, tree: Criteria) -> list[int]:
        """Return which records meet criteria."""
        condition, values = where(tree, self, self._dialect)
        return [n for (n,) in self._run(f"SELECT n FROM t WHERE {condition} ORDER BY n", values)]

    def column(self, path: Path) -> str:
        """Return the SQL of a field."""
        return f"t.{self._columns[key_of(path)][0]}"

    def folded(self, path: Path) -> str | None:
        """Return the SQL of the column that holds a field's text without case; None: no column does."""
        column = self._of_folded.get(key_of(path))
        return None if column is None else f"t.{column}"

    def indexed_by_words(self, path: Path) -> str | None:
        """Return None: the table has no index of words."""

    def _stored(self, kind: ColumnKind, value: Any) -> Any:
        match kind:
            case ColumnKind.JSON:
                return msgspec.json.encode(value).decode()
            case ColumnKind.REAL:
                return self._dialect.stored_number(value)
            case _:
                return value

    def _row(self, record: Values) -> list[Any]:
        row = []
        for key, (_, kind) in self._columns.items():
            value = record.get(key)
            row.append(value if value is None else self._stored(kind, value))
        texts = map(record.get, self._of_folded)
        return [*row, *(fold(text) if isinstance(text, str) else None for text in texts)]


KINDS = {f.api_name: kind_of(f) for f in FIELDS} | {
    key_of(path): ColumnKind.INTEGER for path in (CURRENT_USER, CURRENT_USER_ROLE, ROLE_OF_OWNER)
}
#: The fields of the table of examples.
EXAMPLE_KINDS = {key: kind_of(a_field(1, key, data_type)) for key, data_type in TYPES.items()} | {
    CURRENT_USER[0]: ColumnKind.INTEGER,
    "Missing": ColumnKind.TEXT,
}


@pytest.fixture
def run_sqlite() -> _Run:
    """What carries out a statement on SQLite."""
    database = apsw.Connection(":memory:")
    functions.register(database)
    return lambda text, values: database.execute(text, values).fetchall()


@pytest.fixture
def run_postgres(postgres_url: str) -> Iterator[_Run]:
    """What carries out a statement on PostgreSQL."""
    with psycopg.connect(postgres_url) as database:

        def run(text: str, values: Sequence[object]) -> list[Any]:
            cursor = database.execute(text.replace("%", "%%").replace("?", "%s").encode(), values)
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.mark.source("assumed: criteria mean one thing wherever they are evaluated")
@settings(max_examples=EXAMPLES, deadline=None)
@given(trees_and_records())
def test_a_compiled_set_agrees_with_the_interpreter(case: _Case) -> None:
    trees, rows = case
    compiled = compile_set(dict(enumerate(trees)))

    for row in rows:
        assert compiled.matches(row) == [n for n, tree in enumerate(trees) if holds(tree, row)]


@pytest.mark.source("assumed: criteria mean one thing wherever they are evaluated")
def test_sqlite_agrees_with_the_interpreter(run_sqlite: _Run) -> None:
    _agrees(Table(SQLITE, run_sqlite, KINDS))


@pytest.mark.source("assumed: criteria mean one thing wherever they are evaluated")
def test_postgresql_agrees_with_the_interpreter(run_postgres: _Run) -> None:
    _agrees(Table(POSTGRES, run_postgres, KINDS))


def _agrees(table: Table) -> None:
    @settings(max_examples=EXAMPLES, deadline=None)
    @given(trees_and_records())
    def agrees(case: _Case) -> None:
        trees, rows = case
        table.fill(rows)

        for tree in trees:
            assert table.selected(tree) == [n for n, row in enumerate(rows) if holds(tree, row)]

    agrees()


#: For each field that a search can look at: the trees of `equals:null`, `not_equal:null` and `in:null`.
NULLS = {
    f.api_name: [read_search(f"{f.api_name}:{word}:null", DEALS, CATALOG) for word in ("equals", "not_equal", "in")]
    for f in FIELDS
    if kind_of_type(f.data_type) not in MANY and f.data_type not in (DataType.RRULE, DataType.BOOLEAN)
}


@pytest.mark.source("assumed: criteria mean one thing wherever they are evaluated")
def test_a_search_for_null_finds_what_is_empty(run_sqlite: _Run, run_postgres: _Run) -> None:
    tables = [Table(SQLITE, run_sqlite, KINDS), Table(POSTGRES, run_postgres, KINDS)]

    @settings(max_examples=50, deadline=None)
    @given(st.lists(records(), min_size=1, max_size=4))
    def finds(rows: list[dict[str, Value]]) -> None:
        for table in tables:
            table.fill(rows)
        for name, trees in NULLS.items():
            empty = [n for n, row in enumerate(rows) if row[name] is None]
            filled = [n for n, row in enumerate(rows) if row[name] is not None]
            for tree, expected in zip(trees, (empty, filled, empty), strict=True):
                assert isinstance(tree, Compare), (name, tree)
                compiled = compile_set({"it": tree})
                assert [n for n, row in enumerate(rows) if holds(tree, row)] == expected
                assert [n for n, row in enumerate(rows) if compiled.matches(row)] == expected
                assert [table.selected(tree) for table in tables] == [expected, expected]

    finds()


@pytest.mark.source("assumed: criteria.tree says what comparators mean")
def test_sqlite_finds_what_the_table_of_examples_says(run_sqlite: _Run) -> None:
    _finds_the_examples(Table(SQLITE, run_sqlite, EXAMPLE_KINDS))


@pytest.mark.source("assumed: criteria.tree says what comparators mean")
def test_postgresql_finds_what_the_table_of_examples_says(run_postgres: _Run) -> None:
    _finds_the_examples(Table(POSTGRES, run_postgres, EXAMPLE_KINDS))


def _finds_the_examples(table: Table) -> None:
    table.fill([RECORD])

    wrong = [str(case) for case in CASES if table.selected(case.criteria) != ([0] if case.holds else [])]
    assert wrong == []


@pytest.mark.source("assumed: a trace names the comparisons that failed, and only when criteria do not hold")
@settings(max_examples=200, deadline=None)
@given(trees_and_records())
def test_an_explanation_names_only_comparisons_that_fail_and_has_none_where_criteria_hold(case: _Case) -> None:
    trees, rows = case
    for tree in trees:
        for row in rows:
            reasons = explain(tree, row)

            failing = {key_of(leaf.path) for leaf in leaves(tree) if not holds(leaf, row)}
            named = {reason["field"] for reason in reasons if isinstance(reason, dict)}
            assert named <= failing
            assert not (reasons and holds(tree, row))
            msgspec.json.encode(reasons)
