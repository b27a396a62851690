"""Decoded settings, shared by the units of a process until their version changes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from kaizen.automation.rule_book import RuleBook
from kaizen.model.catalog import Catalog
from kaizen.model.document import Document

#: Makes the rule book from documents by kind: (version, catalog, documents, another book to take over from).
BuildBook: TypeAlias = Callable[[int, Catalog, Mapping[str, Sequence[Document]], RuleBook | None], RuleBook]

#: What a snapshot was made from; a later one compares greater.
Version: TypeAlias = tuple[int, ...]

#: How many rule books of the past are kept ready.
_PAST_BOOKS: Final = 8


class Snapshots:
    """The latest snapshot of each kind, with its version.

    A snapshot of something that is not committed yet lives in a layer over the shared one, until `settle`.
    """

    def __init__(self, below: "Snapshots | None" = None) -> None:
        self._below = below
        self._latest: dict[str, tuple[Version, object]] = {}
        self._past_books: dict[int, RuleBook] = {}
        self._held: tuple[Version, dict[str, object]] = (), {}

    def held(self, versions: Version) -> dict[str, object]:
        """Return what units share that began with exactly these versions of all settings, by name; they add to it."""
        found = self._holding(versions)
        if found is None:
            # One assignment, as in `keep`.
            found = {}
            self._held = versions, found
        return found

    def _holding(self, versions: Version) -> dict[str, object] | None:
        made_from, held = self._held
        if made_from == versions:
            return held
        return self._below._holding(versions) if self._below else None

    def get(self, name: str, version: Version) -> object | None:
        """Return the snapshot of exactly this version."""
        held = self._latest.get(name)
        if held is not None and held[0] == version:
            return held[1]
        return self._below.get(name, version) if self._below else None

    def latest(self, name: str) -> object | None:
        """Return the latest snapshot, whatever its version."""
        held = self._latest.get(name)
        if held is not None:
            return held[1]
        return self._below.latest(name) if self._below else None

    def keep(self, name: str, version: Version, value: object) -> None:
        """Keep a snapshot unless a later one is here."""
        held = self._latest.get(name)
        # One assignment, so that readers in other threads see the old pair or the new one.
        if held is None or held[0] <= version:
            self._latest[name] = (version, value)

    def layer(self) -> "Snapshots":
        """Return a layer for snapshots that may yet be rolled back."""
        return Snapshots(self)

    def settle(self) -> None:
        """Hand what this layer holds to the one below: its transaction is committed."""
        if self._below is not None:
            for name, (version, value) in self._latest.items():
                self._below.keep(name, version, value)
            for book in self._past_books.values():
                self._below.keep_past_book(book)
            self._latest, self._past_books, self._held = {}, {}, ((), {})

    def past_book(self, version: int) -> RuleBook | None:
        """Return a rule book of the past."""
        book = self._past_books.get(version)
        return self._below.past_book(version) if book is None and self._below else book

    def keep_past_book(self, book: RuleBook) -> None:
        """Keep a rule book of the past; once committed it never changes."""
        books = self._past_books
        books[book.version] = book
        if len(books) > _PAST_BOOKS:
            # A list, because other threads may add to the books meanwhile.
            books.pop(list(books)[0], None)  # noqa: RUF015 - next() would notice that they did
