"""One transaction over all tables: what records, automation and accounts ask of a database."""

from kaizen.store.accounts_tables import AccountsTables
from kaizen.store.automation_tables import AutomationTables
from kaizen.store.base import READ_VERSIONS, Opened, StoreContext
from kaizen.store.documents import DocumentTables
from kaizen.store.metadata import MetadataTables
from kaizen.store.queue_tables import QueueTables
from kaizen.store.records import RecordTables
from kaizen.store.select import Selection
from kaizen.store.session import Row, Session
from kaizen.store.snapshots import Snapshots


class Unit(Selection, RecordTables, MetadataTables, DocumentTables, AutomationTables, QueueTables, AccountsTables):
    """A unit of work (records.ports.UnitOfWork and accounts.ports.AccountsUnit)."""


def open_unit(
    session: Session, snapshots: Snapshots, now: int, shared: StoreContext, versions: Row | None = None
) -> Unit:
    """Begin a unit in an open transaction."""
    if versions is None:
        versions = session.rows(READ_VERSIONS)[0]
    return Unit(Opened(session, versions, snapshots, now, shared))
