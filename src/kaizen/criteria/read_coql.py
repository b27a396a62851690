"""A COQL query with every name looked up and every limit checked (reference: platform D.1)."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, NoReturn, TypeAlias

from kaizen.criteria.comparator_kinds import DENIES
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
from kaizen.vocabulary.data_types import NUMBERS, DataType

DEFAULT_LIMIT: Final = 200
_MOST_CRITERIA: Final = 25


@dataclass(frozen=True, slots=True)
class CoqlLimits:
    """What a query may ask for; older versions have lower limits than these (reference: platform D.1)."""

    rows: int = 2_000
    reach: int | None = 100_000  #: offset and limit together
    columns: int = 500
    values: int = 100  #: of one `in`
    joins: int = 5  #: lookups followed in conditions, groups and order
    joins_selected: int = 15
    order: int | None = 10
    groups: int = 4
    aggregates: int = 5
    subqueries: int = 5  #: of one query, whatever they lie in; each may give as many values as one `in` may have


@dataclass(frozen=True)
class CoqlColumn:
    """One column of the result."""

    reference: Reference
    aggregate: str  #: empty, or one of coql_syntax.AGGREGATES
    key: str  #: under which the result shows it: its alias, or as it was written

    @property
    def path(self) -> Path:
        """The field the column shows, or aggregates."""
        return self.reference.path


@dataclass(frozen=True)
class CoqlQuery:
    """A query that can be carried out."""

    module: Module
    columns: tuple[CoqlColumn, ...]
    where: Criteria
    group_by: tuple[Reference, ...] = ()
    order: tuple[tuple[CoqlColumn, bool], ...] = ()  #: with whether it is descending
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    custom_view_id: Id | None = None  #: its criteria hold too

    @property
    def is_grouped(self) -> bool:
        """Whether rows stand for groups of records; such rows have no id."""
        return bool(self.group_by) or any(column.aggregate for column in self.columns)


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
            raise _invalid({})
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
        raise _invalid({"cvid": view})
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
                    raise _invalid({"column_name": column.reference.path[-1]})
        return query

    # -- columns

    def _columns(self, written: tuple[ColumnText, ...]) -> tuple[CoqlColumn, ...]:
        if len(written) > self._limits.columns:
            raise _limit(self._limits.columns)
        _check_aliases(written)
        aggregates = sum(1 for column in written if column.aggregate)
        if aggregates > self._limits.aggregates:
            raise _limit(self._limits.aggregates)
        return tuple(self._column(column, "", self._joins_selected) for column in written)

    def _column(self, written: ColumnText, clause: str, joins: set[Path]) -> CoqlColumn:
        reference = self._find(written.path, clause, joins)
        data_type = reference.data_type
        kind = kind_of(data_type)
        fits = {
            "": data_type is not DataType.SUBFORM,
            "COUNT": kind in (ValueKind.WHOLE, ValueKind.REAL, ValueKind.REFERENCE) or data_type is DataType.PICKLIST,
            "SUM": data_type in NUMBERS,
            "AVG": data_type in NUMBERS,
            "MIN": kind in ORDERED_KINDS - {ValueKind.TEXT},
            "MAX": kind in ORDERED_KINDS - {ValueKind.TEXT},
        }[written.aggregate]
        if not fits:
            raise _unsupported(written.path, clause)
        return CoqlColumn(reference, written.aggregate, written.alias or written.text)

    def _find(self, written: str, clause: str, joins: set[Path]) -> Reference:
        """Look a path up, and count the lookups it follows."""
        path = written.strip()
        if path.startswith("!"):
            root, _, path = path[1:].partition(".")
            if root != self._module.api_name:
                raise _invalid({"module": root})
        if not _PATH.fullmatch(path):
            raise _unsupported(written, clause)
        names = tuple(path.split("."))
        if len(names) > MOST_HOPS + 1:
            raise _limit(MOST_HOPS)
        for name in names[:-1]:
            _, arrow, meant = name.partition(ARROW)
            if arrow and not self._is_joinable(meant):
                raise _invalid({"module": meant})
        reference = find(self._catalog, self._module, names, through_any=True)
        if reference is None:
            raise _unsupported(written, clause)
        if reference.hops:
            joins.add(reference.path[:-1])
            most = self._limits.joins_selected if joins is self._joins_selected else self._limits.joins
            if len(joins) > most:
                raise _limit(most)
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
            raise _limit(_MOST_CRITERIA)
        return self._comparison(condition)

    def _comparison(self, said: Predicate) -> Criteria:
        reference = self._find(said.path, "where", self._joins)
        data_type = reference.data_type
        kind = kind_of(data_type)
        if not _OPERATORS[kind] or data_type is DataType.TEXTAREA:
            details = {"column_name": said.path, "operator": said.operator}
            value = _shown(said)
            message = "unsupported column in criteria"
            raise _invalid({"cv_criteria": False, **details, "value": value}, message)
        if said.operator not in _operators(reference, kind):
            raise _wrong_operator(said)
        if said.subquery is not None:
            return self._compared_with(reference, kind, said, said.subquery)
        comparator = _SIGNS[said.operator]
        if said.operator in _NULL_TESTS:
            return Compare(reference.path, comparator, None, data_type)
        if comparator is Comparator.NOT_LIKE and not (
            len(said.values[0]) > 1 and said.values[0][0] == said.values[0][-1] == "%"
        ):
            raise _wrong_operator(said)
        return _compare(reference, comparator, self._operand(reference, kind, comparator, said))

    def _compared_with(self, reference: Reference, kind: ValueKind, said: Predicate, subquery: Statement) -> Criteria:
        """Compare with what a subquery finds; each is carried out once, before the query around it."""
        if not self._limits.subqueries:
            no_subqueries()
        number = next(self._sequence)
        if number >= self._limits.subqueries:
            raise _limit(self._limits.subqueries)
        module, view = _module(subquery.module, self._catalog)
        inner = _Reading(subquery, module, self._catalog, self._limits, self._run, self._sequence).query(view)
        if len(inner.columns) != 1:
            names: list[Json] = [column.key for column in inner.columns]
            details: dict[str, Json] = {"sub_query_sequence": number, "column_name": names}
            raise _invalid(details, "subquery should contains only one column")
        if kind in MANY or not _comparable(kind, inner.columns[0]):
            raise _wrong_value(said)
        if subquery.limit is None:
            inner = replace(inner, limit=self._limits.values)
        found = self._run(inner)
        if inner.limit > self._limits.values or (subquery.limit is None and len(found) > inner.limit):
            raise _limit(self._limits.values)
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
            raise _invalid(wrong, "subquery return more than one values which is incompatible for the operator")
        return _compare(reference, comparator, values[0])

    def _operand(self, reference: Reference, kind: ValueKind, comparator: Comparator, said: Predicate) -> Value:
        if len(said.values) > self._limits.values:
            raise _limit(self._limits.values)
        texts: Iterable[str] = said.values
        if kind in MANY:
            # `'A;B'` is the set of A and B.
            texts = [part.strip() for value in said.values for part in value.split(";") if part.strip()]
        values = tuple(self._one(reference, said, text) for text in texts)
        if not values:
            raise _wrong_value(said)
        several = kind in MANY or comparator in (Comparator.IN, Comparator.NOT_IN) or len(values) > 1
        return values if several else values[0]

    def _one(self, reference: Reference, said: Predicate, text: str) -> Value:
        value = operand(reference.field, text)
        if isinstance(value, Flaw) or value is None:
            raise _wrong_value(said)
        return value

    # -- groups, order, bounds

    def _groups(self, written: tuple[str, ...]) -> tuple[Reference, ...]:
        if len(written) > self._limits.groups:
            raise _limit(self._limits.groups)
        groups = tuple(self._find(path, "group by", self._joins) for path in written)
        _once(groups, "duplicate group by column")
        return groups

    def _order(self, columns: tuple[CoqlColumn, ...]) -> tuple[tuple[CoqlColumn, bool], ...]:
        written = self._statement.order
        if self._limits.order is not None and len(written) > self._limits.order:
            raise _limit(self._limits.order)
        by_key = {column.key: column for column in columns}
        order = []
        for key in written:
            known = by_key.get(key.column.text)
            order.append((known or self._column(key.column, "order by", self._joins), key.descending))
        _once((column.reference for column, _ in order if not column.aggregate), "duplicate order by column")
        return tuple(order)

    def _bounds(self) -> tuple[int, int]:
        limit, offset = _whole(self._statement.limit, "limit"), _whole(self._statement.offset, "offset")
        if limit is None:
            limit = DEFAULT_LIMIT
        if limit < 1:
            raise RequestRefusedError(Problem(Code.INVALID_DATA, {}, "limit should be greater than 0"))
        if limit > self._limits.rows:
            raise _limit(self._limits.rows)
        offset = offset or 0
        if offset < 0:
            raise _invalid({"offset": str(self._statement.offset)}, "offset given seems to be invalid")
        if self._limits.reach is not None and offset + limit > self._limits.reach:
            raise _limit(self._limits.reach)
        return limit, offset


def _operators(reference: Reference, kind: ValueKind) -> frozenset[str]:
    # A formula may have no value, even where it returns true or false.
    return _OPERATORS[kind] | _NULL_TESTS if reference.field.data_type is DataType.FORMULA else _OPERATORS[kind]


def _check_aliases(columns: tuple[ColumnText, ...]) -> None:
    """Refuse columns that come twice, and names that would mean two columns."""
    seen: set[tuple[str, str]] = set()
    plain = {column.text for column in columns if column.alias is None}
    aliased: dict[str, list[str]] = {}
    for column in columns:
        if (column.aggregate, column.path) in seen:
            details: dict[str, Json] = {"column_name": column.path}
            if column.aggregate:
                raise _duplicate("duplicate aggregate function", {**details, "aggregate": column.aggregate})
            raise _duplicate("duplicate select column", details)
        seen.add((column.aggregate, column.path))
        if column.alias is None:
            continue
        if column.alias in plain:
            message = (
                "column name or property name given in select columns without alias name "
                "cannot be an alias name for other select columns"
            )
            raise _invalid({"column_name": column.text, "alias": column.alias}, message)
        aliased.setdefault(column.alias, []).append(column.text)
    for alias, referred in aliased.items():
        if len(referred) > 1:
            names: list[Json] = [*referred]
            raise RequestRefusedError(Problem(Code.DUPLICATE_ALIAS, {"referred_columns": names, "alias": alias}))


def _once(references: Iterable[Reference], message: str) -> None:
    seen: set[Path] = set()
    for reference in references:
        if reference.path in seen:
            raise _duplicate(message, {"column_name": ".".join(reference.path)})
        seen.add(reference.path)


def _compare(reference: Reference, comparator: Comparator, value: Value) -> Criteria:
    compared = Compare(reference.path, comparator, value, reference.data_type)
    if comparator not in DENIES:
        return compared
    # In SQL, what is null is not different from anything.
    filled = Compare(reference.path, Comparator.NOT_EMPTY, None, reference.data_type)
    return Group(GroupOperator.AND, (compared, filled))


def _comparable(kind: ValueKind, column: CoqlColumn) -> bool:
    """Return whether the values of a subquery's column can be compared with values of a kind."""
    given = kind_of(column.reference.data_type)
    if column.aggregate in ("COUNT", "AVG"):
        given = ValueKind.REAL
    ids = {ValueKind.REFERENCE, ValueKind.WHOLE}
    return given is kind or {given, kind} <= NUMERIC or ({given, kind} == ids and column.path[-1] == "id")


