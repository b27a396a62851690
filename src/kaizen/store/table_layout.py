"""How the records of one module lie in its table."""

from collections.abc import Callable, Iterable, Sequence, Sized
from functools import cached_property
from typing import Any, Final, NamedTuple

from kaizen.fields.kinds import ColumnKind, ValueKind
from kaizen.fields.kinds import kind_of as value_kind_of
from kaizen.fields.text import fold
from kaizen.model.catalog import ANY_MODULE, Catalog, Field, Module
from kaizen.model.numbers import is_number
from kaizen.model.values import Id, Value, Values
from kaizen.store.dialect import SqlDialect, kind_of, quoted
from kaizen.store.json_text import from_text, to_text, tuples
from kaizen.store.session import Insertion, Row
from kaizen.vocabulary.data_types import DataType

#: Columns of ours in the tables of subforms.
PARENT: Final = "kz_parent"
SEQUENCE: Final = "kz_sequence"

#: PostgreSQL cuts longer names off.
_LONGEST_NAME: Final = 63

#: How many row inserts a table layout keeps ready.
_MOST_INSERTS: Final = 200

#: Before the name of a column whose text another column of ours holds without case, so that an index can hold it.
_FOLDED: Final = "kz_folded_"

#: Text that is looked up whatever field it is in.
_LOOKED_UP: Final = frozenset({DataType.EMAIL, DataType.PHONE})

#: Moments by which lists are read.
_MOMENTS: Final = frozenset({"Modified_Time", "Created_Time"})

_LINKS: Final = frozenset({DataType.LOOKUP, DataType.MULTI_MODULE_LOOKUP})


class KeyForm(NamedTuple):
    """How values of a field are bound to be looked up, and which key a value that was found stands for."""

    bound: Callable[[Any], Any]
    key: Callable[[Any], Value]


def folded_column(module: Module, field: Field) -> str:
    """Return the column that holds a field's text without case; empty: none does.

    Records are looked up by these fields: by name, by e-mail address, by phone, and by what is unique. A migration
    goes with every change of this.
    """
    is_text = value_kind_of(field.compared_as) is ValueKind.TEXT and kind_of(field) is ColumnKind.TEXT
    if not field.column or not is_text:
        return ""
    named = (module.display_field, module.duplicate_check_field, "Last_Name")
    if not field.unique and field.compared_as not in _LOOKED_UP and field.api_name not in named:
        return ""
    name = _FOLDED + field.column
    return name if len(name) <= _LONGEST_NAME else f"{_FOLDED}{field.id}"


def has_words(module: Module, field: Field) -> bool:
    """Return whether the index of words holds the text of a field; subforms and users are read whole."""
    is_text = value_kind_of(field.compared_as) is ValueKind.TEXT and kind_of(field) is ColumnKind.TEXT
    return is_text and bool(field.column) and not module.parent_module and module.api_name != "Users"


