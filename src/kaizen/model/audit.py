"""What was changed in the settings, by whom."""

from dataclasses import dataclass

from kaizen.model.values import Id, Json


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change of one settings object; secrets are masked."""

    id: Id  #: ascending in the order of the changes
    at: int
    user_id: Id  #: 0: somebody on the server's machine, or the server itself
    kind: str
    object_id: str
    before: Json  #: None: it was created
    after: Json  #: None: it was deleted
