"""Declared single settings documents: there is one or none, read and saved at one address."""

from dataclasses import dataclass

from kaizen.json_body import json_types
from kaizen.json_body.json_path import JsonPath
from kaizen.model.document import Document
from kaizen.model.problem import Problem
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import conditional, envelope
from kaizen.server.http.call import Answer, Call, Handler, Route
from kaizen.server.http.resource import Details, Dump, Parse, Row, Saved, id_only, stamped
from kaizen.vocabulary.codes import Code


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Singleton:
    """One settings document under a wrapper that is an object, not a list; `routes()` makes its operations."""

    path: str
    envelope: str
    scope: str
    kind: str
    parse: Parse
    dump: Dump
    saved_message: str
    verbs: tuple[str, ...] = ("get", "create", "update")
    create_status: int = 200
    details: Details = id_only
    saved: Saved = _nothing
    missing: Code = Code.MANDATORY_NOT_FOUND
    since: str = "v2"

    def routes(self) -> list[Route]:
        """Return the operations."""
        known: dict[str, tuple[str, Handler, str]] = {
            "get": ("GET", self._get, "READ"),
            "create": ("POST", self._create, "CREATE"),
            "update": ("PUT", self._update, "UPDATE"),
        }
        return [
            Route(method, self.path, handler, (f"{self.scope}.{operation}",), writes=method != "GET", since=self.since)
            for method, handler, operation in (known[verb] for verb in self.verbs)
        ]

    def find(self, uow: UnitOfWork) -> Document | None:
        """Return the document, or None while none was saved."""
        found = uow.documents(self.kind)
        return found[-1] if found else None

    def _get(self, uow: UnitOfWork, call: Call) -> Answer:
        document = self.find(uow)
        if document is None:
            return Answer(204)
        if conditional.unchanged(call, document.modified_at):
            return conditional.NOT_MODIFIED
        return Answer(body={self.envelope: self.dump(uow, call, document, True)})

    def _create(self, uow: UnitOfWork, call: Call) -> Answer:
        return self._save(uow, call, self.create_status)

    def _update(self, uow: UnitOfWork, call: Call) -> Answer:
        return self._save(uow, call, 200)

    def _save(self, uow: UnitOfWork, call: Call, status: int) -> Answer:
        place = JsonPath() / self.envelope
        given = json_types.mapping(envelope.wrapped(call, self.envelope, missing=self.missing), place)
        old = self.find(uow)
        draft = self.parse(uow, call, Row(given, place, old))
        if isinstance(draft, Problem):
            answer = envelope.elements(call, self.envelope, [draft])
            return Answer(answer.status, {self.envelope: envelope.problem_body(draft, call.dialect)})
        document = stamped(uow, call, self.kind, draft, old)
        uow.put_document(document)
        self.saved(uow, call, document, old)
        return Answer(
            status, {self.envelope: envelope.succeeded(self.saved_message, self.details(uow, call, document))}
        )
