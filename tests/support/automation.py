"""An organisation as rule payloads see it, without a server: the standard modules, two users, tags and actions."""

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.model.catalog import Catalog
from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.problem import Problem
from kaizen.model.values import Id
from kaizen.standard.organisation import new_organisation
from kaizen.standard.workflow_configurations import workflow_configurations

NOW = 1_763_972_400  # 2025-11-24, a Monday
_NEW = new_organisation(
    organisation_name="Zylker",
    admin_email="patricia@example.com",
    admin_first_name="Patricia",
    admin_last_name="Boyle",
    time_zone="UTC",
    zgid="60001",
    id_prefix=4876876000,
    now=NOW,
)


def body_of(problem: object) -> dict[str, Any]:
    """Show a problem as the service's answer shows it."""
    assert isinstance(problem, Problem), problem
    return problem.body()


@dataclass
class Ground:
    """Facts that a test can add to."""

    catalog: Catalog = _NEW.catalog
    documents: dict[tuple[str, Id], Document] = field(default_factory=dict)
    records: set[tuple[str, Id]] = field(default_factory=set)  #: by module and id
    business_hours: bool = True
    _ids: Any = field(default_factory=lambda: count(4876876000500000001))

    def __post_init__(self) -> None:
        for document in _NEW.documents:
            self.documents[document.kind, document.id] = document

    @property
    def admin(self) -> User:
        """The administrator."""
        return _NEW.users[0]

    @property
    def agent(self) -> User:
        """A second user."""
        return replace(self.admin, id=4876876000300000001, email="jane@example.com", first_name="Jane", last_name="Doe")

    @property
    def facts(self) -> PayloadContext:
        """What payloads are checked against."""
        tags: dict[str, dict[Id, Document]] = {}
        for (kind, number), document in self.documents.items():
            if kind == "tag":
                tags.setdefault(document.module, {})[number] = document
        return PayloadContext(
            catalog=self.catalog,
            configurations=workflow_configurations(),
            users={user.id: user for user in (self.admin, self.agent)},
            tags=tags,
            document=lambda kind, number: self.documents.get((kind, number)),
            has_record=lambda module, record_id: (module, record_id) in self.records,
            new_id=lambda: next(self._ids),
            has_business_hours=lambda: self.business_hours,
        )

    def put(self, kind: str, module: str, name: str, body: dict[str, Any] | None = None) -> Document:
        """Keep a document of any kind."""
        document = Document(kind, next(self._ids), module, name, body or {}, NOW, self.admin.id, NOW, self.admin.id)
        self.documents[kind, document.id] = document
        return document

    def tag(self, name: str, module: str = "Deals", colour: str | None = None) -> Document:
        """Make a tag."""
        return self.put("tag", module, name, {"color_code": colour})

    def id_of(self, module: str, field_name: str = "") -> str:
        """Say the id of a module or of one of its fields, as the wire does."""
        found = self.catalog.by_name[module]
        return str(found.by_name[field_name].id if field_name else found.id)
