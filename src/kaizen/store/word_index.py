"""The index of words: which records have which words in their text, so that searches read no more than they find.

It holds the terms of all text of a record together, and a search compares what it finds with the text of each field.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kaizen.fields.words import index_terms, number_of
from kaizen.model.values import Id, Value, Values
from kaizen.store.dialect import quoted
from kaizen.store.session import Insertion, Session, listed
from kaizen.store.table_layout import TableLayout


class WordIndex:
    """Keeps the index as the records are, in the transaction that writes them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._dialect = session.dialect
        self._insertion = Insertion("kz_words", (session.dialect.words_id, "words"))

    def add(self, layout: TableLayout, records: Mapping[Id, Values]) -> None:
        """Add new records."""
        self._insert(layout, ((i, map(values.get, layout.worded)) for i, values in records.items()))

    def renew(self, layout: TableLayout, changed: Mapping[Id, Values]) -> None:
        """Bring records up to date whose text was changed, after it was."""
        ids = [i for i, changes in changed.items() if not changes.keys().isdisjoint(layout.worded)]
        if ids:
            self.drop(ids)
            if len(ids) == 1:
                self.build(layout, "WHERE id = ?", ids)
            else:
                self.build(layout, f"WHERE {self._dialect.among('id')}", listed(self._session, ids))

    def drop(self, ids: Iterable[Id]) -> None:
        """Forget records."""
        # One by one: a full-text table looks each up anyway, and a list would have to be unpacked first.
        self._session.run_many(f"DELETE FROM kz_words WHERE {self._dialect.words_id} = ?", [(i,) for i in ids])

    def build(self, layout: TableLayout, where: str, bound: Sequence[Any]) -> int:
        """Add the records of a table that a condition chooses; return the last of their ids, 0 without any."""
        columns = "".join(f", {quoted(column)}" for column in layout.worded.values())
        rows = self._session.rows(f"SELECT id{columns} FROM {quoted(layout.table)} {where}", bound)
        self._insert(layout, ((row[0], row[1:]) for row in rows))
        return int(rows[-1][0]) if rows else 0

    def _insert(self, layout: TableLayout, records: Iterable[tuple[Id, Iterable[Value]]]) -> None:
        """Add records with the values of the fields that have words."""
        rows = []
        for record_id, values in records:
            terms = index_terms(_texts(layout, values))
            if terms:
                rows.append((record_id, self._dialect.word_terms(terms)))
        if rows:
            self._session.load(self._insertion, rows)


def _texts(layout: TableLayout, values: Iterable[Value]) -> Iterator[str]:
    for value, numbered in zip(values, layout.numbered, strict=True):
        if isinstance(value, str):
            yield value
            if numbered:
                yield number_of(value)
