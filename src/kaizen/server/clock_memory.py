"""Where the clock of an organisation stood: a virtual one goes on from there after a restart.

It is a document beside the other settings, so that a database is whole by itself.
"""

from dataclasses import dataclass
from typing import Final

from kaizen.model.document import new_document
from kaizen.records.ports import DocumentStore, UnitOfWork

_KIND: Final = "server_clock"


@dataclass(frozen=True, slots=True)
class ClockMemory:
    """What the last server on a database ran on."""

    virtual: bool
    moment: int  #: seconds since the epoch


def remembered(uow: DocumentStore) -> ClockMemory | None:
    """Return where the clock stood; None for a database that no server has run on."""
    found = uow.documents(_KIND)
    if not found:
        return None
    body = found[-1].body
    moment = body.get("moment")
    return ClockMemory(body.get("virtual") is True, moment if isinstance(moment, int) else 0)


def remember(uow: UnitOfWork, memory: ClockMemory) -> None:
    """Note where the clock stands."""
    found = uow.documents(_KIND)
    owner = next(iter(uow.users))
    number = found[-1].id if found else uow.new_id()
    body = {"virtual": memory.virtual, "moment": memory.moment}
    uow.put_document(new_document(_KIND, number, body, by=owner, at=uow.now))
