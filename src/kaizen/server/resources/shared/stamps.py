"""Who and when, as answers show them: people by id and name, moments in the caller's zone."""

from typing import Final

from kaizen.fields.moment import show_instant
from kaizen.model.document import Document
from kaizen.model.values import Id, Json
from kaizen.records.ports import OrganisationState, UnitOfWork
from kaizen.server.http.call import Call


def moment(call: Call, at: Json) -> str | None:
    """Show seconds since the epoch as the service does, with the offset of the caller's zone."""
    if not isinstance(at, int) or isinstance(at, bool):
        return None
    return show_instant(at, call.actor.zone)


def person(uow: OrganisationState, user_id: Json) -> dict[str, Json] | None:
    """Show a user by name and id; None for one who does not exist."""
    user = uow.users.get(user_id) if isinstance(user_id, int) else None
    return {"name": user.full_name, "id": str(user.id)} if user else None


#: The keys of who made and who last changed something, and when.
STAMPS: Final = ("created_by", "created_time", "modified_by", "modified_time")


def stamps(uow: UnitOfWork, call: Call, document: Document) -> dict[str, Json]:
    """Show who made and who last changed a document, and when."""
    return {
        "created_by": person(uow, document.created_by),
        "created_time": moment(call, document.created_at),
        "modified_by": person(uow, document.modified_by),
        "modified_time": moment(call, document.modified_at),
    }


def reference(name: str, entity_id: Id) -> dict[str, Json]:
    """Show an entity by name and id."""
    return {"name": name, "id": str(entity_id)}
