"""One transaction over all tables: what records, automation and accounts ask of a database."""

from collections.abc import Mapping
from typing import Final, Protocol, TypeVar

from kaizen.access.rights import AccessBook
from kaizen.automation.rule_book import RuleBook
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.catalog import Catalog
from kaizen.model.document import Document
from kaizen.model.people import Organisation, User
from kaizen.model.values import Id
from kaizen.store.part import Part
from kaizen.store.parts.accounts import AccountsTables
from kaizen.store.parts.audit import AuditTables
from kaizen.store.parts.changes import ChangeTables
from kaizen.store.parts.documents import DocumentTables
from kaizen.store.parts.metadata import MetadataTables
from kaizen.store.parts.outbox import OutboxTables
from kaizen.store.parts.queue import QueueTables
from kaizen.store.parts.records import RecordTables
from kaizen.store.parts.rule_memory import RuleMemoryTables, RuleTotals
from kaizen.store.parts.select import Selection
from kaizen.store.session import Row, Session
from kaizen.store.snapshots import Snapshots
from kaizen.store.unit_settings import READ_VERSIONS, Opened, StoreContext, UnitSettings


class _Buffer(Protocol):
    """A part that holds back what it is to write."""

    def flush(self) -> None:
        """Write it."""


B = TypeVar("B", bound=_Buffer)

#: In the order in which all units write, so that none waits for another in a circle.
_BUFFERS: Final = (RecordTables, ChangeTables, RuleMemoryTables, QueueTables, OutboxTables)


