"""Criteria as SQL: the same answers as criteria.holds, on every database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, Protocol

from kaizen.criteria.normal_form import NormalForm, normal_form_of
from kaizen.criteria.normal_tests import Form, Test
from kaizen.criteria.tree import Compare, Criteria, Path
from kaizen.fields.kinds import MANY, NUMERIC, ColumnKind, ValueKind
from kaizen.fields.words import terms_of
from kaizen.model.numbers import is_number
from kaizen.store.dialect import SqlDialect
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import DataType

_SYMBOLS: Final = {
    Test.EQUAL: "=",
    Test.LESS: "<",
    Test.LESS_EQUAL: "<=",
    Test.GREATER: ">",
    Test.GREATER_EQUAL: ">=",
}
#: One element of the rows that a JSON array is.
_ELEMENT: Final = "e.value"
#: In which column a list of operands would lie.
_COLUMNS: Final = {
    ValueKind.TEXT: ColumnKind.TEXT,
    ValueKind.TEXTS: ColumnKind.TEXT,
    ValueKind.DATE: ColumnKind.TEXT,
    ValueKind.REAL: ColumnKind.REAL,
    ValueKind.BOOLEAN: ColumnKind.FLAG,
    ValueKind.WHOLE: ColumnKind.INTEGER,
    ValueKind.DATETIME: ColumnKind.INTEGER,
    ValueKind.REFERENCE: ColumnKind.INTEGER,
    ValueKind.REFERENCES: ColumnKind.INTEGER,
    ValueKind.OTHER: ColumnKind.JSON,  # it compares with nothing
}


_BY_WORDS: Final = frozenset({Comparator.HAS_WORDS, Comparator.HAS_WORD_STARTING, Comparator.SAME_NUMBER})

#: The last of all characters, and those that are none alone.
_LAST: Final = chr(0x10FFFF)
_SURROGATES: Final = 0xD800
_AFTER_SURROGATES: Final = 0xE000

#: SQLite refuses a thousand tests in a row (SQLITE_MAX_EXPR_DEPTH), PostgreSQL's stack some ten thousand.
_LONGEST_CHAIN: Final = 100


class Columns(Protocol):
    """The SQL of fields; what a path goes through is joined when it is asked for."""

    def column(self, path: Path) -> str: ...
    def folded(self, path: Path) -> str | None:
        """Return the SQL of the column that holds the text of a path without case; None: no column does."""

    def indexed_by_words(self, path: Path) -> str | None:
        """Return the SQL of the id under which the index of words has the text of a path; None: it has not."""


def where(criteria: Criteria, columns: Columns, dialect: SqlDialect) -> tuple[str, list[Any]]:
    """Write criteria as a condition with `?` marks, and the values to bind to them.

    Raise UnresolvedTokenError for a value that depends
    on the day.
    """
    condition = _Condition(columns, dialect)
    text = condition.write(criteria)
    return text, condition.values


def _linked(link: str, tests: Sequence[str]) -> str:
    """Link tests; many of them in halves, so that none lies deep."""
    if len(tests) <= _LONGEST_CHAIN:
        return f"({link.join(tests)})"
    middle = len(tests) // 2
    return f"({_linked(link, tests[:middle])}{link}{_linked(link, tests[middle:])})"


class _Words(NamedTuple):
    """A question to the index of words: which records have all terms, the last of which may be only begun."""

    record: str  #: the SQL of a record's id
    terms: tuple[str, ...]
    begun: bool


class _Condition:
    """One condition: its text and its values grow together, from left to right."""

    def __init__(self, columns: Columns, dialect: SqlDialect) -> None:
        self._columns = columns
        self._dialect = dialect
        self.values: list[Any] = []
        self._known: _Words | None = None  #: what the index of words was asked around what is written now

    def write(self, criteria: Criteria) -> str:
        if isinstance(criteria, Compare):
            return self._comparison(criteria)
        both = criteria.operator is GroupOperator.AND
        if not criteria.members:
            return _always(both)
        if len(criteria.members) == 1:
            return self.write(criteria.members[0])
        words = None if both else self._words_of_all(criteria.members)
        found = "" if words is None else self._having(words)
        with self._looked_up(words):
            linked = _linked(" AND " if both else " OR ", [*map(self.write, criteria.members)])
        return f"({found} AND {linked})" if found else linked

    def _comparison(self, leaf: Compare) -> str:
        meaning = normal_form_of(leaf)
        if meaning.test is Test.ALWAYS or meaning.test is Test.NEVER:
            return _always(meaning.test is Test.ALWAYS)
        column = self._columns.column(leaf.path)
        if meaning.ref is not None:
            return self._against_field(leaf.path, meaning.ref.path, meaning)
        words = self._words(leaf, meaning)
        found = "" if words is None or words == self._known else self._having(words)
        mine = self._comparable(leaf.path, meaning.kind)
        match meaning.test:
            case Test.EMPTY:
                return f"{column} IS NULL"
            case Test.FILLED:
                return f"{column} IS NOT NULL"
            case Test.EQUAL | Test.LESS | Test.LESS_EQUAL | Test.GREATER | Test.GREATER_EQUAL:
                test = self._bounded(mine, meaning, f"{{}} {_SYMBOLS[meaning.test]} ?")
            case Test.BETWEEN:
                test = self._bounded(mine, meaning, "{} BETWEEN ? AND ?")
            case Test.ONE_OF:
                test = f"({self._among(mine, meaning)})"
            case Test.FORM:
                many = meaning.kind in MANY
                test = self._forms_of_many(column, meaning) if many else self._forms(leaf.path, meaning)
            case Test.ANY_OF:
                test = f"({column} IS NOT NULL AND {self._any_of(column, meaning)})"
            case Test.ALL_OF:
                test = f"({column} IS NOT NULL AND {self._all_of(column, meaning)})"
            case Test.SAME_SET:
                test = (
                    f"({column} IS NOT NULL AND {self._all_of(column, meaning)} AND {self._no_more(column, meaning)})"
                )
        if found:
            return f"({found} AND {test})"
        # An empty field is what a denial holds for and an assertion does not.
        return f"({column} IS NULL OR NOT {test})" if meaning.negated else test

    def _words(self, leaf: Compare, meaning: NormalForm) -> "_Words | None":
        """Return what the index of words can be asked so that it finds all that a comparison finds, and others."""
        if leaf.comparator not in _BY_WORDS or meaning.negated or len(meaning.forms) != 1 or meaning.kind in MANY:
            return None
        record = self._columns.indexed_by_words(leaf.path)
        ((form, text),) = meaning.forms
        terms = terms_of(text)
        if record is None or not terms or form is Form.CONTAINS:
            return None
        if form is Form.NUMBER and leaf.data_type is not DataType.PHONE:
            return None
        return _Words(record, terms, begun=form is Form.WORDS and not text.endswith(" "))

    def _words_of_all(self, members: Sequence[Criteria]) -> "_Words | None":
        """Return what the index of words is asked by all of some comparisons: it is asked once."""
        asked: set[_Words | None] = set()
        for member in members:
            if isinstance(member, Compare):
                asked.add(self._words(member, normal_form_of(member)))
            else:
                return None
            if len(asked) > 1:
                return None
        return asked.pop() if len(asked) == 1 else None

    def _having(self, words: "_Words") -> str:
        self.values.append(self._dialect.words_query(words.terms, words.begun))
        return self._dialect.having_words.format(words.record)

    @contextmanager
    def _looked_up(self, words: "_Words | None") -> Iterator[None]:
        before, self._known = self._known, words or self._known
        yield
        self._known = before

    def _against_field(self, path: Path, other_path: Path, meaning: NormalForm) -> str:
        column, other = self._columns.column(path), self._columns.column(other_path)
        mine, theirs = column, other
        if meaning.kind is ValueKind.TEXT:
            mine, theirs = self._folded(path), self._folded(other_path)
        elif {meaning.kind, meaning.ref_kind} == NUMERIC:
            whole = self._dialect.as_number.format
            mine, theirs = (whole(mine), theirs) if meaning.kind is ValueKind.WHOLE else (mine, whole(theirs))
        if meaning.forms:
            test = f"({self._form(meaning.forms[0][0], mine, theirs, f'length({theirs})')})"
        else:
            test = f"({mine} {_SYMBOLS[meaning.test]} {theirs})"
        return f"({column} IS NULL OR {other} IS NULL OR NOT {test})" if meaning.negated else test

    def _bounded(self, mine: str, meaning: NormalForm, pattern: str) -> str:
        self.values += self._bindable(meaning)
        return f"({pattern.format(mine)})"

    def _comparable(self, path: Path, kind: ValueKind) -> str:
        return self._folded(path) if kind is ValueKind.TEXT else self._columns.column(path)

    def _folded(self, path: Path) -> str:
        return self._columns.folded(path) or self._dialect.fold(self._columns.column(path))

    def _forms(self, path: Path, meaning: NormalForm) -> str:
        mine, is_stored = self._folded(path), self._columns.folded(path) is not None
        return _either(
            self._begins(mine, text) if is_stored and form is Form.STARTS else self._bound_form(form, mine, text)
            for form, text in meaning.forms
        )

    def _begins(self, mine: str, text: str) -> str:
        """Write that text that an index may hold begins with another: a range of it."""
        end = _after_all_with(text)
        self.values += [text] if end is None else [text, end]
        return f"{mine} >= ?" if end is None else f"({mine} >= ? AND {mine} < ?)"

    def _forms_of_many(self, column: str, meaning: NormalForm) -> str:
        elements = self._dialect.elements.format(column)
        mine = self._dialect.fold(_ELEMENT)
        forms = _either(self._bound_form(form, mine, text) for form, text in meaning.forms)
        return f"({column} IS NOT NULL AND EXISTS (SELECT 1 FROM {elements} WHERE {forms}))"

    def _any_of(self, column: str, meaning: NormalForm) -> str:
        elements, mine = self._comparable_elements(column, meaning)
        return f"EXISTS (SELECT 1 FROM {elements} WHERE {self._among(mine, meaning)})"

    def _all_of(self, column: str, meaning: NormalForm) -> str:
        elements, mine = self._comparable_elements(column, meaning)
        found = f"SELECT COUNT(DISTINCT {mine}) FROM {elements} WHERE {self._among(mine, meaning)}"
        return f"({found}) = {len(meaning.operands)}"

    def _no_more(self, column: str, meaning: NormalForm) -> str:
        elements, mine = self._comparable_elements(column, meaning)
        return f"(SELECT COUNT(DISTINCT {mine}) FROM {elements}) = {len(meaning.operands)}"

    def _comparable_elements(self, column: str, meaning: NormalForm) -> tuple[str, str]:
        """Return the SQL for the rows of a JSON array, and for an element as it is compared."""
        elements = self._dialect.elements.format(column)
        if meaning.kind is ValueKind.TEXTS:
            return elements, self._dialect.fold(_ELEMENT)
        return elements, f"CAST({_ELEMENT} AS {self._dialect.types[ColumnKind.INTEGER]})"

    def _among(self, mine: str, meaning: NormalForm) -> str:
        operands = self._bindable(meaning)
        if len(operands) == 1:
            self.values += operands
            return f"{mine} IN (?)"
        self.values.append(self._dialect.listed(operands))
        return self._dialect.among(mine, _COLUMNS[meaning.kind])

    def _bindable(self, meaning: NormalForm) -> list[Any]:
        """Return the operands in the form of their columns."""
        if meaning.kind is ValueKind.REAL:
            return [self._dialect.stored_number(each) for each in meaning.operands if is_number(each)]
        return list(meaning.operands)

    def _bound_form(self, form: Form, mine: str, text: str) -> str:
        """Write that text has a form, and bind the form's text."""
        if form in (Form.STARTS, Form.ENDS):
            self.values.append(len(text))
        self.values.append(text)
        return self._form(form, mine, "?", "?")

    def _form(self, form: Form, mine: str, text: str, length: str) -> str:
        """Write that text has a form; LIKE would read `%` and `_` in what users write."""
        match form:
            case Form.IS:
                return f"{mine} = {text}"
            case Form.STARTS:
                return f"{self._dialect.begins.format(mine, length)} = {text}"
            case Form.ENDS:
                return f"{self._dialect.ends.format(mine, length)} = {text}"
            case Form.CONTAINS:
                return f"{self._dialect.place.format(mine, text)} > 0"
            case Form.NUMBER:
                return f"replace({self._dialect.words.format(mine)}, ' ', '') = {text}"
            case Form.WORDS:
                return f"{self._dialect.place.format(self._dialect.words.format(mine), text)} > 0"


def _either(tests: Iterable[str]) -> str:
    return f"({' OR '.join(tests)})"


def _after_all_with(prefix: str) -> str | None:
    """Return the first text after all that begin with a prefix, by code points; None: there is none."""
    kept = prefix.rstrip(_LAST)
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    # Halves of surrogate pairs are no text.
    return kept[:-1] + chr(_AFTER_SURROGATES if following == _SURROGATES else following)


def _always(truth: bool) -> str:
    return "1 = 1" if truth else "1 = 0"
