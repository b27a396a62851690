"""What the core needs from a database: one transaction, as a protocol. `store` implements it twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol, TypeVar

from kaizen.access.rights import AccessBook
from kaizen.automation.reaction import Reaction
from kaizen.automation.rule_book import RuleBook
from kaizen.criteria.tree import Criteria, Path
from kaizen.model.audit import AuditEntry
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.model.claim import Claim
from kaizen.model.document import Document
from kaizen.model.people import Organisation, User
from kaizen.model.queued import Mail, QueuedAction
from kaizen.model.record import Change
from kaizen.model.values import Id, Json, Value, Values
from kaizen.vocabulary.automation import ActionState

T = TypeVar("T")

_NOTHING: Final[Mapping[str, Value]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an answer: a path, perhaps inside an aggregate."""

    path: Path
    aggregate: str = ""  #: "", SUM, MIN, MAX, AVG, COUNT

    @property
    def key(self) -> str:
        """The key under which rows hold the column: `Account_Name.Industry`, `SUM(Amount)`."""
        name = ".".join(self.path)
        return f"{self.aggregate}({name})" if self.aggregate else name


@dataclass(frozen=True, slots=True)
class Order:
    """One sort key; nulls come first ascending and last descending on every database."""

    column: Column
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A read of one module's records. Ties are broken by id ascending, so that pages are stable."""

    module: str
    columns: tuple[Column, ...]
    where: Criteria | None = None  #: resolved: holds no Token
    order: tuple[Order, ...] = ()
    group_by: tuple[Path, ...] = ()
    limit: int = 200
    offset: int = 0


class KeptChange(NamedTuple):
    """One row of the change log: the change, what the rules made of it, and the rule book they came from.

    Why a rule did not fire is not stored: it is derived from these facts when asked (automation.trace),
    because a thousand rules that stay silent must cost a write nothing.
    """

    change: Change
    book_version: int
    reaction: Reaction
    #: Values of other records that criteria looked at: `Account_Name.Industry` -> value.
    related: Mapping[str, Value] = _NOTHING


@dataclass(frozen=True, slots=True)
class Deleted:
    """One record in the recycle bin, as it was when it was deleted."""

    id: Id
    values: Values
    deleted_at: int
    deleted_by: Id
    permanent: bool = False  #: it is not in the bin any more, and of its values only the name is left


class UsageCount(NamedTuple):
    """How often something happened on one day (of the organisation's zone)."""

    rule_id: Id
    condition_id: Id  #: 0: the trigger itself
    group_id: Id  #: 0: instant
    action_id: Id  #: 0: the condition itself
    day: str  #: YYYY-MM-DD
    success: int
    failure: int
    last_at: int


class OrganisationState(Protocol):
    """The organisation as a unit sees it; its time does not move while the unit runs."""

    @property
    def now(self) -> int:
        """The time of this unit, seconds since the epoch; it does not move while the unit runs."""

    @property
    def organisation(self) -> Organisation: ...
    @property
    def catalog(self) -> Catalog: ...
    @property
    def book(self) -> RuleBook: ...
    @property
    def calendar(self) -> BusinessCalendar: ...
    @property
    def users(self) -> Mapping[Id, User]: ...
    @property
    def access(self) -> AccessBook:
        """What users may do."""

    @property
    def tags(self) -> Mapping[str, Mapping[Id, Document]]:
        """Tag documents by module api_name and id."""

    def book_at(self, version: int) -> RuleBook:
        """Return the rule book as it was."""


class IdSource(Protocol):
    """New ids."""

    def new_id(self) -> Id: ...
    def new_ids(self, count: int) -> Sequence[Id]: ...


class RecordStore(Protocol):
    """The records of all modules."""

    def claim(self, claims: Iterable[Claim]) -> None:
        """Make what is looked up and written here one step: no other unit does either until this one ends.

        To be called before the look-up, with all claims of a step together.
        """

    def fetch(self, module: Module, ids: Iterable[Id]) -> dict[Id, dict[str, Value]]:
        """Return every stored value of the records that exist, subform rows included."""

    def lock(self, module: Module, ids: Iterable[Id]) -> None:
        """Keep others from writing records until this unit ends."""

    def existing(self, module: Module, ids: Iterable[Id]) -> frozenset[Id]: ...
    def names(self, module: Module, ids: Iterable[Id]) -> dict[Id, str]:
        """Return the display names of records (Users: the full name)."""

    def holders(self, module: Module, field: Field, values: Iterable[Value]) -> dict[Value, Id]:
        """Return who holds each value (text: lower-cased key, compared without case); the last modified wins."""

    def insert(self, module: Module, rows: Sequence[tuple[Id, Values]]) -> None: ...
    def update(self, module: Module, record_id: Id, changes: Values) -> None: ...
    def delete(self, module: Module, record_ids: Sequence[Id], by: Id) -> None:
        """Move records to the recycle bin; lookups to them become empty."""

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

    def select(self, query: Query) -> list[dict[str, Value]]:
        """Return rows by column key; the row id is always there under `id` unless grouped or aggregated."""

    def count(self, module: str, where: Criteria | None) -> int: ...
    def next_number(self, module: Module, field: Field) -> int:
        """Return the next value of an auto-number."""


