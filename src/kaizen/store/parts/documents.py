"""Settings of every kind as documents, and what is made of them: tags, the calendar, the rule book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kaizen.access.rights import AccessBook
from kaizen.automation.calendar_loader import calendar_of
from kaizen.automation.rule_book import RuleBook
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.document import Document
from kaizen.model.values import Id
from kaizen.store.dataclass_table import Shape
from kaizen.store.json_text import rebuild_text, to_text
from kaizen.store.session import must_write
from kaizen.store.unit_settings import UnitSettings

_DOCUMENTS: Final = Shape(Document, "kz_document", key=("kind", "id"))

#: What rules are made of: every version is kept, so that a change can be explained by the rules of its time.
BOOK_KINDS: Final = ("workflow_rule", "field_update", "task", "email_notification", "email_template")
#: What the server notes for itself, often.
NOT_AUDITED: Final = frozenset({"server_clock"})
#: Which settings a kind of document belongs to.
_PART_OF: Final[Mapping[str, str]] = {
    "tag": "tags",
    "business_hours": "calendar",
    "holiday": "calendar",
    # What users may do: they are read again together.
    "profile": "users",
    "role": "users",
    "data_sharing": "users",
    **dict.fromkeys(BOOK_KINDS, "book"),
}
_CHANGED_BETWEEN: Final = (
    "SELECT kind, id, (SELECT document FROM kz_document_history AS h WHERE h.kind = c.kind AND h.id = c.id "
    "AND version <= ? ORDER BY version DESC LIMIT 1) "
    "FROM (SELECT DISTINCT kind, id FROM kz_document_history WHERE version > ? AND version <= ?) AS c"
)


@dataclass(frozen=True, slots=True)
class _DocumentSnapshot:
    """The documents that rules are made of, as they were at one version."""

    version: int = 0
    documents: Mapping[tuple[str, Id], Document] = field(default_factory=dict)

    def by_kind(self) -> dict[str, Sequence[Document]]:
        """Return the documents of each kind, oldest first."""
        kinds: dict[str, list[Document]] = {kind: [] for kind in BOOK_KINDS}
        for document in self.documents.values():
            kinds[document.kind].append(document)
        return {kind: sorted(found, key=lambda d: (d.created_at, d.id)) for kind, found in kinds.items()}


class DocumentTables:
    """Documents, and the settings that are made of them (records.ports.DocumentStore)."""

    def __init__(self, settings: UnitSettings) -> None:
        self._settings = settings
        self._session = settings.session

    @property
    def tags(self) -> Mapping[str, Mapping[Id, Document]]:
        """Tag documents by module api_name and id."""
        return self._settings.snapshot("tags", self._load_tags)

    @property
    def access(self) -> AccessBook:
        """What users may do."""
        return self._settings.snapshot("access", self._load_access, made_from=("users", "catalog"))

    @property
    def calendar(self) -> BusinessCalendar:
        """The organisation's business hours and holidays."""
        return self._settings.snapshot("calendar", self._load_calendar, made_from=("calendar", "organisation"))

    @property
    def book(self) -> RuleBook:
        """All rules and actions of now."""
        return self._settings.snapshot("book", self._load_book, made_from=("book", "catalog"))

    def book_at(self, version: int) -> RuleBook:
        """Return the rule book as it was."""
        if version == self._settings.version("book"):
            return self.book
        book = self._settings.snapshots.past_book(version)
        if book is None:
            documents = self._snapshot_at(version, self._snapshot).by_kind()
            book = self._settings.shared.build_book(version, self._settings.catalog, documents, self.book)
            self._settings.snapshots.keep_past_book(book)
        return book

    def document(self, kind: str, document_id: Id) -> Document | None:
        """Return one document."""
        rows = self._session.rows(_DOCUMENTS.select + "WHERE kind = ? AND id = ?", (kind, document_id))
        return _DOCUMENTS.item(rows[0]) if rows else None

    def documents(self, kind: str, module: str | None = None) -> list[Document]:
        """Return all documents of a kind, oldest first."""
        if module is None:
            rows = self._session.rows(_DOCUMENTS.select + "WHERE kind = ? ORDER BY created_at, id", (kind,))
        else:
            rows = self._session.rows(
                _DOCUMENTS.select + "WHERE kind = ? AND module = ? ORDER BY created_at, id", (kind, module)
            )
        return _DOCUMENTS.items(rows)

    def documents_named(self, kind: str, module: str, name: str) -> list[Document]:
        """Return the documents of a kind and module that have exactly this name."""
        rows = self._session.rows(
            _DOCUMENTS.select + "WHERE kind = ? AND module = ? AND name = ? ORDER BY created_at, id",
            (kind, module, name),
        )
        return _DOCUMENTS.items(rows)

    def put_document(self, document: Document) -> None:
        """Insert or replace; a kind that rules are made of yields a new rule book version."""
        self._audit(document.kind, document.id, document)
        _DOCUMENTS.put(self._session, document)
        self._changed(document.kind, document.id, to_text(document))

    def drop_document(self, kind: str, document_id: Id) -> None:
        """Delete one document, if it exists."""
        must_write(self._session)
        self._audit(kind, document_id, None)
        if self._session.run("DELETE FROM kz_document WHERE kind = ? AND id = ?", (kind, document_id)):
            self._changed(kind, document_id, None)

    def _audit(self, kind: str, document_id: Id, after: Document | None) -> None:
        if kind not in NOT_AUDITED:
            self._settings.audit(kind, document_id, self.document(kind, document_id), after)

    def _changed(self, kind: str, document_id: Id, document: str | None) -> None:
        settings = _PART_OF.get(kind)
        if settings is None:
            self._settings.touch()
            return
        version = self._settings.next_version(settings)
        if settings == "book":
            self._session.run(
                "INSERT INTO kz_document_history (kind, id, version, document) VALUES (?, ?, ?, ?)",
                (kind, document_id, version, document),
            )

    def _load_tags(self) -> Mapping[str, Mapping[Id, Document]]:
        tags: dict[str, dict[Id, Document]] = {}
        for tag in self.documents("tag"):
            tags.setdefault(tag.module, {})[tag.id] = tag
        return tags

    def _load_access(self) -> AccessBook:
        catalog, users = self._settings.catalog, self._settings.users
        sharing = next(iter(self.documents("data_sharing")), None)
        return AccessBook(catalog, users, self.documents("profile"), self.documents("role"), sharing)

    def _load_calendar(self) -> BusinessCalendar:
        return calendar_of(
            {kind: self.documents(kind) for kind in ("business_hours", "holiday")}, self._settings.organisation
        )

    def _load_book(self) -> RuleBook:
        before = self._settings.snapshots.latest("book")
        taken_over = before if isinstance(before, RuleBook) else None
        return self._settings.shared.build_book(
            self._settings.version("book"), self._settings.catalog, self._snapshot.by_kind(), taken_over
        )

    @property
    def _snapshot(self) -> _DocumentSnapshot:
        """The documents that rules are made of."""
        return self._settings.snapshot("snapshot", self._load_snapshot, made_from=("book",))

    def _load_snapshot(self) -> _DocumentSnapshot:
        version, before = self._settings.version("book"), self._settings.snapshots.latest("snapshot")
        # Of versions after its own a transaction may see nothing, so it cannot go back from there.
        known = before if isinstance(before, _DocumentSnapshot) and before.version <= version else _DocumentSnapshot()
        return self._snapshot_at(version, known)

    def _snapshot_at(self, version: int, known: _DocumentSnapshot) -> _DocumentSnapshot:
        """Return the snapshot of another version: the known one with what changed between the two."""
        between = sorted((version, known.version))
        documents = dict(known.documents)
        for kind, number, text in self._session.rows(_CHANGED_BETWEEN, (version, *between)):
            if text is None:
                documents.pop((kind, number), None)
            else:
                documents[kind, number] = rebuild_text(Document, text)
        return _DocumentSnapshot(version, documents)
