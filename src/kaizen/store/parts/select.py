"""Queries as SQL: columns by path over joined lookups, filters, groups, order."""

from collections.abc import Sequence
from typing import Any, Final

from kaizen.criteria.field_paths import ARROW, DOCUMENTS, MODULE_OF, asks_for_module, is_kept, is_to_any, step
from kaizen.criteria.tree import Criteria, Path, key_of
from kaizen.fields.kinds import ColumnKind
from kaizen.model.catalog import Catalog, Module
from kaizen.model.values import Value
from kaizen.records.ports import Column, Order, Query
from kaizen.records.query import relatable
from kaizen.store.dialect import SqlDialect, kind_of, quoted
from kaizen.store.errors import StoreError
from kaizen.store.json_text import from_text, tuples
from kaizen.store.parts.records import RecordTables
from kaizen.store.table_layout import folded_column, has_words
from kaizen.store.unit_settings import UnitSettings
from kaizen.vocabulary.data_types import REFERENCES

_NUMBERS: Final = frozenset({ColumnKind.INTEGER, ColumnKind.REAL})


class Selection:
    """Reads of many records of one module; what waits to be written is written first."""

    def __init__(self, settings: UnitSettings, records: RecordTables) -> None:
        self._settings = settings
        self._session = settings.session
        self._dialect = settings.dialect
        self._records = records

    def select(self, query: Query) -> list[dict[str, Value]]:
        """Return rows by column key; the row id is always there under `id` unless grouped or aggregated."""
        self._records.flush()
        statement = _Select(query, self._settings.catalog, self._dialect)
        rows = self._session.rows(statement.text, statement.values)
        return statement.read(rows)

    def count(self, module: str, where: Criteria | None) -> int:
        """Return how many records of a module meet the criteria."""
        self._records.flush()
        sources = Sources(self._settings.catalog.by_name[module], self._settings.catalog, self._dialect)
        condition, values = _condition(where, sources, self._dialect)
        rows = self._session.rows(f"SELECT COUNT(*) FROM {sources.text}{condition}", values)
        return int(rows[0][0])


class Sources:
    """The tables of a query: the module's own, and one more for each lookup that a path goes through."""

    def __init__(self, module: Module, catalog: Catalog, dialect: SqlDialect) -> None:
        if not module.table:
            raise StoreError(f"records of {module.api_name} are not stored")
        self._module = module
        self._catalog = catalog
        self._dialect = dialect
        self._joined: dict[Path, tuple[str, Module]] = {(): ("t", module)}
        self._joins: list[str] = []

    @property
    def text(self) -> str:
        """What follows FROM; complete once every path was asked for."""
        return " ".join((f"{quoted(self._module.table)} AS t", *self._joins))

    def column(self, path: Path) -> str:
        """Return the SQL of a path, and join what it needs."""
        if len(path) > 1 and path[-1] == "id" and ARROW not in path[-2]:
            # The id of what a lookup names is the lookup's own value.
            return self.column(path[:-1])
        if asks_for_module(path):
            return self._module_of(self.column(path[: -len(MODULE_OF)]))
        alias, module = self._table(path[:-1])
        column = "id" if path[-1] == "id" else self._column_of(module, path[-1])
        return f"{alias}.{quoted(column)}"

    def folded(self, path: Path) -> str | None:
        """Return the SQL of the column that holds the text of a path without case; None: no column does."""
        if path[-1] == "id" or asks_for_module(path):
            return None
        alias, module = self._table(path[:-1])
        field = module.by_name.get(path[-1])
        column = "" if field is None or module.api_name in DOCUMENTS else folded_column(module, field)
        return f"{alias}.{quoted(column)}" if column else None

    def indexed_by_words(self, path: Path) -> str | None:
        """Return the SQL of the id under which the index of words has the text of a path; None: it has not."""
        field = self._module.by_name.get(path[0]) if len(path) == 1 else None
        return "t.id" if field is not None and has_words(self._module, field) else None

    def kind(self, path: Path) -> ColumnKind:
        """Return the kind of the column of a path."""
        if path[-1] == "id":
            return ColumnKind.INTEGER
        if asks_for_module(path):
            return ColumnKind.TEXT
        _, module = self._table(path[:-1])
        return kind_of(module.by_name[path[-1]])

    def _table(self, prefix: Path) -> tuple[str, Module]:
        known = self._joined.get(prefix)
        if known is not None:
            return known
        alias, module = self._table(prefix[:-1])
        lookup, _, _ = prefix[-1].partition(ARROW)
        field = module.by_name.get(lookup)
        is_lookup = field is not None and (field.data_type in REFERENCES or is_to_any(field))
        target = step(self._catalog, module, prefix[-1]) if is_lookup else None
        if target is None or not is_kept(target):
            raise StoreError(f"{key_of(prefix)} of {self._module.api_name} leads to no stored module")
        joined = f"j{len(self._joins) + 1}"
        link = f"{alias}.{quoted(self._column_of(module, lookup))}"
        table, only = target.table, ""
        if target.api_name in DOCUMENTS:
            table, only = "kz_document", f" AND {joined}.kind = '{DOCUMENTS[target.api_name]}'"
        self._joins.append(f"LEFT JOIN {quoted(table)} AS {joined} ON {joined}.id = {link}{only}")
        self._joined[prefix] = joined, target
        return joined, target

    def _module_of(self, link: str) -> str:
        """Return the SQL of the module in which an id is: an id is of one record of the organisation."""
        cases = (
            f"WHEN EXISTS (SELECT 1 FROM {quoted(m.table)} AS r WHERE r.id = {link}) THEN '{m.api_name}'"
            for m in relatable(self._catalog)
        )
        return f"CASE {' '.join(cases)} END"

    def _column_of(self, module: Module, name: str) -> str:
        field = module.by_name.get(name)
        if field is None or not field.column:
            raise StoreError(f"{module.api_name} stores no field {name}")
        return field.column