def _whole(said: str | None, name: str) -> int | None:
    if said is None:
        return None
    if not re.fullmatch(r"-?[0-9]{1,9}", said):
        raise _invalid({name: said}, f"{name} given seems to be invalid")
    return int(said)


def _shown(said: Predicate) -> Json:
    if said.operator in _NULL_TESTS:
        return "${EMPTY}" if said.operator == "is null" else "${NOTEMPTY}"
    values: list[Json] = [*said.values]
    return values[0] if len(values) == 1 else values


def _wrong_operator(said: Predicate) -> RequestRefusedError:
    return _invalid({"reason": "invalid operator found", "column_name": said.path, "operator": said.operator})


def _wrong_value(said: Predicate) -> RequestRefusedError:
    return _invalid({"reason": "invalid value found", "column_name": said.path, "operator": said.operator})


def _unsupported(path: str, clause: str) -> RequestRefusedError:
    details: dict[str, Json] = {"column_name": path}
    return _invalid({**details, "clause": clause} if clause else details, "unsupported column")


def _invalid(details: dict[str, Json], message: str = "") -> RequestRefusedError:
    return RequestRefusedError(Problem(Code.INVALID_QUERY, details, message))


def _duplicate(message: str, details: dict[str, Json]) -> RequestRefusedError:
    return RequestRefusedError(Problem(Code.DUPLICATE_DATA, details, message))


def _limit(limit: int) -> RequestRefusedError:
    return RequestRefusedError(Problem(Code.LIMIT_EXCEEDED, {"limit": limit}))