class TableLayout:
    """The columns of one module's table, and how values go in and come out."""

    def __init__(self, module: Module, catalog: Catalog, dialect: SqlDialect) -> None:
        self.module = module
        self.table = module.table
        self._catalog = catalog
        self._dialect = dialect
        parent = module.by_name.get("Parent_Id")
        #: The column that names the record on which a subform's row hangs; empty: no subform.
        self.parent_column = ""
        if module.parent_module:
            self.parent_column = parent.column if parent is not None and parent.column else PARENT
        self.fields = tuple(f for f in module.stored if f.api_name != "id" and f.column != self.parent_column)
        self.kinds = {f.api_name: kind_of(f) for f in module.stored} | {"id": ColumnKind.INTEGER}
        self.columns = {f.api_name: f.column for f in module.stored} | {"id": "id"}
        #: By field, the column that holds its text without case.
        self.folded = {f.api_name: column for f in self.fields if (column := folded_column(module, f))}
        #: By field, the columns whose words the index of words holds.
        self.worded = {f.api_name: f.column for f in self.fields if has_words(module, f)}
        #: Of these, phone numbers, which are looked for without what separates their digits.
        self.numbered = tuple(f.compared_as is DataType.PHONE for f in self.fields if f.api_name in self.worded)
        self._names = tuple(f.api_name for f in self.fields)
        self._keys = ("id", *self._names)
        #: What a row that was read holds: of a subform, last the record on which it hangs.
        self._read_keys = (*self._keys, "Parent_Id") if self.parent_column and parent is not None else self._keys
        self._json = tuple(i for i, f in enumerate(self.fields, 1) if self.kinds[f.api_name] is ColumnKind.JSON)
        flags = (i for i, f in enumerate(self.fields, 1) if self.kinds[f.api_name] is ColumnKind.FLAG)
        self._flags = tuple(flags) if dialect.flags_as_numbers else ()
        self._numbers = tuple(i for i, f in enumerate(self.fields, 1) if self.encodes(f.api_name))
        self._inserts: dict[tuple[str, ...], RowInsert] = {}
        #: Fields whose rows live in tables of their own, and the modules of those.
        self.subforms = {
            f.api_name: child
            for f in module.subforms
            if (child := f.subform_module) and child in catalog.by_name and catalog.by_name[child].table
        }

    @cached_property
    def insertion(self) -> Insertion:
        """Where the rows of `row` go."""
        ours = (self.parent_column, SEQUENCE) if self.parent_column else ()
        return Insertion(self.table, ("id", *(f.column for f in self.fields), *self.folded.values(), *ours))

    @cached_property
    def select(self) -> str:
        """The beginning of a SELECT whose rows `values` reads."""
        ours = (self.parent_column,) if self.parent_column else ()
        columns = ", ".join(quoted(c) for c in ("id", *(f.column for f in self.fields), *ours))
        return f"SELECT {columns} FROM {quoted(self.table)} "

    @cached_property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Tables and columns that may hold ids of the module's records."""
        targets = (self.module.api_name, ANY_MODULE)
        return tuple(
            (other.table, f.column)
            for other in self._catalog.modules
            if other.table
            for f in other.stored
            if f.data_type in _LINKS and f.lookup_module in targets
        )

    def encodes(self, name: str) -> bool:
        """Return whether a field's numbers lie in another form in its column."""
        return self._dialect.read_number is not None and self.kinds[name] is ColumnKind.REAL

    def row(self, record_id: Id, values: Values) -> list[Any]:
        """Return a record's row; values without a column are left out."""
        row = self.in_form([record_id, *map(values.get, self._names)], self._json, self._numbers)
        return row + [_folded(values.get(name)) for name in self.folded]

    def insert_of(self, names: tuple[str, ...]) -> "RowInsert":
        """Return how values with just these names go in: a record has many fields, and a write gives it few of them."""
        insert = self._inserts.get(names)
        if insert is None:
            if len(self._inserts) == _MOST_INSERTS:
                self._inserts.clear()
            insert = self._inserts[names] = RowInsert(self, names)
        return insert

    def values(self, row: Row) -> dict[str, Value]:
        """Return the values of a row, the empty ones included."""
        values: dict[str, Value] = dict(zip(self._read_keys, row, strict=False))
        for i in self._json:
            if row[i] is not None:
                values[self._keys[i]] = tuples(from_text(row[i]))
        for i in self._flags:
            if row[i] is not None:
                values[self._keys[i]] = bool(row[i])
        read_number = self._dialect.read_number
        if read_number is not None:
            for i in self._numbers:
                if row[i] is not None:
                    values[self._keys[i]] = read_number(row[i])
        return values

    def kept(self, record_id: Id, values: Values) -> dict[str, Value]:
        """Return the values that reading a record's row back will give."""
        kept: dict[str, Value] = dict(zip(self._keys, (record_id, *map(values.get, self._names)), strict=True))
        for i in self._json:
            value = kept[self._keys[i]]
            if value is not None:
                kept[self._keys[i]] = None if isinstance(value, Sized) and not value else tuples(value)
        return kept

    def stored(self, name: str, value: Value) -> Any:
        """Return a value as its column holds it."""
        if value is None:
            return None
        if self.kinds[name] is ColumnKind.JSON:
            return _json_or_nothing(value)
        return self._dialect.stored_number(value) if self.encodes(name) and is_number(value) else value

    def in_form(self, row: list[Any], json: Iterable[int], numbers: Iterable[int]) -> list[Any]:
        """Bring the JSON and the numbers of a row, by their places, into the form of their columns."""
        for i in json:
            if row[i] is not None:
                row[i] = _json_or_nothing(row[i])
        stored = self._dialect.stored_number
        for i in numbers:
            if row[i] is not None:
                row[i] = stored(row[i])
        return row

    def updating(self, names: Sequence[str]) -> str:
        """Return the statement that gives fields new values; `changes` binds them."""
        columns = ", ".join(f"{quoted(c)} = ?" for n in names for c in self.held_in(n))
        return f"UPDATE {quoted(self.table)} SET {columns} WHERE id = ?"

    def changes(self, names: Sequence[str], record_id: Id, values: Values) -> list[Any]:
        """Return what `updating` binds."""
        row: list[Any] = []
        for name in names:
            row.append(self.stored(name, values[name]))
            if name in self.folded:
                row.append(_folded(values[name]))
        return [*row, record_id]

    def held_in(self, name: str) -> tuple[str, ...]:
        """Return the columns that hold a field: its own, and the one with its text without case."""
        folded = self.folded.get(name)
        return (self.columns[name],) if folded is None else (self.columns[name], folded)

    def create(self) -> list[str]:
        """Return the statements that create the table and its indexes."""
        types = self._dialect.types
        lines = [f"id {types[ColumnKind.INTEGER]} PRIMARY KEY", *(self._column(f) for f in self.fields)]
        lines += [f"{quoted(column)} {types[ColumnKind.TEXT]}" for column in self.folded.values()]
        indexes = [statement for f in self.fields for statement in self.indexes(f)]
        if self.parent_column:
            whole = types[ColumnKind.INTEGER]
            lines += [f"{quoted(self.parent_column)} {whole} NOT NULL", f"{SEQUENCE} {whole} NOT NULL"]
            indexes.append(self._index(self.parent_column, self.module.id, f"{quoted(self.parent_column)}, {SEQUENCE}"))
        body = ",\n  ".join(lines)
        return [f"CREATE TABLE {quoted(self.table)} (\n  {body}\n){self._dialect.table_suffix}", *indexes]

    def add(self, field: Field) -> list[str]:
        """Return the statements that add a field to the table."""
        columns = [self._column(field)]
        if field.api_name in self.folded:
            columns.append(f"{quoted(self.folded[field.api_name])} {self._dialect.types[ColumnKind.TEXT]}")
        added = [f"ALTER TABLE {quoted(self.table)} ADD COLUMN {column}" for column in columns]
        return [*added, *self.indexes(field)]

    def indexes(self, field: Field) -> list[str]:
        """Return the statements for the indexes that reads of this field need."""
        column, folded = field.column, self.folded.get(field.api_name)
        compared = folded or column
        present = f" WHERE {quoted(compared)} IS NOT NULL"
        if field.unique:
            return [self._index(column, field.id, quoted(compared), present, unique=True)]
        if folded or field.api_name == self.module.duplicate_check_field or field.data_type in _LINKS:
            return [self._index(column, field.id, quoted(compared), present)]
        if field.api_name in _MOMENTS:
            # The order in which lists of what changed or came last are read.
            return [self._index(column, field.id, f"{quoted(column)} {self._dialect.descending}, id")]
        return []

    def compared(self, field: Field) -> str:
        """Return the expression under which equal values of a field are equal: text without case."""
        folded = self.folded.get(field.api_name)
        if folded is not None:
            return quoted(folded)
        column = quoted(field.column)
        return self._dialect.fold(column) if value_kind_of(field.compared_as) is ValueKind.TEXT else column

    def key_form(self, field: Field) -> KeyForm:
        """Return how records are looked up by a field's values; text without case."""
        if value_kind_of(field.compared_as) is ValueKind.TEXT:
            return KeyForm(fold, fold)
        if self.kinds[field.api_name] is ColumnKind.REAL:
            return KeyForm(self._dialect.stored_number, self._dialect.read_number or _as_it_is)
        return KeyForm(_as_it_is, _as_it_is)

    def _column(self, field: Field) -> str:
        return f"{quoted(field.column)} {self._dialect.types[kind_of(field)]}"

    def index_name(self, column: str, number: Id) -> str:
        """Return the name of the index on a column."""
        name = f"{self.table}__{column}"
        return name if len(name) <= _LONGEST_NAME else f"{self.table[:30]}__{number}"

    def _index(self, column: str, number: Id, what: str, where: str = "", *, unique: bool = False) -> str:
        kind = "UNIQUE INDEX" if unique else "INDEX"
        return f"CREATE {kind} {quoted(self.index_name(column, number))} ON {quoted(self.table)} ({what}){where}"


