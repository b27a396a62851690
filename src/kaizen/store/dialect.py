"""What differs between SQLite and PostgreSQL, so that every statement is written once.

Statements bind with `?`; the PostgreSQL session turns them into its own marks.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec

from kaizen.fields.kinds import DATA_TYPES, ColumnKind
from kaizen.fields.words import SEPARATORS
from kaizen.model.catalog import Field
from kaizen.model.numbers import Number
from kaizen.store import stored_numbers

_to_json: Final = msgspec.json.Encoder().encode


def kind_of(field: Field) -> ColumnKind:
    """Return the kind of column that holds a field's value."""
    # Tags and participants are lists on the wire whatever data type the metadata gives them.
    if field.properties.get("json_type") == "jsonarray" or field.api_name == "Tag":
        return ColumnKind.JSON
    return DATA_TYPES[field.compared_as].column


def quoted(name: str) -> str:
    """Quote one of our own physical names."""
    return f'"{name}"'


@dataclass(frozen=True)
class SqlDialect:
    """One database's words."""

    name: str
    types: Mapping[ColumnKind, str]
    flags_as_numbers: bool  #: whether a FLAG column gives 0 and 1
    serial: str  #: type of a primary key that the database counts up
    table_suffix: str  #: what follows the columns of CREATE TABLE
    columns: str  #: the statement that gives the names of a table's columns
    counter: str  #: pattern: gives the first number that counter `{0}` has not handed out, in blocks of `{1}`
    has_pages: bool  #: whether it is a file whose pages can be checked
    size: str  #: the statement that gives how many bytes the database takes
    folded: str  #: pattern: text without case, `{}` is the expression
    is_among: Mapping[ColumnKind, str]  #: after an expression: that it is a member of one bound list
    listed: Callable[[Sequence[Any]], Any]  #: how such a list is bound
    ascending: str  #: after a sort key: nulls first
    descending: str  #: after a sort key: nulls last
    lock_rows: str  #: after a SELECT whose rows the caller will change; empty: whoever writes is alone
    keep_rows: str  #: after a SELECT whose rows nobody else may delete
    skip_locked: str  #: the same as lock_rows for those that nobody else has locked
    stored_number: Callable[[Number], Any]  #: how a number lies in a REAL column, and is bound to compare with it
    read_number: Callable[[Any], Number] | None  #: reads it back; None: the session has done so
    elements: str  #: pattern: the rows that a JSON array is, as `e.value`, `{0}` is the column
    begins: str  #: pattern: the first characters of a text, `{0}` is the text, `{1}` how many
    ends: str  #: the same of the last
    place: str  #: pattern: where a text has another in it, 0 for nowhere, `{0}` is the text, `{1}` the other
    words: str  #: pattern: the words of a text without case, each between spaces (`fields.words`)
    words_table: str  #: the statements that create the index of words
    words_id: str  #: its column with the id of the record
    having_words: str  #: pattern: an id `{0}` is of a record that the index of words has for a bound `words_query`
    words_query: Callable[[Sequence[str], bool], str]  #: asks the index for terms, all whole or the last begun
    word_terms: Callable[[Sequence[str]], str]  #: the terms of a record as the index takes them
    as_number: str  #: pattern: a whole number as a REAL column would hold it, `{0}` is the expression
    sum: str  #: pattern: the exact sum of whole or REAL numbers, as a REAL column would hold it
    average: str  #: the same of their average, rounded to nine places, halves away from zero

    def fold(self, expression: str) -> str:
        """Return the expression's text without case, as indexes hold it."""
        return self.folded.format(expression)

    def among(self, expression: str, kind: ColumnKind = ColumnKind.INTEGER) -> str:
        """Return the condition that an expression is one of a bound list (bind `listed(values)`)."""
        return f"{expression} {self.is_among[kind]}"

    def ddl(self, statement: str) -> str:
        """Fill in the types of a CREATE TABLE written with {integer}, {real}, {flag}, {text}, {serial} and {end}."""
        words = {kind.value: word for kind, word in self.types.items()}
        return statement.format(**words, serial=self.serial, end=self.table_suffix)


def _as_json(values: Sequence[Any]) -> str:
    return _to_json(values).decode()


