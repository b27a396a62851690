"""A COQL query with every name looked up and every limit checked (reference: platform D.1)."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Final, NoReturn, TypeAlias

from kaizen.criteria.comparator_kinds import DENIES
from kaizen.criteria.coql_query import DEFAULT_LIMIT, CoqlColumn, CoqlLimits, CoqlQuery
from kaizen.criteria.coql_refusals import (
    check_aliases,
    check_unique,
    invalid_query,
    limit_exceeded,
    unsupported_column,
    wrong_operator,
    wrong_value,
)
from kaizen.criteria.coql_syntax import ColumnText, Conjunction, Predicate, Statement, WhereClause, parse_coql
from kaizen.criteria.coql_tokens import syntax_error
from kaizen.criteria.field_paths import ARROW, MOST_HOPS, Reference, find
from kaizen.criteria.tree import Compare, Criteria, Group, Path
from kaizen.fields.conversion import operand
from kaizen.fields.flaw import Flaw
from kaizen.fields.kinds import MANY, NUMERIC, ORDERED_KINDS, ValueKind, kind_of
from kaizen.fields.reference import id_of
from kaizen.fields.text import is_storable
from kaizen.model.catalog import Catalog, Module
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Id, Json, Value
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import DataType

_MOST_CRITERIA: Final = 25

#: Carries out a subquery: the values of its one column, one more than its limit where there are more.
RunSubquery: TypeAlias = Callable[[CoqlQuery], Sequence[Value]]


def no_subqueries(*_: object) -> NoReturn:
    """Refuse a subquery: the version has none, or there is nothing that could carry it out."""
    raise syntax_error("given coql query not supported", {})


def read_coql(
    query: str, catalog: Catalog, limits: CoqlLimits, run: RunSubquery = no_subqueries
) -> CoqlQuery | Problem:
    """Read a query on any module of the catalog; `run` gives the values of its subqueries."""
    try:
        if not is_storable(query):
            raise invalid_query({})
        statement = parse_coql(query)
        module, view = _module(statement.module, catalog)
        return _Reading(statement, module, catalog, limits, run, count()).query(view)
    except RequestRefusedError as refused:
        return refused.problem


def _module(said: str, catalog: Catalog) -> tuple[Module, Id | None]:
    name, marked, view = said.partition("#")
    module = catalog.by_name.get(name)
    if module is None or not module.api_supported:
        message = "the given module is not supported in api"
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {}, message))
    view_id = id_of(view) if marked else None
    if marked and view_id is None:
        raise invalid_query({"cvid": view})
    return module, view_id


_SIGNS: Final = {
    "=": Comparator.EQUAL,
    "!=": Comparator.NOT_EQUAL,
    ">": Comparator.GREATER_THAN,
    ">=": Comparator.GREATER_EQUAL,
    "<": Comparator.LESS_THAN,
    "<=": Comparator.LESS_EQUAL,
    "like": Comparator.LIKE,
    "not like": Comparator.NOT_LIKE,
    "in": Comparator.IN,
    "not in": Comparator.NOT_IN,
    "between": Comparator.BETWEEN,
    "not between": Comparator.NOT_BETWEEN,
    "is null": Comparator.EMPTY,
    "is not null": Comparator.NOT_EMPTY,
}
_NULL_TESTS: Final = frozenset({"is null", "is not null"})
_EQUALITY: Final = frozenset({"=", "!=", "in", "not in"}) | _NULL_TESTS
_ORDER: Final = _EQUALITY | {">", ">=", "<", "<=", "between", "not between"}
_TEXT: Final = _EQUALITY | {"like", "not like"}
_OPERATORS: Final[dict[ValueKind, frozenset[str]]] = {
    ValueKind.TEXT: _TEXT,
    ValueKind.TEXTS: _TEXT,
    ValueKind.WHOLE: _ORDER,
    ValueKind.REAL: _ORDER,
    ValueKind.DATE: _ORDER,
    ValueKind.DATETIME: _ORDER,
    ValueKind.REFERENCE: _EQUALITY,
    ValueKind.BOOLEAN: frozenset({"="}),
    ValueKind.REFERENCES: frozenset(),
    ValueKind.OTHER: frozenset(),
}
#: What a path looks like; anything else (a function) is an unknown column.
_PATH: Final = re.compile(r"[\w$]+(?:->\w+)?(?:\.[\w$]+(?:->\w+)?)*")


class _Reading:
    def __init__(
        self,
        statement: Statement,
        module: Module,
        catalog: Catalog,
        limits: CoqlLimits,
        run: RunSubquery,
        sequence: Iterator[int],
    ) -> None:
        self._statement, self._module, self._catalog, self._limits = statement, module, catalog, limits
        self._run, self._sequence = run, sequence  #: numbers the subqueries of the whole query
        self._joins: set[Path] = set()
        self._joins_selected: set[Path] = set()
        self._criteria = 0

    def query(self, view: Id | None) -> CoqlQuery:
        statement = self._statement
        columns = self._columns(statement.columns)
        where = self._condition(statement.condition)
        groups = self._groups(statement.group_by)
        order = self._order(columns)
        limit, offset = self._bounds()
        query = CoqlQuery(self._module, columns, where, groups, order, limit, offset, view)
        if query.is_grouped:
            grouped = {group.path for group in groups}
            for column in (*columns, *(column for column, _ in order)):
                if not column.aggregate and column.path not in grouped:
                    raise invalid_query({"column_name": column.reference.path[-1]})
        return query

    # -- columns

    def _columns(self, written: tuple[ColumnText, ...]) -> tuple[CoqlColumn, ...]:
        if len(written) > self._limits.columns:
            raise limit_exceeded(self._limits.columns)
        check_aliases(written)
        aggregates = sum(1 for column in written if column.aggregate)
        if aggregates > self._limits.aggregates:
            raise limit_exceeded(self._limits.aggregates)
        return tuple(self._column(column, "", self._joins_selected) for column in written)

    def _column(self, written: ColumnText, clause: str, joins: set[Path]) -> CoqlColumn:
        reference = self._find(written.path, clause, joins)
        data_type = reference.data_type
        kind = kind_of(data_type)
        fits = {
            "": data_type is not DataType.SUBFORM,
            "COUNT": kind in (ValueKind.WHOLE, ValueKind.REAL, ValueKind.REFERENCE) or data_type is DataType.PICKLIST,
            "SUM": kind in NUMERIC,
            "AVG": kind in NUMERIC,
            "MIN": kind in ORDERED_KINDS - {ValueKind.TEXT},
            "MAX": kind in ORDERED_KINDS - {ValueKind.TEXT},
        }[written.aggregate]
        if not fits:
            raise unsupported_column(written.path, clause)
        return CoqlColumn(reference, written.aggregate, written.alias or written.text)

    def _find(self, written: str, clause: str, joins: set[Path]) -> Reference:
        """Look a path up, and count the lookups it follows."""
        path = written.strip()
        if path.startswith("!"):
            root, _, path = path[1:].partition(".")
            if root != self._module.api_name:
                raise invalid_query({"module": root})
        if not _PATH.fullmatch(path):
            raise unsupported_column(written, clause)
        names = tuple(path.split("."))
        if len(names) > MOST_HOPS + 1:
            raise limit_exceeded(MOST_HOPS)
        for name in names[:-1]:
            _, arrow, meant = name.partition(ARROW)
            if arrow and not self._is_joinable(meant):
                raise invalid_query({"module": meant})
        reference = find(self._catalog, self._module, names, through_any=True)
        if reference is None:
            raise unsupported_column(written, clause)
        if reference.hops:
            joins.add(reference.path[:-1])
            most = self._limits.joins_selected if joins is self._joins_selected else self._limits.joins
            if len(joins) > most:
                raise limit_exceeded(most)
        return reference

    def _is_joinable(self, name: str) -> bool:
        module = self._catalog.by_name.get(name)
        return module is not None and module.api_supported and bool(module.table)

    # -- conditions

    def _condition(self, condition: WhereClause) -> Criteria:
        if isinstance(condition, Conjunction):
            return Group(condition.operator, tuple(map(self._condition, condition.members)))
        self._criteria += 1
        if self._criteria > _MOST_CRITERIA:
            raise limit_exceeded(_MOST_CRITERIA)
        return self._comparison(condition)

    def _comparison(self, said: Predicate) -> Criteria:
        reference = self._find(said.path, "where", self._joins)
        data_type = reference.data_type
        kind = kind_of(data_type)
        if not _OPERATORS[kind] or data_type is DataType.TEXTAREA:
            details = {"column_name": said.path, "operator": said.operator}
            value = _shown(said)
            message = "unsupported column in criteria"
            raise invalid_query({"cv_criteria": False, **details, "value": value}, message)
        if said.operator not in _operators(reference, kind):
            raise wrong_operator(said)
        if said.subquery is not None:
            return self._compared_with(reference, kind, said, said.subquery)
        comparator = _SIGNS[said.operator]
        if said.operator in _NULL_TESTS:
            return Compare(reference.path, comparator, None, data_type)
        if comparator is Comparator.NOT_LIKE and not (
            len(said.values[0]) > 1 and said.values[0][0] == said.values[0][-1] == "%"
        ):
            raise wrong_operator(said)
        return _compare(reference, comparator, self._operand(reference, kind, comparator, said))

    def _compared_with(self, reference: Reference, kind: ValueKind, said: Predicate, subquery: Statement) -> Criteria:
        """Compare with what a subquery finds; each is carried out once, before the query around it."""
        if not self._limits.subqueries:
            no_subqueries()
        number = next(self._sequence)
        if number >= self._limits.subqueries:
            raise limit_exceeded(self._limits.subqueries)
        module, view = _module(subquery.module, self._catalog)
        inner = _Reading(subquery, module, self._catalog, self._limits, self._run, self._sequence).query(view)
        if len(inner.columns) != 1:
            names: list[Json] = [column.key for column in inner.columns]
            details: dict[str, Json] = {"sub_query_sequence": number, "column_name": names}
            raise invalid_query(details, "subquery should contains only one column")
        if kind in MANY or not _comparable(reference, kind, inner.columns[0]):
            raise wrong_value(said)
        if subquery.limit is None:
            inner = replace(inner, limit=self._limits.values)
        found = self._run(inner)
        if inner.limit > self._limits.values or (subquery.limit is None and len(found) > inner.limit):
            raise limit_exceeded(self._limits.values)
        values = tuple(dict.fromkeys(value for value in found[: inner.limit] if value is not None))
        comparator = _SIGNS[said.operator]
        if not values:
            # Nothing is equal to, or less than, what is not there; and everything is outside of it.
            several = comparator if comparator is Comparator.NOT_IN else Comparator.IN
            return Compare(reference.path, several, (), reference.data_type)
        if comparator in (Comparator.IN, Comparator.NOT_IN):
            return _compare(reference, comparator, values)
        if len(values) > 1:
            wrong: dict[str, Json] = {"sub_query_sequence": number, "operator": said.operator}
            raise invalid_query(wrong, "subquery return more than one values which is incompatible for the operator")
        return _compare(reference, comparator, values[0])

    def _operand(self, reference: Reference, kind: ValueKind, comparator: Comparator, said: Predicate) -> Value:
        if len(said.values) > self._limits.values:
            raise limit_exceeded(self._limits.values)
        texts: Iterable[str] = said.values
        if kind in MANY:
            # `'A;B'` is the set of A and B.
            texts = [part.strip() for value in said.values for part in value.split(";") if part.strip()]
        values = tuple(self._one(reference, said, text) for text in texts)
        if not values:
            raise wrong_value(said)
        several = kind in MANY or comparator in (Comparator.IN, Comparator.NOT_IN) or len(values) > 1
        return values if several else values[0]

    def _one(self, reference: Reference, said: Predicate, text: str) -> Value:
        value = operand(reference.field, text)
        if isinstance(value, Flaw) or value is None:
            raise wrong_value(said)
        return value

    # -- groups, order, bounds

    def _groups(self, written: tuple[str, ...]) -> tuple[Reference, ...]:
        if len(written) > self._limits.groups:
            raise limit_exceeded(self._limits.groups)
        groups = tuple(self._find(path, "group by", self._joins) for path in written)
        check_unique(groups, "duplicate group by column")
        return groups

    def _order(self, columns: tuple[CoqlColumn, ...]) -> tuple[tuple[CoqlColumn, bool], ...]:
        written = self._statement.order
        if self._limits.order is not None and len(written) > self._limits.order:
            raise limit_exceeded(self._limits.order)
        by_key = {column.key: column for column in columns}
        order = []
        for key in written:
            known = by_key.get(key.column.text)
            order.append((known or self._column(key.column, "order by", self._joins), key.descending))
        check_unique((column.reference for column, _ in order if not column.aggregate), "duplicate order by column")
        return tuple(order)

    def _bounds(self) -> tuple[int, int]:
        limit, offset = _whole(self._statement.limit, "limit"), _whole(self._statement.offset, "offset")
        if limit is None:
            limit = DEFAULT_LIMIT
        if limit < 1:
            raise RequestRefusedError(Problem(Code.INVALID_DATA, {}, "limit should be greater than 0"))
        if limit > self._limits.rows:
            raise limit_exceeded(self._limits.rows)
        offset = offset or 0
        if offset < 0:
            raise invalid_query({"offset": str(self._statement.offset)}, "offset given seems to be invalid")
        if self._limits.reach is not None and offset + limit > self._limits.reach:
            raise limit_exceeded(self._limits.reach)
        return limit, offset


def _operators(reference: Reference, kind: ValueKind) -> frozenset[str]:
    # A formula may have no value, even where it returns true or false.
    return _OPERATORS[kind] | _NULL_TESTS if reference.field.data_type is DataType.FORMULA else _OPERATORS[kind]


def _compare(reference: Reference, comparator: Comparator, value: Value) -> Criteria:
    compared = Compare(reference.path, comparator, value, reference.data_type)
    if comparator not in DENIES:
        return compared
    # In SQL, what is null is not different from anything.
    filled = Compare(reference.path, Comparator.NOT_EMPTY, None, reference.data_type)
    return Group(GroupOperator.AND, (compared, filled))


def _comparable(reference: Reference, kind: ValueKind, column: CoqlColumn) -> bool:
    """Return whether the values of a subquery's column can be compared with those of a field: ids also with lookups."""
    given = kind_of(column.reference.data_type)
    if column.aggregate in ("COUNT", "AVG"):
        given = ValueKind.REAL
    ids = {ValueKind.REFERENCE, ValueKind.WHOLE}
    are_ids = (column.path if kind is ValueKind.REFERENCE else reference.path)[-1] == "id"
    return given is kind or {given, kind} <= NUMERIC or ({given, kind} == ids and are_ids)


def _whole(said: str | None, name: str) -> int | None:
    if said is None:
        return None
    if not re.fullmatch(r"-?[0-9]{1,9}", said):
        raise invalid_query({name: said}, f"{name} given seems to be invalid")
    return int(said)


def _shown(said: Predicate) -> Json:
    if said.operator in _NULL_TESTS:
        return "${EMPTY}" if said.operator == "is null" else "${NOTEMPTY}"
    values: list[Json] = [*said.values]
    return values[0] if len(values) == 1 else values
