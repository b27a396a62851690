"""The index of words: which records have which words in their text, so that searches read no more than they find.

It holds the terms of all text of a record together, and a search compares what it finds with the text of each field.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kaizen.fields.words import index_terms
from kaizen.model.values import Id, Values
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
        names = layout.worded
        self._insert(
            (i, [v for name in names if isinstance(v := values.get(name), str)]) for i, values in records.items()
        )

    def renew(self, layout: TableLayout, changed: Mapping[Id, Values]) -> None:
        """Bring records up to date whose text was changed, after it was."""
        ids = [i for i, changes in changed.items() if not changes.keys().isdisjoint(layout.worded)]
        if ids:
            bound = listed(self._session, ids)
            self.drop(bound)
            self.build(layout, f"WHERE {self._dialect.among('id')}", bound)

    def drop(self, ids: Sequence[Any]) -> None:
        """Forget records; `ids` is a bound list."""
        among = self._dialect.among(self._dialect.words_id)
        self._session.run(f"DELETE FROM kz_words WHERE {among}", ids)

    def build(self, layout: TableLayout, where: str, bound: Sequence[Any]) -> int:
        """Add the records of a table that a condition chooses; return the last of their ids, 0 without any."""
        columns = "".join(f", {quoted(column)}" for column in layout.worded.values())
        rows = self._session.rows(f"SELECT id{columns} FROM {quoted(layout.table)} {where}", bound)
        self._insert((row[0], [text for text in row[1:] if text is not None]) for row in rows)
        return int(rows[-1][0]) if rows else 0

    def _insert(self, records: Iterable[tuple[Id, list[str]]]) -> None:
        rows = [(i, self._dialect.word_terms(terms)) for i, texts in records if (terms := index_terms(texts))]
        if rows:
            self._session.load(self._insertion, rows)