SQLITE: Final = SqlDialect(
    name="sqlite",
    types={
        ColumnKind.INTEGER: "INTEGER",
        ColumnKind.REAL: "TEXT",  # SQLite has no exact number with a fraction: see store.stored_numbers
        ColumnKind.FLAG: "INTEGER",
        ColumnKind.TEXT: "TEXT",
        ColumnKind.JSON: "TEXT",
    },
    flags_as_numbers=True,
    serial="INTEGER PRIMARY KEY",
    table_suffix=" STRICT",
    columns="SELECT name FROM pragma_table_info(?)",
    counter="SELECT next FROM kz_counter WHERE name = '{0}'",
    has_pages=True,
    size="SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    folded="kz_lower({})",
    is_among=dict.fromkeys(ColumnKind, "IN (SELECT value FROM json_each(?))"),
    listed=_as_json,
    ascending="ASC",  # SQLite sorts nulls before everything
    descending="DESC",
    lock_rows="",
    keep_rows="",
    skip_locked="",
    stored_number=stored_numbers.encode,
    read_number=stored_numbers.decode,
    elements="json_each({0}) AS e",
    begins="substr({0}, 1, {1})",
    ends="substr({0}, -{1})",
    place="instr({0}, {1})",
    words="kz_words({0})",
    # Terms are letters and digits of ASCII, which every tokenizer leaves as they are, and need no place in their text.
    words_table="CREATE VIRTUAL TABLE kz_words USING fts5(words, tokenize='ascii', detail='none')",
    words_id="rowid",
    having_words="{0} IN (SELECT rowid FROM kz_words WHERE kz_words MATCH ?)",
    words_query=lambda terms, begun: " AND ".join(f'"{term}"' for term in terms) + (" *" if begun else ""),
    word_terms=" ".join,
    as_number="kz_number({0})",
    sum="kz_sum({0})",
    average="kz_average({0})",
)

POSTGRES: Final = SqlDialect(
    name="postgres",
    types={
        ColumnKind.INTEGER: "BIGINT",
        ColumnKind.REAL: "NUMERIC",
        ColumnKind.FLAG: "BOOLEAN",
        ColumnKind.TEXT: 'TEXT COLLATE "C"',
        ColumnKind.JSON: 'TEXT COLLATE "C"',
    },
    flags_as_numbers=False,
    serial="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    table_suffix="",
    columns=(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?"
    ),
    counter='SELECT last_value + CASE WHEN is_called THEN {1} ELSE 0 END FROM "{0}"',
    has_pages=False,
    size="SELECT pg_database_size(current_database())",
    # The C locale folds ASCII only; ICU folds as Python does.
    folded='(lower(({}) COLLATE "und-x-icu") COLLATE "C")',
    # A joined list would be planned without the statistics of the column.
    is_among={
        ColumnKind.INTEGER: "= ANY(?::bigint[])",
        ColumnKind.REAL: "= ANY(?::numeric[])",
        ColumnKind.FLAG: "= ANY(?::boolean[])",
        ColumnKind.TEXT: "= ANY(?::text[])",
        ColumnKind.JSON: "= ANY(?::text[])",
    },
    listed=list,
    ascending="ASC NULLS FIRST",
    descending="DESC NULLS LAST",
    lock_rows=" FOR NO KEY UPDATE",
    keep_rows=" FOR KEY SHARE",
    skip_locked=" FOR UPDATE SKIP LOCKED",
    stored_number=Decimal,
    read_number=None,
    elements="jsonb_array_elements_text({0}::jsonb) AS e(value)",
    begins="left({0}, {1})",
    ends="right({0}, {1})",
    place="strpos({0}, {1})",
    words=f"regexp_replace(' ' || {{0}} || ' ', '{SEPARATORS}', ' ', 'g')",
    words_table=(
        "CREATE TABLE kz_words (id BIGINT PRIMARY KEY, words tsvector NOT NULL);"
        "CREATE INDEX kz_words__words ON kz_words USING gin (words)"
    ),
    words_id="id",
    # The ids are found first, whatever the planner thinks of how many there are.
    having_words="{0} = ANY(ARRAY(SELECT id FROM kz_words WHERE words @@ ?::tsquery))",
    words_query=lambda terms, begun: " & ".join(f"'{term}'" for term in terms) + (":*" if begun else ""),
    word_terms=lambda terms: " ".join(f"'{term}'" for term in terms),
    as_number="{0}",
    sum="SUM({0}::numeric)",
    # Whole units of the last place: the quotient of two numerics has as many digits as the server thinks fit.
    average=(
        "(sign(SUM({0}::numeric)) * 0.000000001"
        " * div(abs(SUM({0}::numeric)) * 2000000000 + COUNT({0}), 2 * COUNT({0})::numeric))"
    ),
)
