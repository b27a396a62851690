"""The tables of the modules: records in, records out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from kaizen.model.catalog import Field, Module
from kaizen.model.claim import Claim
from kaizen.model.values import Id, Value, Values
from kaizen.records.ports import Deleted
from kaizen.store.dialect import quoted
from kaizen.store.json_text import from_text, present, to_text, tuples
from kaizen.store.session import Insertion, listed, must_write
from kaizen.store.table_layout import SEQUENCE, TableLayout
from kaizen.store.unit_settings import UnitSettings
from kaizen.store.word_index import WordIndex

_RECYCLE_BIN: Final = Insertion("kz_recycle_bin", ("id", "module", "body", "deleted_at", "deleted_by"))


class _Buffer:
    """What a unit will write to one module's table."""

    __slots__ = ("inserted", "updated")

    def __init__(self) -> None:
        self.inserted: dict[Id, Values] = {}
        self.updated: dict[Id, dict[str, Value]] = {}


class RecordTables:
    """Records of every module (records.ports.RecordStore); they are buffered, and written before any is read."""

    def __init__(self, settings: UnitSettings) -> None:
        self._settings = settings
        self._session = settings.session
        self._dialect = settings.dialect
        self._words = WordIndex(self._session)
        self._buffers: dict[str, _Buffer] = {}

    def claim(self, claims: Iterable[Claim]) -> None:
        """Make what is looked up and written here one step: no other unit does either until this one ends."""
        must_write(self._session)
        self._session.claim(claims)

    def fetch(self, module: Module, ids: Iterable[Id]) -> dict[Id, dict[str, Value]]:
        """Return every stored value of the records that exist, subform rows included."""
        wanted = list(ids)
        if not wanted or not module.table:
            return {}
        layout = self._layout(module.api_name)
        waiting = self._buffers.get(module.api_name)
        if waiting is not None and not layout.subforms and waiting.inserted.keys() >= set(wanted):
            # Not written yet: reading them back would split what can be written at once.
            return {i: layout.kept(i, waiting.inserted[i]) for i in wanted}
        self._write_buffer(module)
        rows = self._session.rows(layout.select + self._by_id(wanted), self._ids(wanted))
        records = {row[0]: layout.values(row) for row in rows}
        for field, child in layout.subforms.items():
            self._fetch_rows(records, field, self._layout(child))
        return records

    def existing(self, module: Module, ids: Iterable[Id]) -> frozenset[Id]:
        """Return which of the ids belong to records of the module; a unit that writes may refer to them."""
        wanted = list(ids)
        if not wanted or not module.table:
            return frozenset()
        self._write_buffer(module)
        statement = f"SELECT id FROM {quoted(module.table)} {self._by_id(wanted)}"
        if self._session.writable:
            # Who deletes records waits until those who refer to them are done; who was late loses, and looks again.
            self._session.share(_deletions(module))
            statement += self._dialect.keep_rows
        return frozenset(row[0] for row in self._session.rows(statement, self._ids(wanted)))

    def lock(self, module: Module, ids: Iterable[Id]) -> None:
        """Keep others from writing records until this unit ends; whoever did so since it began makes it begin anew."""
        wanted = list(ids)
        if wanted and module.table and self._dialect.lock_rows:
            self._session.rows(self._locking(module.table, wanted), self._ids(wanted))

    def names(self, module: Module, ids: Iterable[Id]) -> dict[Id, str]:
        """Return the display names of the records that exist; a record without a name has an empty one."""
        wanted = list(ids)
        if module.api_name == "Users":
            users = self._settings.users
            return {i: users[i].full_name for i in wanted if i in users}
        if not wanted or not module.table:
            return {}
        self._write_buffer(module)
        column = self._layout(module.api_name).columns.get(module.display_field, "id")
        statement = f"SELECT id, {quoted(column)} FROM {quoted(module.table)} {self._by_id(wanted)}"
        rows = self._session.rows(statement, self._ids(wanted))
        return {i: "" if name is None else str(name) for i, name in rows}

    def holders(self, module: Module, field: Field, values: Iterable[Value]) -> dict[Value, Id]:
        """Return who holds each value (text: lower-cased key, compared without case); the last modified wins."""
        wanted = [value for value in values if value is not None]
        if not wanted or not module.table:
            return {}
        self._write_buffer(module)
        layout = self._layout(module.api_name)
        form = layout.key_form(field)
        column, compared = quoted(field.column), layout.compared(field)
        among = self._dialect.among(compared, layout.kinds[field.api_name])
        modified = layout.columns.get("Modified_Time", "id")
        rows = self._session.rows(
            f"SELECT {column}, id FROM {quoted(module.table)} WHERE {among} AND {compared} IS NOT NULL "
            f"ORDER BY {quoted(modified)} {self._dialect.ascending}, id",
            listed(self._session, map(form.bound, wanted)),
        )
        return {form.key(value): record_id for value, record_id in rows}

    def insert(self, module: Module, rows: Sequence[tuple[Id, Values]]) -> None:
        """Add records; values that have no column are left out."""
        must_write(self._session)
        self._buffer(module).inserted.update(rows)

    def update(self, module: Module, record_id: Id, changes: Values) -> None:
        """Set fields of a record; a subform's rows are replaced as a whole."""
        must_write(self._session)
        buffer = self._buffer(module)
        inserted = buffer.inserted.get(record_id)
        if inserted is not None:
            buffer.inserted[record_id] = {**inserted, **changes}
            return
        waiting = buffer.updated.get(record_id)
        if waiting is None:
            buffer.updated[record_id] = dict(changes)
        else:
            waiting.update(changes)

    def delete(self, module: Module, record_ids: Sequence[Id], by: Id) -> None:
        """Move records to the recycle bin; lookups to them become empty."""
        must_write(self._session)
        self._session.claim([_deletions(module)])
        self.flush()
        records = self.fetch(module, record_ids)
        if not records:
            return
        self._session.load(
            _RECYCLE_BIN,
            [(i, module.api_name, to_text(present(values)), self._settings.now, by) for i, values in records.items()],
        )
        gone = listed(self._session, records)
        layout = self._layout(module.api_name)
        for child in layout.subforms.values():
            self._drop_rows(self._layout(child), gone)
        self._words.drop(records)
        self._session.run(f"DELETE FROM {quoted(module.table)} WHERE {self._dialect.among('id')}", gone)
        for table, column in layout.links:
            among = self._dialect.among(quoted(column))
            self._session.run(f"UPDATE {quoted(table)} SET {quoted(column)} = NULL WHERE {among}", gone)

    def deleted(
        self,
        module: Module,
        since: int | None = None,
        limit: int = 200,
        offset: int = 0,
        *,
        permanent: bool | None = None,
    ) -> list[Deleted]:
        """Return what was deleted after a moment, the last deleted first; `permanent`: only what is (not) for good."""
        only = {None: "", True: "AND permanent ", False: "AND NOT permanent "}[permanent]
        rows = self._session.rows(
            "SELECT id, body, deleted_at, deleted_by, permanent FROM kz_recycle_bin "
            f"WHERE module = ? AND deleted_at > ? {only}ORDER BY deleted_at DESC, id DESC LIMIT ? OFFSET ?",
            [module.api_name, -1 if since is None else since, limit, offset],
        )
        return [Deleted(i, cast(Values, tuples(from_text(body))), at, by, bool(gone)) for i, body, at, by, gone in rows]

    def next_number(self, module: Module, field: Field) -> int:
        """Return the next value of an auto-number; PostgreSQL leaves out numbers of failed writes."""
        must_write(self._session)
        return self._session.advance(number_counter(field))

    def flush(self) -> None:
        """Write what is buffered."""
        if self._buffers:
            buffers, self._buffers = self._buffers, {}
            for name, buffer in buffers.items():
                self._write(self._layout(name), buffer)

    def _layout(self, module: str) -> TableLayout:
        return self._settings.layout(module)

    def _write_buffer(self, module: Module) -> None:
        if module.parent_module:
            # The rows of a subform are written with the record they hang on.
            self.flush()
            return
        buffer = self._buffers.pop(module.api_name, None)
        if buffer is not None:
            self._write(self._layout(module.api_name), buffer)

    def _write(self, layout: TableLayout, buffer: _Buffer) -> None:
        # Updates first: they may free a unique value that a new record takes.
        if buffer.updated:
            self._write_updates(layout, buffer.updated)
        if buffer.inserted:
            alike: dict[tuple[str, ...], list[tuple[Id, Values]]] = {}
            for record in buffer.inserted.items():
                alike.setdefault(tuple(record[1]), []).append(record)
            self._words.add(layout, buffer.inserted)
            for names, records in alike.items():
                insert = layout.insert_of(names)
                self._session.load(insert.insertion, [insert.row(i, values) for i, values in records])
            for field, child in layout.subforms.items():
                lines = {i: values[field] for i, values in buffer.inserted.items() if values.get(field)}
                self._insert_rows(self._layout(child), lines)

    def _buffer(self, module: Module) -> _Buffer:
        buffer = self._buffers.get(module.api_name)
        if buffer is None:
            buffer = self._buffers[module.api_name] = _Buffer()
        return buffer

    def _write_updates(self, layout: TableLayout, updated: Mapping[Id, Values]) -> None:
        alike: dict[tuple[str, ...], list[list[Any]]] = {}
        for record_id, changes in updated.items():
            names = tuple(n for n in changes if n in layout.columns and n != "id")
            if names:
                alike.setdefault(names, []).append(layout.changes(names, record_id, changes))
        if self._dialect.lock_rows and len(updated) > 1:
            self._session.rows(self._locking(layout.table, list(updated)), self._ids(list(updated)))
        self._free_unique_values(layout, updated)
        for names, rows in alike.items():
            self._session.run_many(layout.updating(names), rows)
        self._words.renew(layout, updated)
        for field, child in layout.subforms.items():
            lines = {i: changes[field] for i, changes in updated.items() if field in changes}
            if lines:
                self._drop_rows(self._layout(child), listed(self._session, lines))
                self._insert_rows(self._layout(child), lines)

    def _free_unique_values(self, layout: TableLayout, updated: Mapping[Id, Values]) -> None:
        """Let a unique value go from one record to another whichever of the two is written first."""
        for field in layout.module.unique_fields:
            ids = [record_id for record_id, changes in updated.items() if field.api_name in changes]
            if len(ids) > 1:
                empty = ", ".join(f"{quoted(column)} = NULL" for column in layout.held_in(field.api_name))
                statement = f"UPDATE {quoted(layout.table)} SET {empty} "
                self._session.run(statement + self._by_id(ids), self._ids(ids))

    def _insert_rows(self, child: TableLayout, lines: Mapping[Id, Value]) -> None:
        """Insert the rows of a subform by the record they hang on."""
        rows = [
            [*child.row(cast(Id, line["id"]), line), parent, sequence]
            for parent, value in lines.items()
            for sequence, line in enumerate(cast(Sequence[Values], value or ()))
        ]
        if rows:
            self._session.load(child.insertion, rows)

    def _drop_rows(self, child: TableLayout, parents: Sequence[Any]) -> None:
        among = self._dialect.among(quoted(child.parent_column))
        self._session.run(f"DELETE FROM {quoted(child.table)} WHERE {among}", parents)

    def _fetch_rows(self, records: dict[Id, dict[str, Value]], field: str, child: TableLayout) -> None:
        lines: dict[Id, list[Value]] = {}
        parent = quoted(child.parent_column)
        rows = self._session.rows(
            f"{child.select} WHERE {self._dialect.among(parent)} ORDER BY {parent}, {SEQUENCE}",
            listed(self._session, records),
        )
        for row in rows:
            # The parent comes last; inside its record a row does not repeat it.
            lines.setdefault(row[-1], []).append(present(child.values(row[:-1])))
        for record_id, values in records.items():
            found = lines.get(record_id)
            values[field] = tuple(found) if found else None

    def _locking(self, table: str, ids: Sequence[Id]) -> str:
        # In one order, so that transactions wait for each other and never in a circle.
        return f"SELECT id FROM {quoted(table)} {self._by_id(ids)} ORDER BY id{self._dialect.lock_rows}"

    def _by_id(self, ids: Sequence[Id]) -> str:
        return "WHERE id = ?" if len(ids) == 1 else f"WHERE {self._dialect.among('id')}"

    def _ids(self, ids: Sequence[Id]) -> Sequence[Any]:
        return ids if len(ids) == 1 else listed(self._session, ids)


def _deletions(module: Module) -> Claim:
    """Return the claim to delete records of a module; whoever refers to some of them shares it."""
    return Claim(f"deletions of {module.api_name}")


def number_counter(field: Field) -> str:
    """Return the counter of an auto-number field."""
    return f"kz_number_{field.id}"


def first_number(field: Field) -> int:
    """Return the first value of an auto-number."""
    pattern = field.properties.get("auto_number")
    start = pattern.get("start_number") if isinstance(pattern, Mapping) else None
    return int(start) if isinstance(start, int | str) and start else 1