class _Select:
    """One query as a statement, and how its rows are read."""

    def __init__(self, query: Query, catalog: Catalog, dialect: SqlDialect) -> None:
        self._dialect = dialect
        self._sources = Sources(catalog.by_name[query.module], catalog, dialect)
        columns = list(query.columns)
        self._single = not query.group_by and not any(c.aggregate for c in columns)
        own_id = Column(("id",))
        if self._single and own_id not in columns:
            columns.append(own_id)
        shown = ", ".join(self._expression(c) for c in columns)
        condition, self.values = _condition(query.where, self._sources, dialect)
        groups = ", ".join(self._sources.column(path) for path in query.group_by)
        order = self._order(query)
        self.text = (
            f"SELECT {shown} FROM {self._sources.text}{condition}"
            f"{' GROUP BY ' + groups if groups else ''}{' ORDER BY ' + order if order else ''} LIMIT ? OFFSET ?"
        )
        self.values += [query.limit, query.offset]
        self._keys = [c.key for c in columns]
        kinds = [self._kind(c) for c in columns]
        self._json = [i for i, kind in enumerate(kinds) if kind is ColumnKind.JSON]
        self._flags = [i for i, kind in enumerate(kinds) if kind is ColumnKind.FLAG]
        encoded = dialect.read_number is not None
        self._numbers = [i for i, kind in enumerate(kinds) if kind is ColumnKind.REAL] if encoded else []

    def read(self, rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Value]]:
        """Return the rows by column key."""
        keys, read_number = self._keys, self._dialect.read_number
        if not self._json and not self._flags and not self._numbers:
            return [dict(zip(keys, row, strict=True)) for row in rows]
        found = []
        for row in rows:
            values: dict[str, Value] = dict(zip(keys, row, strict=True))
            for i in self._json:
                if row[i] is not None:
                    values[keys[i]] = tuples(from_text(row[i]))
            for i in self._flags:
                if row[i] is not None:
                    values[keys[i]] = bool(row[i])
            if read_number is not None:
                for i in self._numbers:
                    if row[i] is not None:
                        values[keys[i]] = read_number(row[i])
            found.append(values)
        return found

    def _order(self, query: Query) -> str:
        d = self._dialect
        keys = [f"{self._expression(o.column)} {self._direction(o)}" for o in query.order]
        if self._single:
            # Ties are broken by id, so that pages are stable.
            if Column(("id",)) not in [o.column for o in query.order]:
                keys.append("t.id ASC")
        else:
            keys += [f"{self._sources.column(path)} {d.ascending}" for path in query.group_by]
        return ", ".join(keys)

    def _direction(self, order: Order) -> str:
        if order.column == Column(("id",)):
            # It is never empty; where empty ones would go must not keep the database from the order of the table.
            return "DESC" if order.descending else "ASC"
        return self._dialect.descending if order.descending else self._dialect.ascending

    def _expression(self, column: Column) -> str:
        expression = self._sources.column(column.path)
        if not column.aggregate:
            return expression
        if column.aggregate == "COUNT":
            return f"COUNT({expression})"
        kind = self._sources.kind(column.path)
        if column.aggregate in ("SUM", "AVG"):
            if kind not in _NUMBERS:
                raise StoreError(f"{column.key} is asked of something that is no number")
            return (self._dialect.sum if column.aggregate == "SUM" else self._dialect.average).format(expression)
        if kind is ColumnKind.FLAG:
            expression = f"CAST({expression} AS INTEGER)"  # PostgreSQL has no least boolean
        return f"{column.aggregate}({expression})"

    def _kind(self, column: Column) -> ColumnKind:
        if column.aggregate == "COUNT":
            return ColumnKind.INTEGER
        if column.aggregate in ("SUM", "AVG"):
            return ColumnKind.REAL
        return self._sources.kind(column.path)


def _condition(criteria: Criteria | None, sources: Sources, dialect: SqlDialect) -> tuple[str, list[Any]]:
    if criteria is None:
        return "", []
    from kaizen.store.where import where

    condition, values = where(criteria, sources, dialect)
    return f" WHERE {condition}", list(values)
