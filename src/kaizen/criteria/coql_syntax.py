"""The grammar of COQL: a query as its author wrote it, before any name is looked up (reference: platform D.1)."""

from dataclasses import dataclass
from typing import Final, TypeAlias

from kaizen.criteria.coql_reserved import is_reserved
from kaizen.criteria.coql_tokens import CoqlToken, TokenKind, near, syntax_error, tokens_of, unexpected
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import GroupOperator

AGGREGATES: Final = ("SUM", "MIN", "MAX", "AVG", "COUNT")
#: Brackets inside brackets. 25 criteria joined two by two need 24.
DEEPEST: Final = 40
#: How many subqueries may lie inside each other.
_MOST_NESTED: Final = 5

_OTHER_STATEMENTS: Final = ("insert", "update", "delete", "upsert", "merge", "create", "drop", "alter", "truncate")
_SIGNS: Final = ("=", "!=", ">", ">=", "<", "<=")


@dataclass(frozen=True, slots=True)
class ColumnText:
    """A column as it is written: a path, perhaps inside an aggregate."""

    path: str
    aggregate: str = ""
    alias: str | None = None

    @property
    def text(self) -> str:
        """The column as results name it when it has no alias."""
        return f"{self.aggregate}({self.path})" if self.aggregate else self.path


@dataclass(frozen=True, slots=True)
class Predicate:
    """One comparison as it is written."""

    path: str
    operator: str  #: in lower case, words joined by one space: `not in`, `is null`
    values: tuple[str, ...] = ()
    subquery: "Statement | None" = None  #: gives the values


@dataclass(frozen=True, slots=True)
class Conjunction:
    """Two conditions."""

    operator: GroupOperator
    members: tuple["WhereClause", "WhereClause"]


WhereClause: TypeAlias = Predicate | Conjunction


@dataclass(frozen=True, slots=True)
class SortKey:
    """One sort key as it is written."""

    column: ColumnText
    descending: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A query as it is written."""

    columns: tuple[ColumnText, ...]
    module: str
    condition: WhereClause
    group_by: tuple[str, ...]
    order: tuple[SortKey, ...]
    limit: str | None
    offset: str | None


def parse_coql(query: str) -> Statement:
    """Read a query; raise RequestRefusedError with the service's error where it goes wrong."""
    return _Parser(tokens_of(query)).statement()


