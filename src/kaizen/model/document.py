"""Settings objects of every kind, kept as JSON documents."""

from collections.abc import Mapping
from dataclasses import dataclass

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
