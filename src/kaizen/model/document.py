"""Settings objects of every kind, kept as JSON documents."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from kaizen.model.values import Id, Json


@dataclass(frozen=True, slots=True)
class Document:
    """One settings object of any kind (a rule, a tag, a field update, a template), kept as JSON."""

    kind: str  #: workflow_rule, field_update, task, email_notification, email_template, tag, holiday, business_hours
    id: Id
    module: str  #: api_name, or empty
    name: str
    body: Mapping[str, Json]
    created_at: int
    created_by: Id
    modified_at: int
    modified_by: Id

    def changed(self, module: str, name: str, body: Mapping[str, Json], *, by: Id, at: int) -> "Document":
        """Return the document after a change: who made it, and when, stays, and it is not changed before that."""
        modified_at = max(at, self.created_at)  # the clock may have gone back
        return replace(self, module=module, name=name, body=body, modified_at=modified_at, modified_by=by)


def new_document(
    kind: str, number: Id, body: Mapping[str, Json], *, by: Id, at: int, module: str = "", name: str = ""
) -> Document:
    """Make a document that the caller creates now."""
    return Document(kind, number, module, name, body, at, by, at, by)