class _Parser:
    def __init__(self, tokens: list[CoqlToken]) -> None:
        self._tokens, self._at = tokens, 0
        self._nesting = _MOST_NESTED  #: how many subqueries may still lie inside the present one

    def statement(self) -> Statement:
        statement = self._statement()
        if self._next.kind is not TokenKind.END:
            raise unexpected(self._next)
        return statement

    def _statement(self) -> Statement:
        first = self._take()
        if first.says(*_OTHER_STATEMENTS):
            raise syntax_error("given coql query not supported", {})
        if not first.says("select"):
            raise near(first)
        columns = self._columns()
        self._clause("from")
        module = self._name()
        self._clause("where")
        condition = self._condition(DEEPEST)
        group_by = self._group_by()
        order = self._order_by(columns)
        limit, offset = self._bounds()
        return Statement(columns, module, condition, group_by, order, limit, offset)

    # -- columns

    def _columns(self) -> tuple[ColumnText, ...]:
        columns = [self._aliased()]
        while self._next.says(","):
            self._take()
            columns.append(self._aliased())
        return tuple(columns)

    def _aliased(self) -> ColumnText:
        column = self._column()
        said_as = self._next.says("as")
        if said_as:
            self._take()
        if self._next.kind is TokenKind.TEXT or (self._next.kind is TokenKind.WORD and not self._next.says("from")):
            alias = self._take().text
            if not alias.strip():
                details = {"column_name": column.text, "alias": alias}
                raise RequestRefusedError(Problem(Code.INVALID_ALIAS, {**details}))
            return ColumnText(column.path, column.aggregate, alias)
        if said_as:
            raise unexpected(self._next)
        return column

    def _column(self) -> ColumnText:
        """Read `path` or `AGGREGATE(path)`."""
        if self._next.says("from"):
            raise unexpected(self._next)
        if not self._following.says("("):
            return ColumnText(self._name())
        name = self._word()
        self._take()
        path = self._name()
        self._expect(")")
        if name not in AGGREGATES:
            details = {"reason": "unsupported aggregate function", "column": f"{name}({path})"}
            raise RequestRefusedError(Problem(Code.INVALID_DATA, {**details}))
        return ColumnText(path, name)

    # -- conditions

    def _condition(self, levels: int) -> WhereClause:
        """Read one condition, or two; a third needs brackets around the first two."""
        first = self._term(levels)
        if not self._next.says("and", "or"):
            return first
        operator = GroupOperator(self._take().text.upper())
        joined = Conjunction(operator, (first, self._term(levels)))
        if self._next.says("and", "or"):
            raise near(self._next)
        return joined

    def _term(self, levels: int) -> WhereClause:
        if self._next.says("not"):
            raise syntax_error("operator not supported", {"operator": "not"})
        if not self._next.says("("):
            return self._predicate()
        if not levels:
            raise near(self._next)
        self._take()
        inner = self._condition(levels - 1)
        self._expect(")")
        return inner

    def _predicate(self) -> Predicate:
        path = self._name()
        operator = self._operator()
        if operator in ("is null", "is not null"):
            return Predicate(path, operator)
        if operator in ("in", "not in"):
            return self._membership(path, operator)
        if operator in _SIGNS and self._next.says("(") and self._following.says("select"):
            self._take()
            return self._subquery(path, operator)
        low = self._value()
        if operator not in ("between", "not between"):
            return Predicate(path, operator, (low,))
        if not self._next.says("and"):
            raise near(self._next)
        self._take()
        return Predicate(path, operator, (low, self._value()))

    def _operator(self) -> str:
        token = self._take()
        if token.says(*_SIGNS, "like", "in", "between"):
            return token.text.lower()
        if token.says("not") and self._next.says("like", "in", "between"):
            return f"not {self._take().text.lower()}"
        if token.says("is"):
            negated = self._next.says("not")
            if negated:
                self._take()
            if self._next.says("null"):
                self._take()
                return "is not null" if negated else "is null"
        if token.kind is TokenKind.END or token.says("(", ")", ","):
            raise near(token)
        raise syntax_error("operator not supported", {"operator": token.text})

    def _membership(self, path: str, operator: str) -> Predicate:
        self._expect("(")
        if self._next.says("select"):
            return self._subquery(path, operator)
        values = [self._value()]
        while self._next.says(","):
            self._take()
            values.append(self._value())
        self._expect(")")
        return Predicate(path, operator, tuple(values))

    def _subquery(self, path: str, operator: str) -> Predicate:
        if not self._nesting:
            raise near(self._next)
        self._nesting -= 1
        subquery = self._statement()
        self._nesting += 1
        self._expect(")")
        return Predicate(path, operator, subquery=subquery)

    def _value(self) -> str:
        """Read a text in quotes, or a word: a number, true, false, or a text without quotes.

        `null` without quotes is not a value: only `is null` tests for it.
        """
        if self._next.says("("):
            self._take()
            self._refuse_subquery()
            raise unexpected(self._next)
        if self._next.kind not in (TokenKind.TEXT, TokenKind.WORD):
            raise unexpected(self._next)
        if self._next.says("null"):
            raise RequestRefusedError(Problem(Code.INVALID_QUERY))
        return self._take().text

    def _refuse_subquery(self) -> None:
        if self._next.says("select"):
            raise syntax_error("given coql query not supported", {})

    # -- what follows the conditions

    def _group_by(self) -> tuple[str, ...]:
        if not self._begins("group"):
            return ()
        names = [self._name()]
        while self._next.says(","):
            self._take()
            names.append(self._name())
        return tuple(names)

    def _order_by(self, columns: tuple[ColumnText, ...]) -> tuple[SortKey, ...]:
        if not self._begins("order"):
            return ()
        aliases = frozenset(column.alias for column in columns)
        order = [self._sorted(aliases)]
        while self._next.says(","):
            self._take()
            order.append(self._sorted(aliases))
        return tuple(order)

    def _sorted(self, aliases: frozenset[str | None]) -> SortKey:
        # An alias may be any word where columns are chosen, so it may be here.
        column = ColumnText(self._take().text) if self._next.text in aliases else self._column()
        descending = self._next.says("desc")
        if descending or self._next.says("asc"):
            self._take()
        return SortKey(column, descending)

    def _begins(self, word: str) -> bool:
        """Read `GROUP BY` or `ORDER BY` if it stands here."""
        if not self._next.says(word):
            return False
        self._take()
        self._expect("by")
        return True

    def _bounds(self) -> tuple[str | None, str | None]:
        """Read `LIMIT n [OFFSET m]`, `LIMIT m, n` or `OFFSET m`."""
        limit = offset = None
        if self._next.says("limit"):
            self._take()
            limit = self._number()
            if self._next.says(","):
                self._take()
                offset, limit = limit, self._number()
        if offset is None and self._next.says("offset"):
            self._take()
            offset = self._number()
        return limit, offset

    def _number(self) -> str:
        if self._next.kind not in (TokenKind.WORD, TokenKind.TEXT):
            raise near(self._next)
        return self._take().text

    # -- words

    @property
    def _next(self) -> CoqlToken:
        return self._tokens[self._at]

    def _take(self) -> CoqlToken:
        token = self._tokens[self._at]
        if token.kind is not TokenKind.END:
            self._at += 1
        return token

    @property
    def _following(self) -> CoqlToken:
        """The word after the next one."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def _word(self) -> str:
        """Read a word, which may stand in quotes."""
        if self._next.kind not in (TokenKind.WORD, TokenKind.TEXT):
            raise unexpected(self._next)
        return self._take().text

    def _name(self) -> str:
        """Read a name; a reserved word is one in quotes only."""
        if self._next.kind is TokenKind.WORD and is_reserved(self._next.text):
            raise near(self._next)
        return self._word()

    def _clause(self, word: str) -> None:
        if self._next.says(word):
            self._take()
            return
        if any(token.says(word) for token in self._tokens[self._at :]):
            raise unexpected(self._next)
        raise syntax_error("missing clause", {"clause": word})

    def _expect(self, word: str) -> None:
        if not self._next.says(word):
            raise unexpected(self._next)
        self._take()