class RowInsert:
    """How values with certain names, in this order, become rows of a table; values without a column are left out."""

    def __init__(self, layout: TableLayout, names: tuple[str, ...]) -> None:
        kept = [name for name in names if name in layout.columns and name != "id"]
        self._folded = [name for name in kept if name in layout.folded]
        own, folded = (layout.columns[name] for name in kept), (layout.folded[name] for name in self._folded)
        self.insertion = Insertion(layout.table, ("id", *own, *folded))
        self._names = kept
        self._layout = layout
        self._json = tuple(i for i, name in enumerate(kept, 1) if layout.kinds[name] is ColumnKind.JSON)
        self._numbers = tuple(i for i, name in enumerate(kept, 1) if layout.encodes(name))

    def row(self, record_id: Id, values: Values) -> list[Any]:
        """Return a record's row."""
        row = [record_id, *map(values.__getitem__, self._names)]
        row += [_folded(values[name]) for name in self._folded]
        return self._layout.in_form(row, self._json, self._numbers)


def _folded(value: Value) -> str | None:
    return fold(value) if isinstance(value, str) else None


def _as_it_is(value: Any) -> Any:
    return value


def _json_or_nothing(value: Value) -> str | None:
    # An empty list is an empty field.
    return to_text(value) if value or not isinstance(value, Sized) else None