class Unit:
    """A unit of work (records.ports.UnitOfWork and accounts.ports.AccountsUnit).

    It is made of parts, each of which is given what it needs, and what it can do is what they can.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.session = opened.session
        self.now = opened.now
        self._buffers: dict[type[_Buffer], _Buffer] = {}

    @Part
    def _settings(self) -> UnitSettings:
        return UnitSettings(self._opened)

    new_id = _settings.offers(UnitSettings.new_id)
    new_ids = _settings.offers(UnitSettings.new_ids)

    @Part
    def _metadata(self) -> MetadataTables:
        return MetadataTables(self._settings)

    create = _metadata.offers(MetadataTables.create)
    add_user = _metadata.offers(MetadataTables.add_user)
    update_user = _metadata.offers(MetadataTables.update_user)
    add_field = _metadata.offers(MetadataTables.add_field)
    update_field = _metadata.offers(MetadataTables.update_field)

    @Part
    def _documents(self) -> DocumentTables:
        return DocumentTables(self._settings)

    book_at = _documents.offers(DocumentTables.book_at)
    document = _documents.offers(DocumentTables.document)
    documents = _documents.offers(DocumentTables.documents)
    documents_named = _documents.offers(DocumentTables.documents_named)
    put_document = _documents.offers(DocumentTables.put_document)
    drop_document = _documents.offers(DocumentTables.drop_document)

    @Part
    def _records(self) -> RecordTables:
        return self._buffering(RecordTables(self._settings))

    claim = _records.offers(RecordTables.claim)
    fetch = _records.offers(RecordTables.fetch)
    lock = _records.offers(RecordTables.lock)
    existing = _records.offers(RecordTables.existing)
    names = _records.offers(RecordTables.names)
    holders = _records.offers(RecordTables.holders)
    insert = _records.offers(RecordTables.insert)
    update = _records.offers(RecordTables.update)
    delete = _records.offers(RecordTables.delete)
    deleted = _records.offers(RecordTables.deleted)
    next_number = _records.offers(RecordTables.next_number)

    @Part
    def _selection(self) -> Selection:
        return Selection(self._settings, self._records)

    select = _selection.offers(Selection.select)
    count = _selection.offers(Selection.count)

    @Part
    def _changes(self) -> ChangeTables:
        return self._buffering(ChangeTables(self._settings))

    keep_changes = _changes.offers(ChangeTables.keep_changes)
    changes = _changes.offers(ChangeTables.changes)
    changes_of = _changes.offers(ChangeTables.changes_of)

    @Part
    def _memory(self) -> RuleMemoryTables:
        return self._buffering(RuleMemoryTables(self._settings))

    consumed = _memory.offers(RuleMemoryTables.consumed)
    consume = _memory.offers(RuleMemoryTables.consume)
    forget_consumed = _memory.offers(RuleMemoryTables.forget_consumed)
    tally = _memory.offers(RuleMemoryTables.tally)
    tally_triggered = _memory.offers(RuleMemoryTables.tally_triggered)
    usage = _memory.offers(RuleMemoryTables.usage)
    last_executed = _memory.offers(RuleMemoryTables.last_executed)
    next_turn = _memory.offers(RuleMemoryTables.next_turn)

    @Part
    def _queue(self) -> QueueTables:
        return self._buffering(QueueTables(self.session))

    queue = _queue.offers(QueueTables.queue)
    due = _queue.offers(QueueTables.due)
    next_due = _queue.offers(QueueTables.next_due)
    close = _queue.offers(QueueTables.close)
    postpone = _queue.offers(QueueTables.postpone)
    cancel = _queue.offers(QueueTables.cancel)
    queued = _queue.offers(QueueTables.queued)
    queue_counts = _queue.offers(QueueTables.queue_counts)

    @Part
    def _outbox(self) -> OutboxTables:
        return self._buffering(OutboxTables(self.session))

    put_mail = _outbox.offers(OutboxTables.put_mail)
    mail = _outbox.offers(OutboxTables.mail)
    update_mail = _outbox.offers(OutboxTables.update_mail)
    mails = _outbox.offers(OutboxTables.mails)
    mail_counts = _outbox.offers(OutboxTables.mail_counts)

    @Part
    def _audit(self) -> AuditTables:
        return AuditTables(self._settings)

    act_for = _audit.offers(AuditTables.act_for)
    audit_entries = _audit.offers(AuditTables.audit_entries)

    @Part
    def _accounts(self) -> AccountsTables:
        return AccountsTables(self._settings)

    put_client = _accounts.offers(AccountsTables.put_client)
    client = _accounts.offers(AccountsTables.client)
    clients = _accounts.offers(AccountsTables.clients)
    drop_client = _accounts.offers(AccountsTables.drop_client)
    put_grant = _accounts.offers(AccountsTables.put_grant)
    grant = _accounts.offers(AccountsTables.grant)
    grants_since = _accounts.offers(AccountsTables.grants_since)
    use_grant = _accounts.offers(AccountsTables.use_grant)
    put_refresh_token = _accounts.offers(AccountsTables.put_refresh_token)
    refresh_token = _accounts.offers(AccountsTables.refresh_token)
    refresh_tokens = _accounts.offers(AccountsTables.refresh_tokens)
    refresh_tokens_since = _accounts.offers(AccountsTables.refresh_tokens_since)
    revoke_refresh_token = _accounts.offers(AccountsTables.revoke_refresh_token)
    put_access_token = _accounts.offers(AccountsTables.put_access_token)
    access_token = _accounts.offers(AccountsTables.access_token)
    keep_in_memory = _accounts.offers(AccountsTables.keep_in_memory)
    live_token = _accounts.offers(AccountsTables.live_token)
    access_tokens = _accounts.offers(AccountsTables.access_tokens)
    access_tokens_since = _accounts.offers(AccountsTables.access_tokens_since)
    revoke_access_token = _accounts.offers(AccountsTables.revoke_access_token)

    @property
    def is_created(self) -> bool:
        """Whether the database holds an organisation."""
        return self._metadata.is_created

    @property
    def organisation(self) -> Organisation:
        """The organisation of this database."""
        return self._settings.organisation

    @property
    def catalog(self) -> Catalog:
        """All modules and fields."""
        return self._settings.catalog

    @property
    def users(self) -> Mapping[Id, User]:
        """Users by id."""
        return self._settings.users

    @property
    def tags(self) -> Mapping[str, Mapping[Id, Document]]:
        """Tag documents by module api_name and id."""
        return self._documents.tags

    @property
    def access(self) -> AccessBook:
        """What users may do."""
        return self._documents.access

    @property
    def calendar(self) -> BusinessCalendar:
        """The organisation's business hours and holidays."""
        return self._documents.calendar

    @property
    def book(self) -> RuleBook:
        """All rules and actions of now."""
        return self._documents.book

    @property
    def soonest_queued(self) -> int | None:
        """When the first of the actions that this unit queued falls due."""
        queue = self._buffers.get(QueueTables)
        return queue.soonest if isinstance(queue, QueueTables) else None

    @property
    def rule_totals(self) -> RuleTotals | None:
        """What rules did in this unit; None: it had nothing to do with them."""
        memory = self._buffers.get(RuleMemoryTables)
        return memory.totals if isinstance(memory, RuleMemoryTables) else None

    @property
    def versions(self) -> Row:
        """The versions of the settings as this unit leaves them."""
        return self._settings.versions

    def flush(self) -> None:
        """Write what the parts hold back."""
        for kind in _BUFFERS:
            part = self._buffers.get(kind)
            if part is not None:
                part.flush()

    def _buffering(self, part: B) -> B:
        """Remember a part that holds writes back."""
        self._buffers[type(part)] = part
        return part


def open_unit(
    session: Session, snapshots: Snapshots, now: int, shared: StoreContext, versions: Row | None = None
) -> Unit:
    """Begin a unit in an open transaction."""
    if versions is None:
        versions = session.rows(READ_VERSIONS)[0]
    return Unit(Opened(session, versions, snapshots, now, shared))