class ChangeLog(Protocol):
    """What happened to records, and what the rules made of it."""

    def keep_changes(self, changes: Sequence[KeptChange]) -> None: ...
    def changes(self, module: str, record_id: Id, limit: int = 200, offset: int = 0) -> list[KeptChange]:
        """Return a record's changes, newest first."""

    def changes_of(self, module: str, after: Id = 0, limit: int = 1000) -> list[KeptChange]:
        """Return the changes of a module in the order in which they were made, those after one change."""


class RuleMemory(Protocol):
    """What rules remember: the records they are used up for, how often they ran, whose turn it is."""

    def consumed(self, record_id: Id) -> Mapping[Id, Id]:
        """Return the rules with repeat false that fired for a record: rule id -> id of the change."""

    def consume(self, rule_id: Id, record_id: Id, change_id: Id) -> None: ...
    def forget_consumed(self, rule_id: Id) -> None:
        """Let a rule fire again for every record (its execute_when changed)."""

    def tally(self, counts: Iterable[UsageCount]) -> None:
        """Add to the usage counts."""

    def tally_triggered(self, rules: tuple[Id, ...], times: int, day: str, at: int) -> None:
        """Add to the counts of the triggers of rules that the same changes woke."""

    def usage(self, rule_id: Id, since: str, until: str) -> list[UsageCount]: ...
    def last_executed(self, rule_ids: Iterable[Id]) -> dict[Id, int]: ...
    def next_turn(self, action_id: Id) -> int:
        """Return 0, 1, 2, ... on successive calls: the round robin of an owner assignment."""


class ActionQueue(Protocol):
    """What must still be carried out."""

    def queue(self, actions: Sequence[QueuedAction]) -> None: ...
    def due(self, at: int, limit: int) -> list[QueuedAction]:
        """Return pending actions due at or before a moment, in due order; PostgreSQL skips locked ones."""

    def next_due(self) -> int | None:
        """Return when the next pending action falls due."""

    def close(self, action_id: Id, state: ActionState, detail: str = "") -> bool:
        """Close a pending action; False: it was closed already, so its effect must not happen again."""

    def postpone(self, action_id: Id, due_at: int, error: str, payload: Mapping[str, Json] | None = None) -> None:
        """Keep a failed attempt and try again later, with a new payload if one is given."""

    def cancel(
        self,
        *,
        rule_id: Id | None = None,
        group_id: Id | None = None,
        action_id: Id | None = None,
        module: str | None = None,
        record_id: Id | None = None,
        reason: str = "",
    ) -> int:
        """Cancel the pending actions that match all that is given; return how many."""

    def queued(
        self,
        *,
        rule_id: Id | None = None,
        record_id: Id | None = None,
        state: ActionState | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[QueuedAction]: ...
    def queue_counts(self) -> dict[tuple[Id, Id, Id], int]:
        """Return pending actions by (rule, group, action)."""


class Outbox(Protocol):
    """The mails that rules wrote."""

    def put_mail(self, mails: Sequence[Mail]) -> None: ...
    def mail(self, mail_id: Id) -> Mail | None: ...
    def update_mail(self, mail: Mail) -> None: ...
    def mails(self, limit: int = 200, offset: int = 0) -> list[Mail]:
        """Return the outbox, newest first."""

    def mail_counts(self, rule_id: Id, since: int, until: int) -> dict[tuple[Id, str], int]:
        """Return how many mails of a rule were made from one moment up to another, by notification and state."""


class DocumentStore(Protocol):
    """The settings that are kept as documents."""

    def document(self, kind: str, document_id: Id) -> Document | None: ...
    def documents(self, kind: str, module: str | None = None) -> list[Document]:
        """Return all documents of a kind, oldest first."""

    def documents_named(self, kind: str, module: str, name: str) -> list[Document]:
        """Return the documents of a kind and module that have exactly this name."""

    def put_document(self, document: Document) -> None:
        """Insert or replace. A kind that rules are made of yields a new rule book version."""

    def drop_document(self, kind: str, document_id: Id) -> None: ...


class MetadataStore(Protocol):
    """Changes of modules and users."""

    def add_field(self, module: Module, field: Field) -> None:
        """Create the field's column and publish a new catalog."""

    def update_field(self, module: Module, field: Field) -> None:
        """Replace a field's metadata, its column and data type apart, and publish a new catalog."""

    def add_user(self, user: User) -> None: ...
    def update_user(self, user: User) -> None: ...


class AuditLog(Protocol):
    """What was changed in the settings, by whom."""

    def audit_entries(self, limit: int = 200, offset: int = 0) -> list[AuditEntry]:
        """Return the log, newest first."""


class UnitOfWork(
    OrganisationState,
    IdSource,
    RecordStore,
    ChangeLog,
    RuleMemory,
    ActionQueue,
    Outbox,
    DocumentStore,
    MetadataStore,
    AuditLog,
    Protocol,
):
    """One transaction. Reads see what the transaction wrote; nothing outside sees it before the commit.

    Who needs one part of it asks for that part.
    """
